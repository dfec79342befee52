"""Conversations that are given to a team, offered to its members one after the other until somebody takes them."""
