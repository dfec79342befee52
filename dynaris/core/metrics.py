"""What a process counts about itself, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

registry = CollectorRegistry()
ProcessCollector(registry=registry)
GCCollector(registry=registry)

http_requests = Counter(
    "dynaris_http_requests_total", "Answered requests.", ("method", "route", "status"), registry=registry
)
http_seconds = Histogram(
    "dynaris_http_request_seconds",
    "Time until a request was answered.",
    ("route",),
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=registry,
)
work = Gauge(
    "dynaris_work",
    "Rows in the database. `*_open`: now; `*_ended`: arrived in the last minute and ended.",
    ("measure", "label"),
    registry=registry,
)
database_up = Gauge("dynaris_database_up", "Whether the database answered the last count.", registry=registry)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def rendered() -> bytes:
    return generate_latest(registry)
