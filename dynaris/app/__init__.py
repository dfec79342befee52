"""Puts everything together; the only package that may import all others."""
