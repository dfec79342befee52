"""The time, from one place, so that tests can set it."""

from collections.abc import Callable
from datetime import UTC, datetime


def _system_time() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system_time


def now() -> datetime:
    return _source()


def set_source(source: Callable[[], datetime] | None) -> None:
    """Replace the clock (tests only); `None` restores the system's."""
    global _source  # noqa: PLW0603 - the one place that holds the clock
    _source = source or _system_time
