"""Live voice: what a caller says reaches the agents, and what they answer is spoken, on every way a call comes in."""
