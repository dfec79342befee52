"""The last gate of traces: of each span only what cannot be about a person is exported."""

from collections.abc import Sequence

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace.status import Status

_OURS = "dynaris."


class ImpersonalExporter(SpanExporter):
    """Drops events (recorded exceptions quote), descriptions of errors, and every attribute that is not listed."""

    def __init__(self, exporter: SpanExporter, allowed: frozenset[str]) -> None:
        self._exporter, self._allowed = exporter, allowed

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self._exporter.export([self._without_words(span) for span in spans])

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._exporter.force_flush(timeout_millis)

    def _without_words(self, span: ReadableSpan) -> ReadableSpan:
        kept = {
            name: value
            for name, value in (span.attributes or {}).items()
            if name.startswith(_OURS) or name in self._allowed
        }
        return ReadableSpan(
            name=span.name,
            context=span.context,
            parent=span.parent,
            resource=span.resource,
            attributes=kept,
            links=span.links,
            kind=span.kind,
            status=Status(span.status.status_code),
            start_time=span.start_time,
            end_time=span.end_time,
            instrumentation_scope=span.instrumentation_scope,
        )
