"""Attempts to make an agent do what its owner would not: data, a model that obeys them, and the walls they meet."""
