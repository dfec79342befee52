"""Calls as rooms of a LiveKit server: who takes jobs there, and the lines that they open."""
