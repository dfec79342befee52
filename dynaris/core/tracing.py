"""Traces by stage, over OpenTelemetry. Off, and without its SDK in memory, unless the standard environment names where
to (OTEL_EXPORTER_OTLP_ENDPOINT). What leaves is names, ids, counts and times; never what people wrote.
"""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter

M = TypeVar("M")

PARENT = "traceparent"  # in `event.meta`, in the W3C's form
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_LAST_WORD_SECONDS = 2.0  # a receiver that is down does not keep a process from ending
_OFF: AbstractContextManager[None] = nullcontext()

# Of what the agent library's own instrumentation says. Prompts, answers and arguments are in none of these.
_LIBRARY_ATTRIBUTES = frozenset(
    {
        "gen_ai.operation.name",
        "gen_ai.provider.name",
        "gen_ai.system",
        "gen_ai.request.model",
        "gen_ai.response.model",
        "gen_ai.request.max_tokens",
        "gen_ai.request.temperature",
        "gen_ai.response.finish_reasons",
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.output_tokens",
        "operation.cost",
        "server.address",
        "server.port",
        "error.type",
    }
)

_provider: "TracerProvider | None" = None
_tracer: Any = None
_instrumentation: Any = None


def is_on() -> bool:
    return _tracer is not None


def wanted() -> bool:
    disabled = os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    return not disabled and any(os.environ.get(name) for name in _ENDPOINTS)


def configure(process: str) -> None:
    """For this process (web, worker), where the environment wants it."""
    if not wanted() or is_on():
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    _begin(process, OTLPSpanExporter())


def _begin(process: str, exporter: "SpanExporter") -> None:
    global _provider, _tracer  # noqa: PLW0603 - one per process
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    import dynaris
    from dynaris.core.trace_export import ImpersonalExporter

    resource = Resource.create(
        {
            "service.name": os.environ.get("OTEL_SERVICE_NAME") or "dynaris",
            "service.version": dynaris.__version__,
            "dynaris.process": process,
        }
    )
    _provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    # It exports from a thread of its own; what does not fit into its queue is dropped.
    _provider.add_span_processor(BatchSpanProcessor(ImpersonalExporter(exporter, _LIBRARY_ATTRIBUTES)))
    _tracer = _provider.get_tracer("dynaris", dynaris.__version__)


def close() -> None:
    """Sends what is left, for two seconds at most."""
    global _provider, _tracer, _instrumentation  # noqa: PLW0603 - one per process
    if _provider is None:
        return
    ending = threading.Thread(target=_provider.shutdown, name="traces", daemon=True)
    _provider = _tracer = _instrumentation = None
    ending.start()
    ending.join(_LAST_WORD_SECONDS)


def span(
    name: str, *, parent: str | None = None, links: Sequence[str] = (), **attributes: Any
) -> AbstractContextManager[None]:
    """A stage under way: inside `parent` (from `current()` of whoever began it), else inside the current one."""
    if _tracer is None:
        return _OFF
    return _open(name, parent, links, attributes)


@contextmanager
def _open(name: str, parent: str | None, links: Sequence[str], attributes: dict[str, Any]) -> Iterator[None]:
    from opentelemetry import trace

    linked = [trace.Link(found) for each in links if (found := _context_of(each))]
    with _tracer.start_as_current_span(
        name,
        context=_parent(parent),
        attributes=_named(attributes),
        links=linked,
        record_exception=False,  # its words may be about a person
        set_status_on_exception=False,
    ) as current_span:
        try:
            yield
        except BaseException as error:
            current_span.set_attribute("error.type", type(error).__name__)
            current_span.set_status(trace.StatusCode.ERROR)
            raise


def note(**attributes: Any) -> None:
    """On the current span."""
    if _tracer is None:
        return
    from opentelemetry import trace

    trace.get_current_span().set_attributes(_named(attributes))


def current() -> str | None:
    """The current span, to be given to `span(parent=)` in another process; `None` when nothing is traced."""
    if _tracer is None:
        return None
    from opentelemetry import trace

    found = trace.get_current_span().get_span_context()
    return f"00-{found.trace_id:032x}-{found.span_id:016x}-{found.trace_flags:02x}" if found.is_valid else None


def instrumented(model: M) -> M:
    """The agent library's own spans around a model's requests, without their contents."""
    if _tracer is None:
        return model
    global _instrumentation  # noqa: PLW0603 - made with the first model
    from pydantic_ai.models.instrumented import InstrumentationSettings, instrument_model

    if _instrumentation is None:
        _instrumentation = InstrumentationSettings(
            tracer_provider=_provider,
            include_content=False,
            include_binary_content=False,
            include_model_request_parameters=False,
        )
    return instrument_model(model, _instrumentation)  # type: ignore[arg-type, return-value]


def _named(attributes: dict[str, Any]) -> dict[str, Any]:
    return {
        f"dynaris.{name}": value if isinstance(value, int | float | str | bool) else str(value)
        for name, value in attributes.items()
        if value is not None
    }


def _parent(given: str | None) -> Any:
    """The library's context; `None` is the current one."""
    found = _context_of(given)
    if found is None:
        return None
    from opentelemetry import trace

    return trace.set_span_in_context(trace.NonRecordingSpan(found))


def _context_of(given: str | None) -> Any:
    from opentelemetry import trace

    try:
        _, trace_id, span_id, flags = (given or "").split("-")
        found = trace.SpanContext(
            int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=trace.TraceFlags(int(flags, 16))
        )
    except ValueError:
        return None
    return found if found.is_valid else None
