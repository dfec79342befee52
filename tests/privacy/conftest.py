"""The flow of `tests/flows`, for tests of what becomes of its traces."""

from tests.flows.conftest import others_stand_on_this_machine, sink, world  # noqa: F401 - fixtures
