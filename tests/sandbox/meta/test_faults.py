"""What goes wrong on request: each planned fault strikes as often as it says, and whom it says."""

import asyncio
import base64

import httpx
import pytest

from dynaris.sandbox.meta.graph_errors import KINDS
from tests.sandbox.meta.conftest import Meta, until


@pytest.fixture
async def ada(meta: Meta) -> str:
    """She has written, and that was delivered."""
    customer = await meta.customer()
    await meta.writes(customer, text="Hello")
    await until(lambda: meta.receiver.messages)
    meta.receiver.bodies.clear()
    return customer


async def total(meta: Meta) -> int:
    return (await meta.control.get("counts")).json()["total"]


@pytest.mark.parametrize("code", [131047, 131026, 131049, 131056, 130429, 80007, 131048, 4, 190, 131000, 133010, 368])
async def test_a_send_fails_with_the_code_and_nothing_is_kept(meta: Meta, ada: str, code: int) -> None:
    await meta.plans(kind="error", code=code)
    refused = await meta.post(to="16505551234", text={"body": "x"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (KINDS[code].status, code)
    assert await total(meta) == 0
    await meta.says("16505551234", "x")


async def test_a_plain_503_is_answered_as_graph_answers_it(meta: Meta, ada: str) -> None:
    await meta.plans(kind="error", code=503)
    refused = await meta.post(to="16505551234", text={"body": "x"})
    error = refused.json()["error"]
    assert (refused.status_code, error["code"], error["is_transient"]) == (503, 2, True)


async def test_a_message_is_accepted_and_fails_later(meta: Meta, ada: str) -> None:
    await meta.plans(kind="failed_later", code=131049)
    sent = await meta.says("16505551234", "x", biz_opaque_callback_data="o1")
    await until(lambda: meta.receiver.statuses)
    [status] = meta.receiver.statuses
    assert (status["id"], status["status"], status["biz_opaque_callback_data"]) == (sent, "failed", "o1")
    [error] = status["errors"]
    assert (error["code"], set(error)) == (131049, {"code", "title", "message", "error_data", "href"})
    assert "conversation" not in status


@pytest.mark.parametrize(("kind", "kept"), [("lost_receipt", 1), ("dropped", 0)])
async def test_the_connection_ends_before_the_answer(meta: Meta, ada: str, kind: str, kept: int) -> None:
    await meta.plans(kind=kind)
    with pytest.raises(httpx.TransportError):
        await meta.post(to="16505551234", text={"body": "x"}, biz_opaque_callback_data="o1")
    assert (await meta.control.get("sent", params={"opaque": "o1"})).json()["count"] == kept


async def test_a_send_is_slow(meta: Meta, ada: str) -> None:
    await meta.plans(kind="slow", seconds=0.2)
    began = asyncio.get_running_loop().time()
    await meta.says("16505551234", "x")
    assert asyncio.get_running_loop().time() - began > 0.2


async def test_a_fault_strikes_so_often_and_only_whom_it_names(meta: Meta, ada: str) -> None:
    bob = await meta.customer(name="Bob", wa_id="16505550002")
    await meta.writes(bob, text="Hello")
    await meta.plans(kind="error", code=131056, recipient="+16505550002", times=2)
    await meta.says("16505551234", "x")
    for expected in (400, 400, 200):
        assert (await meta.post(to="16505550002", text={"body": "x"})).status_code == expected
    assert (await meta.control.get("faults")).json() == []


async def test_reading_uses_no_fault_up(meta: Meta, ada: str) -> None:
    await meta.plans(kind="error", code=131056)
    [written] = await meta.conversation(ada)
    assert (await meta.post(status="read", message_id=written["id"])).status_code == 200
    assert len((await meta.control.get("faults")).json()) == 1


async def test_a_webhook_comes_several_times(meta: Meta, ada: str) -> None:
    await meta.plans(on="webhook", kind="duplicate", copies=3)
    written = await meta.writes(ada, text="Again")
    await until(lambda: len(meta.receiver.bodies) == 3)
    assert {message["id"] for message in meta.receiver.messages} == {written}


async def test_a_webhook_is_overtaken_by_the_next(meta: Meta, ada: str) -> None:
    await meta.plans(on="webhook", kind="reorder")
    for text in ("first", "second"):
        await meta.writes(ada, text=text)
    await until(lambda: len(meta.receiver.messages) == 2)
    assert [message["text"]["body"] for message in meta.receiver.messages] == ["second", "first"]


async def test_a_webhook_comes_late(meta: Meta, ada: str) -> None:
    await meta.plans(on="webhook", kind="delay", seconds=0.3, recipient=ada)
    began = asyncio.get_running_loop().time()
    await meta.writes(ada, text="Late")
    await until(lambda: meta.receiver.messages)
    assert asyncio.get_running_loop().time() - began > 0.3


async def test_a_status_is_lost_and_a_message_never_is(meta: Meta, ada: str) -> None:
    await meta.plans(on="webhook", kind="status_lost")
    await meta.writes(ada, text="Not lost")
    await until(lambda: meta.receiver.messages)
    await meta.says("16505551234", "x")
    await until(lambda: meta.receiver.statuses)
    assert [status["status"] for status in meta.receiver.statuses] == ["delivered"]


@pytest.mark.parametrize(("kind", "status"), [("expired", 404), ("wrong_bytes", 200)])
async def test_a_medium_is_gone_or_not_what_it_was(meta: Meta, ada: str, kind: str, status: int) -> None:
    data = base64.b64encode(b"a long enough sound").decode()
    await meta.writes(ada, type="audio", voice=True, data=data, mime_type="audio/ogg; codecs=opus")
    await until(lambda: meta.receiver.messages)
    audio = meta.receiver.messages[0]["audio"]
    await meta.plans(on="media", kind=kind)
    answer = await meta.graph.get(audio["url"])
    assert (answer.status_code, answer.content == b"a long enough sound") == (status, False)
    assert (await meta.graph.get(audio["url"])).content == b"a long enough sound"


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"kind": "explode"}, "kind must be one of error"),
        ({"on": "moon", "kind": "slow"}, "on must be one of send, webhook, media"),
        ({"kind": "error"}, "a code of Meta's"),
        ({"kind": "slow", "code": 4}, "a code of Meta's"),
        ({"kind": "slow", "seconds": 301}, "seconds must be a number from 0 to 300"),
        ({"kind": "slow", "times": 0}, "times must be a number from 1"),
        ({"kind": "slow", "colour": "red"}, "unknown colour"),
    ],
)
async def test_a_fault_that_cannot_be_planned_is_refused_in_words(
    meta: Meta, fault: dict[str, object], says: str
) -> None:
    refused = await meta.control.post("faults", json=fault)
    assert refused.status_code == 422
    assert says in refused.json()["detail"]
