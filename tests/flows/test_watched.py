"""A conversation as those who watch it see it: in the logs, in the figures, in its trace."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import orjson
import pytest
from fastapi import FastAPI

from dynaris.app.host import Host
from dynaris.app.ports import free_port
from dynaris.app.web import create_app
from dynaris.connections.actions import add_account
from dynaris.core import metrics, tracing
from dynaris.core.callbacks import sign
from dynaris.core.crypto import Vault
from dynaris.core.db import Database
from dynaris.pipeline import answer as answering
from tests.fakes.logs import logged
from tests.fakes.otlp import Receiver, receiver
from tests.flows.conftest import KEY, Sink, World
from tests.web import ADDRESS

CANARY = "zaunkoenig"  # in every name, address and text below
EMAIL = f"{CANARY}@private.example"

_apps: dict[UUID, FastAPI] = {}  # to make one takes half a second


@pytest.fixture
async def world(world: World) -> World:
    """With a source that no other workspace has, so that a signed request means this one."""
    name = f"site-{world.workspace.id}"
    async with world.services.db.transaction(world.workspace.id) as connection:
        account_id = await add_account(
            connection,
            world.workspace.id,
            Vault(KEY),
            channel="generic",
            address=name,
            settings={"secret": "s3cret"},
            agent=None,
        )
    world.source = await world.services.accounts.by_id(world.workspace.id, account_id)
    return world


async def post(world: World, text: str, reply_url: str, *, sender: str = "ada", **headers: str) -> httpx.Response:
    """Over HTTP, signed, as another system does."""
    body = orjson.dumps(
        {
            "id": f"{CANARY}-{time.monotonic_ns()}",
            "type": "message",
            "occurred_at": "2026-11-21T09:00:00Z",
            "from": {"email": f"{sender}.{EMAIL}", "name": f"Ada {CANARY}"},
            "text": text,
            "reply_url": reply_url,
        }
    )
    app = _apps.get(world.workspace.id) or create_app(world.services, Host(world.services))
    _apps.clear()  # the one of this test
    _apps[world.workspace.id] = app
    transport = httpx.ASGITransport(app, client=("203.0.113.7", 1))
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
        answer = await client.post(
            "/api/process-events",
            content=body,
            headers={
                "content-type": "application/json",
                "x-dynaris-source": world.source.address,
                "x-dynaris-signature": sign(body, "s3cret", now=time.time()),
                **headers,
            },
        )
    assert answer.status_code in (202, 422), answer.text
    return answer


async def test_no_log_line_says_who_wrote_or_what(world: World, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through everything that goes well, and through everything that fails and quotes what it failed on."""
    question = f"What does a first assessment cost, asks {CANARY}?"
    with logged() as lines:
        first = await post(world, question, sink.url)
        assert first.status_code == 202, first.text
        await world.settle()
        sink.statuses += [422, 500]
        for sender in ("ben", "cem"):
            await post(world, question, sink.url, sender=sender)
            await world.settle()
        await post(world, question, f"http://nowhere.invalid/{CANARY}", sender="dan")
        await world.settle()

        async def breaks(*_: object, **__: object) -> None:
            raise RuntimeError(f"no answer to {question} of {EMAIL}")

        monkeypatch.setattr(answering.herald, "run_turn", breaks)
        await post(world, question, sink.url, sender="eva")
        await world.settle()
    assert len(sink.texts) == 3
    assert [line for line in lines.getvalue().splitlines() if CANARY in line.lower()] == []
    failed = next(line for line in lines.parsed() if line["event"] == "inbound.failed")
    assert failed["workspace"] == str(world.workspace.id)
    assert {"event_id", "conversation_id", "raised", "at"} <= failed.keys()
    assert failed["raised"] == "RuntimeError"


async def test_with_the_setting_the_words_are_there_but_only_as_personal_fields(world: World, sink: Sink) -> None:
    sink.statuses += [422]
    with logged(pii=True) as lines:
        await post(world, f"Hello from {CANARY}", sink.url)
        await world.settle()
        world.services.accounts.forget()
    for line in lines.parsed():
        assert CANARY not in orjson.dumps({k: v for k, v in line.items() if not k.startswith("pii.")}).decode().lower()


async def test_a_request_is_named_in_its_lines_and_in_its_answer(world: World, sink: Sink) -> None:
    object.__setattr__(world.services, "settings", world.services.settings.model_copy(update={"log_requests": True}))
    with logged("INFO") as lines:
        named = await post(world, "Hello", sink.url, **{"x-request-id": "req-7"})
        odd = await post(world, "Hello", sink.url, **{"x-request-id": f"x y {CANARY}"})
    assert named.headers["x-request-id"] == "req-7"
    assert len(odd.headers["x-request-id"]) == 32
    answered = [line for line in lines.parsed() if line["event"] == "http.answered"]
    assert [line["request_id"] for line in answered] == ["req-7", odd.headers["x-request-id"]]
    assert {"method", "route", "status", "ms"} <= answered[0].keys()


def value(name: str, **labels: str) -> float:
    return metrics.registry.get_sample_value(name, labels) or 0.0


