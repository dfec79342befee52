"""Logs: an event name and fields, one format for our lines and the libraries'. What people wrote and who they are
appears only in fields named `pii.…`, which are left out unless DYNARIS_LOG_PII says otherwise.
"""

import logging
import sys
from collections.abc import Iterator, MutableMapping
from typing import Any, TextIO

import structlog
from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor

from dynaris.core.masking import described, frames, masked

__all__ = ["bind_contextvars", "bound_contextvars", "clear_contextvars", "configure", "event_processors"]

_SPOKEN = ("error", "said")  # fields whose text was written by somebody else's code, and may quote anything


def configure(level: str, fmt: str, *, pii: bool = False, stream: TextIO | None = None) -> None:
    """For this process, from now on. `level` is ours; libraries are heard from WARNING on, with DEBUG from INFO on."""
    out = stream or sys.stderr
    ours: list[Processor] = event_processors(pii=pii)
    renderer = _renderer(fmt, out)
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, *ours, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level],
            processors=[_library, *ours, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO if level == "DEBUG" else max(logging.WARNING, logging.getLevelNamesMapping()[level]))
    logging.captureWarnings(capture=True)


def _renderer(fmt: str, stream: TextIO) -> Processor:
    if fmt == "json":
        return structlog.processors.JSONRenderer(default=str)
    return structlog.dev.ConsoleRenderer(
        colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback, sort_keys=False
    )


def event_processors(*, pii: bool) -> list[Processor]:
    """What every line passes before it is rendered."""
    return [
        structlog.processors.TimeStamper(fmt="iso"),
        _exceptions,
        *([] if pii else [_without_pii]),
    ]


def _library(_logger: Any, _name: str, event: EventDict) -> EventDict:
    """A library's record as an event: its sentence may quote an address, so it is masked."""
    record: logging.LogRecord = event.pop("_record")
    event.pop("_from_structlog", None)
    sentence = str(event["event"])
    template = record.msg if record.args and isinstance(record.msg, str) else sentence
    event.update({"event": "library", "logger": record.name, "said": masked(template), "pii.said": sentence})
    if record.exc_info:
        event["exc_info"] = record.exc_info
    return event


def _exceptions(_logger: Any, _name: str, event: EventDict) -> EventDict:
    """Exceptions say their kind and place; their words, which may quote a row or a letter, are `pii`."""
    for name in _SPOKEN:
        value = event.get(name)
        if isinstance(value, BaseException):
            event[name], event[f"pii.{name}"] = described(value), repr(value)
        elif isinstance(value, str) and f"pii.{name}" not in event:
            event[name] = masked(value)
            if event[name] != value:
                event[f"pii.{name}"] = value
    given = event.pop("exc_info", None)
    if given:
        error = _raised(given)
        if error is not None:
            event["raised"], event["at"] = described(error), list(_chain(error))
            event["pii.raised"] = repr(error)
    return event


def _raised(given: Any) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return given[1]
    return sys.exc_info()[1]


def _chain(error: BaseException) -> Iterator[str]:
    """Where it was raised, innermost last; then where what caused it was."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        if current is not error:
            yield f"because of {described(current)}"
        yield from frames(current)
        for inner in current.exceptions if isinstance(current, BaseExceptionGroup) else ():
            yield f"within: {described(inner)}"
            yield from frames(inner)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)


def _without_pii(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name in [name for name in event if name.startswith("pii.")]:
        del event[name]
    return event
