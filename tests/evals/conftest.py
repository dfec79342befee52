"""The world of whole stories, for rehearsals of it."""

from tests.flows.conftest import others_stand_on_this_machine, sink, world

__all__ = ["others_stand_on_this_machine", "sink", "world"]
