"""Walls around an agent that hold whatever its model says: what it reads is data, what it says is looked at."""
