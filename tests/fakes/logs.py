"""Log lines as a process writes them, for a test to read."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from structlog._config import BoundLoggerLazyProxy

from dynaris.core import log


class Lines(io.StringIO):
    def parsed(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]


@contextmanager
def logged(level: str = "DEBUG", *, pii: bool = False) -> Iterator[Lines]:
    """JSON lines of everything that is logged meanwhile."""
    root, lines = logging.getLogger(), Lines()
    handlers, before = root.handlers[:], root.level
    _forget_bound_loggers()
    log.configure(level, "json", pii=pii, stream=lines)
    try:
        yield lines
    finally:
        structlog.reset_defaults()
        logging.captureWarnings(capture=False)
        _forget_bound_loggers()
        root.handlers[:] = handlers
        root.setLevel(before)


def _forget_bound_loggers() -> None:
    """Modules' loggers keep the configuration that they were first used with."""
    for module in list(sys.modules.values()):
        proxy = getattr(module, "log", None)
        if isinstance(proxy, BoundLoggerLazyProxy):
            proxy.__dict__.pop("bind", None)
