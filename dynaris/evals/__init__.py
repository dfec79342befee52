"""Scripted customers that play against the agents, and what came of it."""
