"""The time, from one place, so that tests can set it and rehearsals have their own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime


def _system_time() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system_time
_fixed: ContextVar[datetime | None] = ContextVar("fixed_time", default=None)


def now() -> datetime:
    return _fixed.get() or _source()


def set_source(source: Callable[[], datetime] | None) -> None:
    """Replace the clock (tests only); `None` restores the system's."""
    global _source  # noqa: PLW0603 - the one place that holds the clock
    _source = source or _system_time


@contextmanager
def stopped_at(moment: datetime) -> Iterator[None]:
    """For this task and those it starts it is `moment`; everybody else's time goes on."""
    token = _fixed.set(moment)
    try:
        yield
    finally:
        _fixed.reset(token)
