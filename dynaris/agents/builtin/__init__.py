"""The parts of the built-in model: what it was given, what it understands, what it says."""
