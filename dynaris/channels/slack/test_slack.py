"""What Slack is sent is harmless whoever wrote it, and each of Slack's answers ends a send in the right way."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from dynaris.channels.contract import Account, OutboundMessage, Refused, TryLater
from dynaris.channels.slack import answers
from dynaris.channels.slack.adapter import SANDBOX, SlackChannel, SlackSettings
from dynaris.channels.slack.blocks import body_of
from dynaris.core.ids import new_id
from dynaris.core.settings import Settings

HOSTILE = "<!channel> *pay* <https://evil.com|here> & https://evil.com"


def message(**changes: Any) -> OutboundMessage:
    values = {"subject": "Ada waits", "text": "For a person", "data": {"url": "https://app.example/inbox/all/1"}}
    return OutboundMessage(id=new_id(), to="team", **{**values, **changes})


def test_title_summary_and_one_button() -> None:
    header, section, actions = body_of(message())["blocks"]
    assert header["text"]["text"] == "Ada waits"
    assert section["text"]["text"] == "For a person"
    assert actions["elements"][0]["url"] == "https://app.example/inbox/all/1"


def test_what_was_written_outside_is_neither_markup_nor_mention_nor_link() -> None:
    body = body_of(message(subject=HOSTILE, text=HOSTILE))
    texts = [block["text"] for block in body["blocks"] if "text" in block]
    assert {text["type"] for text in texts} == {"plain_text"}
    assert not any("https://evil.com" in text["text"] or "evil.com" in text["text"] for text in texts)
    assert "<" not in body["text"]
    assert "&lt;!channel&gt;" in body["text"]
    assert (body["unfurl_links"], body["mrkdwn"]) == (False, False)


def test_long_texts_fit_slacks_limits() -> None:
    header, section, _ = body_of(message(subject="x" * 9_000, text="y" * 9_000))["blocks"]
    assert (len(header["text"]["text"]), len(section["text"]["text"])) == (150, 2_800)


def test_what_was_taken_has_a_receipt() -> None:
    assert answers.of_webhook(200, b"ok", {}).external_id is None
    assert answers.of_api(200, b'{"ok":true,"channel":"C1","ts":"1.2"}', {}).external_id == "C1:1.2"


@pytest.mark.parametrize(
    "name", ["invalid_auth", "channel_not_found", "token_revoked", "not_in_channel", "is_archived"]
)
def test_what_a_person_has_to_repair_is_refused_and_is_the_accounts(name: str) -> None:
    with pytest.raises(Refused, match=name) as refused:
        answers.of_api(200, orjson.dumps({"ok": False, "error": name}), {})
    assert refused.value.because_of == "account"


@pytest.mark.parametrize(
    ("status", "said"), [(404, b"no_service"), (403, b"invalid_token"), (410, b"channel_is_archived")]
)
def test_a_webhook_that_is_gone_is_the_accounts(status: int, said: bytes) -> None:
    with pytest.raises(Refused) as refused:
        answers.of_webhook(status, said, {})
    assert refused.value.because_of == "account"


def test_what_is_wrong_with_one_message_is_not_the_accounts() -> None:
    with pytest.raises(Refused) as refused:
        answers.of_webhook(400, b"invalid_blocks", {})
    assert refused.value.because_of == "message"


@pytest.mark.parametrize(
    ("status", "body", "headers", "after"),
    [
        (429, b"", {"retry-after": "77"}, 77.0),
        (429, b"", {"retry-after": "999999"}, 3_600.0),
        (200, b'{"ok":false,"error":"ratelimited"}', {}, 30.0),
        (503, b"", {}, 30.0),
    ],
)
def test_a_busy_slack_is_asked_later(status: int, body: bytes, headers: dict[str, str], after: float) -> None:
    with pytest.raises(TryLater) as later:
        answers.of_api(status, body, headers)
    assert later.value.after == after


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b""), (200, b"<html>"), (200, b'{"ok":false,"error":"fatal_error"}'), (200, b"[]")],
)
def test_what_may_have_been_posted_is_never_repeated_blindly(status: int, body: bytes) -> None:
    with pytest.raises(RuntimeError):
        answers.of_api(status, body, {})


@pytest.mark.parametrize(
    "given",
    [{}, {"token": "xoxb-1"}, {"channel": "C1"}, {"webhook_url": "https://x.example", "token": "t", "channel": "C1"}],
)
def test_one_way_in_is_given(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        SlackSettings.model_validate(given)


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/services/x", "http://hooks.slack.com/services/x", "https://[::1]/", "slack", "https://[x"],
)
async def test_a_secret_goes_by_https_to_a_public_host_only(url: str) -> None:
    assert "webhook_url" in SlackChannel().faults_of({"webhook_url": url})
    settings = SlackSettings.model_validate({"webhook_url": url})
    with pytest.raises(Refused):
        await SlackChannel()._post(url, {}, {})
    assert settings.webhook_url is not None


async def test_the_sandboxs_channel_is_there_with_the_sandbox_only() -> None:
    slack, settings = SlackChannel(), SlackSettings.model_validate({"webhook_url": SANDBOX})
    assert slack.faults_of({"webhook_url": SANDBOX}) == {}
    slack.configure(Settings(home=Path("/nowhere"), sandbox_pages=False))
    with pytest.raises(Refused, match="only with `dynaris up`") as refused:
        await slack.send(message(), Account(new_id(), new_id(), "slack", "team", settings))
    assert refused.value.because_of == "account"
