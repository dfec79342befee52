"""Conversations, the timeline, messages, tasks and follow-ups."""
