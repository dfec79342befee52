"""The rows of tests/conversations, and the worlds of tests/flows."""

from tests.conversations.conftest import room
from tests.flows.conftest import sink, world

__all__ = ["room", "sink", "world"]
