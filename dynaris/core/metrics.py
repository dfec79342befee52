"""What a process counts about itself, for Prometheus; and how several processes' figures become one page."""

import contextlib
import os
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.gc_collector import GCCollector
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

disable_created_metrics()  # a start time for each series tells nobody anything

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
events_accepted = Counter(
    "dynaris_events_accepted_total", "Arrivals committed; redeliveries not counted.", ("channel",), registry=registry
)
events_ended = Counter("dynaris_events_ended_total", "Events that got their outcome.", ("outcome",), registry=registry)
answer_seconds = Histogram(
    "dynaris_answer_seconds",
    "From the commit of an arrival until its reply was handed to the provider.",
    ("channel", "by"),
    buckets=(0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300, 900, 3_600, 14_400),
    registry=registry,
)
sends = Counter(
    "dynaris_sends_total", "What became of tries to send, by channel.", ("channel", "result"), registry=registry
)
receipts = Counter(
    "dynaris_receipts_total",
    "What providers said, later, of sent messages, by channel.",
    ("channel", "status"),
    registry=registry,
)
turn_seconds = Histogram(
    "dynaris_turn_seconds",
    "Time of an agent's turn, tools and model included.",
    ("agent",),
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
    registry=registry,
)
tokens = Counter(
    "dynaris_model_tokens_total",
    "Tokens of agents' model requests.",
    ("model", "agent", "direction"),
    registry=registry,
)
cost = Counter(
    "dynaris_model_cost_usd_total",
    "List price of agents' model requests, where the model's price is known.",
    ("model", "agent"),
    registry=registry,
)
limits_reached = Counter(
    "dynaris_limits_reached_total",
    "Runs that ended with a person because a limit was reached, by limit.",
    ("limit",),
    registry=registry,
)
provider_errors = Counter(
    "dynaris_provider_errors_total",
    "Failures of others' systems: models by name, channels, listeners.",
    ("provider", "kind"),
    registry=registry,
)
listener_up = Gauge(
    "dynaris_listener_up",
    "Accounts this process listens on: 1, or 0 while the provider cannot be reached.",
    ("account", "channel"),
    registry=registry,
)
listener_success = Gauge(
    "dynaris_listener_success_timestamp_seconds",
    "When the provider last answered an account's listener.",
    ("account", "channel"),
    registry=registry,
)

MOST_MODELS = 100
_models: set[str] = set()


def model_label(name: str) -> str:
    """Tenants name their models: so many of them a process counts by name, those that it meets first, and the rest
    together."""
    if name not in _models:
        if len(_models) >= MOST_MODELS:
            return "other"
        _models.add(name)
    return name


CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Family = dict[str, Any]  # name, help, type and samples of one metric, as JSON


class WorkFigures(Collector):
    """Rows of `watch_figures()`, as the database last gave them; `None`: it did not answer."""

    def __init__(self) -> None:
        self.rows: Sequence[Mapping[str, Any]] | None = None

    def collect(self) -> Iterator[Metric]:
        up = Metric("dynaris_database_up", "Whether the database answered the last count.", "gauge")
        up.add_sample(up.name, {}, float(self.rows is not None))
        yield up
        found: dict[str, Metric] = {}
        for row in self.rows or ():
            name, labels = WORK[row["measure"]]
            metric = found.setdefault(row["measure"], Metric(f"dynaris_{row['measure']}", name, "gauge"))
            values = (row["label"], row["label2"])
            metric.add_sample(metric.name, dict(zip(labels, values, strict=False)), float(row["n"]))
        yield from found.values()

    def describe(self) -> Iterator[Metric]:
        for measure, (text, _) in WORK.items():
            yield Metric(f"dynaris_{measure}", text, "gauge")


