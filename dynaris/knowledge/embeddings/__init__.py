"""Vectors of passages and questions, where a workspace names a model for them."""
