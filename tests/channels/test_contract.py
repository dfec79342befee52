"""Every channel folder keeps the contract: its parts are there, and its recordings become what they say.

A recording is `fixtures/NAME.json`; its bytes are its `raw`, or the file `NAME.*` beside it:

    account   {address, settings} of the account it came to
    headers   of the webhook call that brought it, which then goes through `receive`; `received_at` is the time there
    meta      what a listener noted beside the bytes
    sliced    true where the body may hold several messages, and each keeps its own part of it
    expect    the part of `Inbound` that matters; of attachments the `size` stands for the content
    refused   or a part of the reason that `receive` gives
    unreadable  or a part of the reason that `read` gives
"""

import json
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pytest

import dynaris.channels
from dynaris.channels.contract import (
    Account,
    Arrival,
    Embeddable,
    Inbound,
    Listener,
    Rejected,
    Routed,
    Serving,
    Triable,
    Unreadable,
    WebhookRequest,
)
from dynaris.channels.registry import channels, customer_channels
from dynaris.core.ids import new_id

CUSTOMERS = sorted(customer_channels())
OUR_OWN = sorted(channels().keys() - customer_channels().keys())
FOLDERS = {name: Path(dynaris.channels.__path__[0]) / name for name in channels()}
RECORDINGS = [file for folder in FOLDERS.values() for file in sorted((folder / "fixtures").glob("*.json"))]


@pytest.mark.parametrize("name", FOLDERS)
def test_a_channels_folder_has_its_parts(name: str) -> None:
    folder = FOLDERS[name]
    assert (folder / "README.md").exists()
    if name in OUR_OWN:
        return
    files = {file.stem for file in (folder / "fixtures").iterdir()}
    described = {file.stem for file in (folder / "fixtures").glob("*.json")}
    assert described
    assert files == described, "a recording without what it must become"


@pytest.mark.parametrize("name", FOLDERS)
def test_a_channel_is_whole(name: str) -> None:
    channel = channels()[name]
    for part in ("traits", "address_kind", "settings", "receive", "read", "send"):
        assert hasattr(channel, part), part
    for setting, about in channel.settings.model_fields.items():
        assert about.description, f"the connect form cannot explain {setting}"


@pytest.mark.parametrize("name", OUR_OWN)
def test_where_our_own_people_are_told_nothing_comes_in(name: str) -> None:
    channel = channels()[name]
    account: Account[Any] = Account(new_id(), new_id(), name, "ours", channel.settings.model_construct())
    with pytest.raises(Rejected):
        channel.receive(WebhookRequest("POST", {}, {}, b"{}"), account)
    with pytest.raises(Unreadable):
        channel.read(Arrival(external_id="x", lane="x", raw=b"{}"), account)
    assert not (channel.traits.arrivals)
    assert not (channel.traits.starts_conversations)
    assert not isinstance(channel, Listener | Serving | Routed | Embeddable | Triable)
    assert not (FOLDERS[name] / "fixtures").exists()


@pytest.mark.parametrize("name", CUSTOMERS)
def test_what_was_never_a_message_is_at_worst_unreadable(name: str) -> None:
    account = _account(name, {})
    for raw in (b"", b"\x00", b"\xff\xfe\x00", b"[" * 5_000, b"{}" * 100, b'{"a": 1e999}'):
        with suppress(Unreadable):
            channels()[name].read(Arrival(external_id="x", lane="x", raw=raw), account)


@pytest.mark.parametrize("file", RECORDINGS, ids=lambda file: f"{file.parts[-3]}-{file.stem}")
def test_a_recording_becomes_what_it_says(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = json.loads(file.read_text())
    if (now := recorded.get("received_at")) is not None:
        monkeypatch.setattr(time, "time", lambda: float(now))
    name = file.parts[-3]
    account = _account(name, recorded.get("account", {}))
    raw = _raw(file, recorded)
    if reason := recorded.get("refused"):
        with pytest.raises(Rejected) as refused:
            _arrival(name, recorded, raw, account)
        assert reason in refused.value.reason
        return
    arrival = _arrival(name, recorded, raw, account)
    if reason := recorded.get("unreadable"):
        with pytest.raises(Unreadable, match=reason):
            channels()[name].read(arrival, account)
        return
    read, again = (channels()[name].read(arrival, account) for _ in range(2))
    assert read == again
    found = _shown(read)
    assert recorded["expect"]
    assert _part(found, recorded["expect"]) == recorded["expect"], json.dumps(found, indent=2, ensure_ascii=False)


def _account(name: str, given: dict[str, Any]) -> Account[Any]:
    model = channels()[name].settings
    required = {field: about for field, about in model.model_fields.items() if about.is_required()}
    values = {field: about.examples[0] if about.examples else "s3cret" for field, about in required.items()}
    settings = model.model_validate(values | given.get("settings", {}))
    return Account(new_id(), new_id(), name, given.get("address", "hello@demo.localhost"), settings)


def _raw(file: Path, recorded: dict[str, Any]) -> bytes:
    if "raw" in recorded:
        raw = recorded["raw"]
        return raw.encode() if isinstance(raw, str) else orjson.dumps(raw)
    (beside,) = (other for other in file.parent.glob(f"{file.stem}.*") if other != file)
    return beside.read_bytes()


def _arrival(name: str, recorded: dict[str, Any], raw: bytes, account: Account[Any]) -> Arrival:
    if "headers" not in recorded:
        return Arrival(external_id=new_id().hex, lane="recorded", raw=raw, meta=recorded.get("meta", {}))
    (arrival,) = channels()[name].receive(WebhookRequest("POST", recorded["headers"], {}, raw), account).arrivals
    assert arrival.raw == raw or recorded.get("sliced")
    return arrival


def _shown(inbound: Inbound) -> dict[str, Any]:
    shown = inbound.model_dump(exclude={"attachments"})
    shown["attachments"] = [
        {**part.model_dump(exclude={"content"}), "size": len(part.content)} for part in inbound.attachments
    ]
    return orjson.loads(orjson.dumps(shown))


def _part(found: Any, wanted: Any) -> Any:
    """As much of `found` as `wanted` speaks of."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return {key: _part(found.get(key), value) for key, value in wanted.items()}
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        return [_part(one, other) for one, other in zip(found, wanted, strict=True)]
    return found
