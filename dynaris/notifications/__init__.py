"""Telling our users (not their customers) that something needs them."""