# What the database is asked: each measure of `watch_figures()`, its help and its labels.
WORK: dict[str, tuple[str, tuple[str, ...]]] = {
    "events_open": ("Events without an outcome now.", ("status", "waiting_for")),
    "events_oldest_seconds": ("Age of the oldest open event.", ("status",)),
    "events_overdue": ("Events whose deadline passed; the watchdog sets it anew within seconds.", ()),
    "lanes_due": ("Lanes with work whose time has come and that no worker holds.", ()),
    "lane_oldest_due_seconds": ("How long the longest waiting lane has been due without a worker.", ()),
    "outbox_open": ("Messages to be sent, or being sent.", ("status",)),
    "outbox_oldest_seconds": ("Age of the oldest message that is not sent yet.", ("status",)),
    "outbox_stuck": ("Messages due for more than a minute.", ()),
    "approvals_pending": ("Proposals that wait for a person.", ()),
    "follow_ups_waiting": ("Planned turns.", ()),
    "jobs": ("Background jobs by state.", ("state",)),
    "job_oldest_seconds": ("Age of the oldest job that should have begun.", ()),
    "workers_alive": ("Workers heard of in the last ten seconds.", ()),
    "worker_heard_seconds": ("Seconds since a worker was last heard of.", ()),
    "accounts": ("Enabled accounts; `unwell` ones show an error.", ("channel", "state")),
}


def forget_listener(account: str, channel: str) -> None:
    """This process no longer listens on it."""
    for gauge in (listener_up, listener_success):
        with contextlib.suppress(KeyError):
            gauge.remove(account, channel)


def process_name(kind: str) -> str:
    return f"{kind}:{socket.gethostname()}:{os.getpid()}"


def families(source: Collector | CollectorRegistry = registry) -> list[Family]:
    """A registry's figures as JSON, to be shown by another process."""
    return [
        {
            "name": metric.name,
            "help": metric.documentation,
            "type": metric.type,
            "samples": [[sample.name, sample.labels, sample.value] for sample in metric.samples],
        }
        for metric in source.collect()
    ]


class _Merged(Collector):
    def __init__(self, processes: Mapping[str, Iterable[Family]]) -> None:
        self._processes = processes

    def collect(self) -> Iterator[Metric]:
        merged: dict[str, Metric] = {}
        for process, own in self._processes.items():
            for family in own:
                metric = merged.setdefault(family["name"], Metric(family["name"], family["help"], family["type"]))
                for name, labels, value in family["samples"]:
                    metric.samples.append(Sample(name, {**labels, "process": process} if process else labels, value))
        yield from merged.values()


def rendered(processes: Mapping[str, Iterable[Family]]) -> bytes:
    """One page of several processes' figures, each labelled with its process; "" is the installation."""
    page = CollectorRegistry(auto_describe=False)
    page.register(_Merged(processes))
    return generate_latest(page)


class PoolFigures(Collector):
    """The database pool of this process."""

    def __init__(self, stats: Any) -> None:
        self._stats = stats  # a function: psycopg_pool's figures now

    def collect(self) -> Iterator[Metric]:
        found: Mapping[str, int] = self._stats()
        connections = Metric("dynaris_database_pool_connections", "Connections of this process.", "gauge")
        size, free = found.get("pool_size", 0), found.get("pool_available", 0)
        connections.add_sample(connections.name, {"state": "used"}, float(size - free))
        connections.add_sample(connections.name, {"state": "free"}, float(free))
        yield connections
        waiting = Metric("dynaris_database_pool_waiting", "Who waits for a connection now.", "gauge")
        waiting.add_sample(waiting.name, {}, float(found.get("requests_waiting", 0)))
        yield waiting
        waited = Metric("dynaris_database_pool_waited_seconds", "Time spent waiting for connections.", "counter")
        waited.add_sample(f"{waited.name}_total", {}, found.get("requests_wait_ms", 0) / 1_000)
        yield waited
        refused = Metric("dynaris_database_pool_errors", "Requests for a connection that got none.", "counter")
        refused.add_sample(f"{refused.name}_total", {}, float(found.get("requests_errors", 0)))
        yield refused
