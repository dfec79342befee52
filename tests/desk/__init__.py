"""Tests of the agent desktop."""
