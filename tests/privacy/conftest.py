"""The flow of `tests/flows`, for tests of what becomes of its traces."""

from tests.flows.conftest import sink, world  # noqa: F401 - fixtures
