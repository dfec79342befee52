"""Every recorded notification of Meta's is a message, an update, or ignored with a reason; none breaks anything."""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from dynaris.channels.contract import Arrival, Inbound, Received, WebhookRequest
from dynaris.channels.whatsapp.read import read
from dynaris.channels.whatsapp.test_whatsapp import number
from dynaris.channels.whatsapp.webhook import named, parsed, received

SHARED = Path(__file__).parents[4] / "shared"
SAMPLES = sorted((SHARED / "samples" / "meta-whatsapp").rglob("*.json"))
CONTRACT = SHARED / "contracts" / "meta-whatsapp" / "business-messaging-api_v23.0.cut.json"

needs_samples = pytest.mark.skipif(not SAMPLES, reason="../shared/samples/meta-whatsapp is not here")
MESSAGES = ("message__", "callback_", "flow_", "deleted_", "outgoing_", "system_", "call_", "user_marketing")


def taken(body: dict[str, Any]) -> Received:
    raw = json.dumps(body).encode()
    numbers, businesses = named(parsed(raw))
    account = number(next(iter(numbers), "1"), waba=next(iter(businesses), "12345") if not numbers else "12345")
    signature = hmac.new(b"app-secret", raw, hashlib.sha256).hexdigest()
    return received(WebhookRequest("POST", {"x-hub-signature-256": f"sha256={signature}"}, {}, raw), account)


def reads(arrivals: Any) -> list[Inbound]:
    found = [read(Arrival(external_id=each.external_id, lane=each.lane, raw=each.raw)) for each in arrivals]
    assert found == [read(each) for each in arrivals]
    for one in found:
        assert one.text or one.ignore or one.change, "neither a message nor a reason"
    return found


@needs_samples
@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.stem)
def test_each_sample_becomes_what_its_kind_says(file: Path) -> None:
    brought = taken(json.loads(file.read_text()))
    found = reads(brought.arrivals)
    kind = file.stem
    if kind.startswith("message_status"):
        assert (len(brought.updates), found) == (1, [])
    elif kind.startswith(MESSAGES):
        assert (len(found), brought.updates) == (1, [])
    elif kind.startswith("template"):
        assert brought.templates_changed
    else:
        assert kind.startswith("account_update")
        assert found == []


@needs_samples
def test_each_example_of_the_contract_is_a_message_or_nothing_of_ours() -> None:
    post = json.loads(CONTRACT.read_text())["paths"]["/whatsapp/webhooks"]["post"]
    examples = post["requestBody"]["content"]["application/json"]["examples"]
    for name, example in examples.items():
        found = reads(taken(example["value"]).arrivals)
        assert (len(found) == 1) is (not name.startswith("Group")), name