async def test_a_conversation_moves_its_figures(world: World, sink: Sink) -> None:
    asked = {
        "accepted": ("dynaris_events_accepted_total", {"channel": "generic"}),
        "ended": ("dynaris_events_ended_total", {"outcome": "answered"}),
        "answered": ("dynaris_answer_seconds_count", {"channel": "generic", "by": "agent"}),
        "sent": ("dynaris_sends_total", {"channel": "generic", "result": "sent"}),
        "refused": ("dynaris_provider_errors_total", {"provider": "generic", "kind": "refused"}),
        "routed": ("dynaris_model_tokens_total", {"model": "builtin", "agent": "supervisor", "direction": "input"}),
    }
    before = {key: value(name, **labels) for key, (name, labels) in asked.items()}
    turns = sum(s.value for m in metrics.turn_seconds.collect() for s in m.samples if s.name.endswith("_count"))
    await world.say("What does a first assessment cost?", reply_url=sink.url)
    await world.settle()
    sink.statuses.append(422)
    await world.say("What are your opening hours?", reply_url=sink.url)
    await world.settle()
    moved = {key: value(name, **labels) - before[key] for key, (name, labels) in asked.items()}
    assert {key: moved[key] for key in ("accepted", "ended", "answered", "sent", "refused")} == {
        "accepted": 2,
        "ended": 1,
        "answered": 1,
        "sent": 1,
        "refused": 1,
    }
    after = sum(s.value for m in metrics.turn_seconds.collect() for s in m.samples if s.name.endswith("_count"))
    assert after - turns == 2


@pytest.fixture
async def traces(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Receiver]:
    async with receiver() as kept:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", kept.url)
        tracing.configure("test")
        yield kept
        await asyncio.to_thread(tracing.close)


async def test_all_stages_of_an_event_are_one_trace_without_its_words(
    world: World, sink: Sink, traces: Receiver
) -> None:
    await post(world, f"What does a first assessment cost, asks {CANARY}?", sink.url)
    await world.settle()
    await asyncio.to_thread(tracing.close)
    assert len(sink.texts) == 1
    spans = {span["name"]: span for span in traces.spans}
    assert {"receive", "identify", "turn", "decide", "answer", "route", "deliver"} <= spans.keys()
    models = [span for span in traces.spans if span["name"].startswith("chat ")]
    assert models, "the agent library's own span of a request"
    assert len({span["trace"] for span in traces.spans}) == 1
    inside = {"identify": "receive", "turn": "receive", "decide": "turn", "answer": "turn", "deliver": "answer"}
    assert {name: spans[name]["parent"] for name in inside} == {name: spans[of]["id"] for name, of in inside.items()}
    assert {span["parent"] for span in models} <= {spans["answer"]["id"], spans["route"]["id"]}
    assert models[0]["gen_ai.request.model"] == "builtin"
    assert spans["deliver"]["dynaris.result"] == "sent"
    assert all(CANARY.encode() not in body for body in traces.bodies)


async def test_a_tool_call_is_part_of_the_trace_and_an_error_has_no_words(
    world: World, sink: Sink, traces: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    await post(world, "My number is +49 30 7654321. What are your opening hours?", sink.url)
    await world.settle()

    async def breaks(*_: object, **__: object) -> None:
        raise RuntimeError(f"quotes {CANARY}")

    monkeypatch.setattr(answering.herald, "run_turn", breaks)
    await post(world, f"Hello from {CANARY}", sink.url, sender="ben")
    await world.settle()
    await asyncio.to_thread(tracing.close)
    assert any(span["name"].startswith("tool ") and span["dynaris.tool"] for span in traces.spans)
    failed = next(span for span in traces.spans if span["failed"] and span["name"] == "answer")
    assert failed["error.type"] == "RuntimeError"
    assert all(CANARY.encode() not in body for body in traces.bodies)


async def test_a_reply_that_is_sent_later_is_in_the_trace_of_its_event(
    world: World, sink: Sink, traces: Receiver
) -> None:
    from dynaris.pipeline.deliver import deliver

    sink.statuses.append(503)
    accepted = await world.say("What does a first assessment cost?", reply_url=sink.url)
    await world.settle()
    [row] = await world.rows("SELECT id FROM outbox WHERE workspace_id = %s AND event_id = %s", accepted.event_id)
    assert await deliver(world.services, world.workspace.id, row["id"]) == "sent"
    await asyncio.to_thread(tracing.close)
    delivered = [span for span in traces.spans if span["name"] == "deliver"]
    assert [span["dynaris.result"] for span in delivered] == ["queued", "sent"]
    assert len({span["trace"] for span in traces.spans}) == 1


async def test_a_reply_is_sent_although_the_database_does_not_say_its_trace(
    world: World, sink: Sink, traces: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dynaris.pipeline import stages
    from dynaris.pipeline.deliver import deliver

    sink.statuses.append(503)
    accepted = await world.say("What does a first assessment cost?", reply_url=sink.url)
    await world.settle()
    [row] = await world.rows("SELECT id FROM outbox WHERE workspace_id = %s AND event_id = %s", accepted.event_id)
    away, asked = Database("postgresql://nobody@127.0.0.1:1/x"), stages.trace_of
    monkeypatch.setattr("dynaris.pipeline.deliver.trace_of", lambda _, *about: asked(away, *about))
    assert await deliver(world.services, world.workspace.id, row["id"]) == "sent"


async def test_a_receiver_that_is_down_neither_slows_nor_breaks_anything(
    world: World, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{free_port('127.0.0.1')}")
    tracing.configure("test")
    try:
        await world.say("What does a first assessment cost?", reply_url=sink.url)
        await world.settle()
        assert len(sink.texts) == 1
    finally:
        began = time.perf_counter()
        await asyncio.to_thread(tracing.close)
    assert time.perf_counter() - began < 4


def test_without_an_endpoint_nothing_of_the_sdk_is_loaded() -> None:
    program = (
        "import sys; from dynaris.core import tracing; import dynaris.pipeline.inbound, dynaris.app.web\n"
        "tracing.configure('web')\n"
        "with tracing.span('x', a=1): tracing.note(b=2)\n"
        "assert not tracing.is_on() and tracing.current() is None\n"
        "assert not [name for name in sys.modules if name.startswith(('opentelemetry.sdk', 'opentelemetry.exporter'))]"
    )
    subprocess.run([sys.executable, "-c", program], check=True, env={"PATH": ""})
