"""Every recorded notification of Meta's, three times, in random order and at once: one message each, and one reply."""

import asyncio
import hashlib
import hmac
import json
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.flows.phones import Phones, phones

__all__ = ["phones"]

SAMPLES = sorted((Path(__file__).parents[3] / "shared" / "samples" / "meta-whatsapp").rglob("*.json"))
AT_ONCE = 16

pytestmark = pytest.mark.skipif(not SAMPLES, reason="../shared/samples/meta-whatsapp is not here")


def for_us(name: str, body: dict[str, Any], known: dict[str, str]) -> dict[str, Any]:
    """The same notification about our number, of now, and with an id of its own: several share one, made anonymous."""
    for entry in body["entry"]:
        entry["id"] = known["waba_id"]
        for change in entry["changes"]:
            value = change["value"]
            if "metadata" in value:
                value["metadata"]["phone_number_id"] = known["phone_number_id"]
            for said in (*value.get("messages", ()), *value.get("message_echoes", ())):
                said |= {"id": f"wamid.{name}.", "timestamp": str(int(time.time()))}
    return body


def message_ids(bodies: list[dict[str, Any]]) -> set[str]:
    values = [change["value"] for body in bodies for entry in body["entry"] for change in entry["changes"]]
    return {said["id"] for value in values for said in (*value.get("messages", ()), *value.get("message_echoes", ()))}


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_whatever_the_order_nothing_is_lost_doubled_or_broken(phones: Phones, seed: int) -> None:
    known = phones.running.credentials
    bodies = [for_us(file.stem, json.loads(file.read_text()), known) for file in SAMPLES]
    posts = [json.dumps(body).encode() for body in bodies] * 3
    random.Random(seed).shuffle(posts)
    free = asyncio.Semaphore(AT_ONCE)
    transport = httpx.ASGITransport(phones.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://dynaris.test") as meta:

        async def post(raw: bytes) -> int:
            signature = hmac.new(known["app_secret"].encode(), raw, hashlib.sha256).hexdigest()
            headers = {"x-hub-signature-256": f"sha256={signature}", "content-type": "application/json"}
            async with free:
                return (await meta.post("/meta/webhook", content=raw, headers=headers)).status_code

        working = asyncio.create_task(_work(phones))
        statuses = await asyncio.gather(*map(post, posts))
        working.cancel()
    assert set(statuses) == {200}
    for _ in range(5):
        await phones.settled()
    events = await phones.events()
    wanted = message_ids(bodies)
    arrived = Counter(_message_of(event["external_id"], wanted) for event in events)
    assert {each: arrived[each] for each in wanted} == dict.fromkeys(wanted, 1)
    assert {event["status"] for event in events} <= {"done", "waiting"}
    assert [event["reason"] for event in events if event["outcome"] == "failed"] == []
    assert all(event["reason"] for event in events if event["outcome"] == "ignored")
    inbound = await phones.world.rows(
        "SELECT external_id FROM message WHERE workspace_id = %s AND direction = 'inbound' AND external_id IS NOT NULL"
    )
    assert max(Counter(row["external_id"] for row in inbound).values()) == 1
    replies = await phones.world.rows(
        """SELECT e.id, count(o.id) AS replies FROM event e LEFT JOIN outbox o ON o.workspace_id = e.workspace_id
             AND o.run_id = e.run_id AND o.audience = 'contact'
           WHERE e.workspace_id = %s AND e.kind = 'message' AND e.run_id IS NOT NULL GROUP BY e.id"""
    )
    assert len(replies) > len(SAMPLES) / 3
    assert {row["replies"] for row in replies} <= {0, 1}
    reached = (await phones.control.get("counts")).json()["by_opaque"]
    assert set(reached.values()) <= {1}


def _message_of(external_id: str, ids: set[str]) -> str | None:
    return next((each for each in ids if each in external_id), None)


async def _work(phones: Phones) -> None:
    while True:
        await phones.world.settle()
        await asyncio.sleep(0.01)
