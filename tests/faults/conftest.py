"""Stories as in `flows`, and databases and servers that fail."""

from tests.flows.conftest import others_stand_on_this_machine, sink, world

__all__ = ["others_stand_on_this_machine", "sink", "world"]
