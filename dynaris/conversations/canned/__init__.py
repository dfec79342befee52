"""Canned replies: texts that teammates send often, with places for names."""
