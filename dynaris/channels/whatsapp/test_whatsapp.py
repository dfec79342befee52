"""What is special to WhatsApp: Meta's webhook with everything in it, splitting, choices, error codes, templates."""

import hashlib
import hmac
import random
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynaris.channels.contract import (
    Account,
    Arrival,
    Attachment,
    CannotSend,
    Choice,
    OutboundMessage,
    Refused,
    TryLater,
    WebhookRequest,
)
from dynaris.channels.whatsapp.faults import ends
from dynaris.channels.whatsapp.read import read
from dynaris.channels.whatsapp.send import LONGEST_TEXT, _interactive, parts, split
from dynaris.channels.whatsapp.settings import WhatsAppSettings
from dynaris.channels.whatsapp.templates import components, template_of
from dynaris.channels.whatsapp.webhook import named, our_name, parsed, received

NUMBER, BUSINESS = "109876543210987", "210987654321098"


def number(address: str = NUMBER, *, secret: str = "app-secret", waba: str = BUSINESS) -> Account[WhatsAppSettings]:
    settings = WhatsAppSettings.model_validate(
        {
            "phone_number": "+4915550100100",
            "waba_id": waba,
            "access_token": "token",
            "app_secret": secret,
            "verify_token": "verify",
        }
    )
    return Account(uuid4(), uuid4(), "whatsapp", address, settings)


def signed(body: Any, *, secret: str = "app-secret") -> WebhookRequest:
    raw = orjson.dumps(body)
    signature = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    return WebhookRequest("POST", {"x-hub-signature-256": f"sha256={signature}"}, {}, raw)


def entry(number_id: str = NUMBER, *, field: str = "messages", waba: str = BUSINESS, **value: Any) -> dict[str, Any]:
    metadata = {"display_phone_number": "4915550100100", "phone_number_id": number_id}
    return {"id": waba, "changes": [{"field": field, "value": {"metadata": metadata, **value}}]}


def text(name: str, *, of: str = "4915550111222") -> dict[str, Any]:
    return {"from": of, "id": name, "timestamp": "1763800000", "type": "text", "text": {"body": name}}


def test_a_body_with_several_entries_and_messages_brings_each_of_them() -> None:
    contacts = [{"wa_id": "4915550111222", "profile": {"name": "Ada"}}, {"wa_id": "4915550111333", "user_id": "DE.1"}]
    two = [text("one"), text("two", of="4915550111333")]
    body = {"entry": [entry(contacts=contacts, messages=two), entry(messages=[text("three")])]}
    brought = received(signed(body), number())
    assert [each.external_id for each in brought.arrivals] == ["one", "two", "three"]
    own = orjson.loads(brought.arrivals[1].raw)
    assert own["contact"]["user_id"] == "DE.1"
    assert brought.arrivals[1].lane == f"whatsapp:{NUMBER}:DE.1"
    assert brought.arrivals[0].lane == f"whatsapp:{NUMBER}:4915550111222"


def test_of_another_number_a_body_says_nothing_to_this_one() -> None:
    body = {"entry": [entry("555", messages=[text("theirs")]), entry(messages=[text("ours")])]}
    assert named(parsed(orjson.dumps(body))) == ({"555", NUMBER}, set())
    assert [each.external_id for each in received(signed(body), number()).arrivals] == ["ours"]


def test_a_status_names_the_message_by_our_own_name_for_it() -> None:
    outbox_id = uuid4()
    status = {
        "id": "wamid.a",
        "status": "failed",
        "timestamp": "1763800001",
        "biz_opaque_callback_data": our_name(outbox_id, 2),
        "errors": [{"code": 131047, "title": "Re-engagement message"}],
        "pricing": {"billable": True, "category": "utility", "pricing_model": "PMP", "more": {"x": 1}},
    }
    strange = [{"id": "wamid.b", "status": "warming"}, {"status": "sent"}, {"id": "c", "status": "played"}]
    updates = received(signed({"entry": [entry(statuses=[status, *strange])]}), number()).updates
    assert [(each.status, each.outbox_id, each.part) for each in updates] == [
        ("failed", outbox_id, 2),
        ("read", None, 0),
    ]
    assert updates[0].reason is not None
    assert "more than 24 hours" in updates[0].reason
    assert updates[0].price == {"billable": True, "category": "utility", "pricing_model": "PMP"}


def test_templates_and_troubles_belong_to_the_business_account() -> None:
    changes = [
        {"field": "message_template_status_update", "value": {"event": "APPROVED"}},
        {
            "field": "account_update",
            "value": {"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "SPAM"}},
        },
    ]
    body = {"entry": [{"id": BUSINESS, "changes": changes}]}
    assert named(parsed(orjson.dumps(body))) == (set(), {BUSINESS})
    brought = received(signed(body), number())
    assert (brought.templates_changed, brought.arrivals) == (True, [])
    assert brought.trouble == "Meta says that the account violated a policy: SPAM"
    assert received(signed(body), number(waba="99999")).templates_changed is False


SHAPES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text(max_size=20)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "entry",
                    "changes",
                    "value",
                    "messages",
                    "statuses",
                    "contacts",
                    "type",
                    "text",
                    "id",
                    "metadata",
                    "from",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(SHAPES)
def test_no_shape_of_a_signed_body_breaks_the_way_in(shape: Any) -> None:
    body = {"entry": [entry(messages=[shape, {"type": "text", "text": shape, "from": shape}], contacts=shape), shape]}
    for arrival in received(signed(body), number()).arrivals:
        assert arrival.external_id
        assert arrival.lane.startswith("whatsapp:")


@given(st.text(alphabet="ab .\n", max_size=300), st.integers(min_value=5, max_value=60))
def test_pieces_say_the_same_and_none_is_too_long(said: str, most: int) -> None:
    pieces = split(said.strip(), most)
    assert all(0 < len(piece) <= most for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(said.split())


def test_a_long_text_is_cut_between_paragraphs() -> None:
    first, second = "First. " * 400, "Second. " * 300
    assert split(f"{first.strip()}\n\n{second.strip()}") == [first.strip(), second.strip()]


def message(said: str, *files: str, choices: tuple[Choice, ...] = ()) -> OutboundMessage:
    found = tuple(Attachment(filename=f"f.{kind[-3:]}", mime_type=kind, content=b"x") for kind in files)
    return OutboundMessage(id=UUID(int=1), to="4915550111222", text=said, attachments=found, choices=choices)


def test_a_message_leaves_as_its_texts_and_then_its_files() -> None:
    yes = (Choice(id="y", title="Yes"),)
    divided = parts(message("word " * 1_000, "image/png", "audio/ogg", choices=yes))
    assert [(part.part, bool(part.text), len(part.attachments), len(part.choices)) for part in divided] == [
        (0, True, 0, 0),
        (1, True, 0, 1),
        (2, False, 1, 0),
        (3, False, 1, 0),
    ]
    assert all(len(part.text) <= LONGEST_TEXT for part in divided)
    (only,) = parts(message("Here it is", "application/pdf"))
    assert (only.text, len(only.attachments)) == ("Here it is", 1)
    assert [bool(part.text) for part in parts(message("Listen", "audio/ogg"))] == [
        True,
        False,
    ]  # sounds have no caption


def offered(*titles: str) -> list[Choice]:
    return [Choice(id=title, title=title) for title in titles]


def test_few_short_choices_are_buttons_and_more_are_a_list() -> None:
    times = [f"Tuesday, 24 November 2026, {hour}:00" for hour in range(8, 18)]
    few, many = _interactive("When?", offered(*times[:3]), None), _interactive("When?", offered(*times), "Times")
    assert few is not None
    assert [each["reply"] for each in few["action"]["buttons"]] == [
        {"id": time, "title": time.rpartition(" ")[2]} for time in times[:3]
    ]
    assert many is not None
    assert (many["type"], many["action"]["button"]) == ("list", "Times")
    assert many["action"]["sections"][0]["rows"][0] == {"id": times[0], "title": "8:00", "description": times[0]}
    assert _interactive("When?", offered(*times, "later"), None) is None, "ten rows are the most"
    assert _interactive("x" * 1_025, offered("Yes", "No"), None) is None


def test_choices_that_are_cut_are_numbered_and_come_back_whole() -> None:
    days = ["Tuesday, 24 November 2026, 08:00", "Wednesday, 25 November 2026, 08:00"]
    asked = _interactive("When?", offered(*days), None)
    assert asked is not None
    rows = asked["action"]["sections"][0]["rows"]
    assert [row["title"] for row in rows] == ["1. Tuesday, 24 November…", "2. Wednesday, 25 Novemb…"]
    for row in rows:
        chosen = {
            "type": "interactive",
            "interactive": {"type": "list_reply", "list_reply": row},
            "from": "4915550111222",
        }
        raw = orjson.dumps({"kind": "messages", "contact": None, "message": {"id": "1", **chosen}})
        assert read(Arrival(external_id="1", lane="x", raw=raw)).text == row["id"]


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, 190, CannotSend),
        (400, 131047, Refused),
        (400, 131026, Refused),
        (400, 133010, CannotSend),
        (429, 130429, TryLater),
        (400, 131056, TryLater),
        (400, 80007, TryLater),
        (500, 131016, TryLater),
        (503, 2, TryLater),
        (400, 123456, Refused),
        (429, 999999, TryLater),
        (500, 1, type(None)),
        (502, -5, type(None)),
    ],
)
def test_each_error_of_metas_ends_a_send_in_its_way(status: int, code: int, kind: type) -> None:
    assert type(ends(status, {"code": code, "message": "as Meta says"})) is kind


def test_an_error_says_what_it_means_what_to_do_and_what_meta_said() -> None:
    error = ends(401, {"code": 190, "message": "Error validating access token", "error_data": {"details": "expired"}})
    assert str(error) == (
        "the access token has expired or was taken back; give the account a new access token, of a system user, that "
        "does not expire (Meta 190: expired)"
    )


LISTED = {
    "id": "1",
    "name": "visit_reminder",
    "language": "en_US",
    "status": "APPROVED",
    "category": "UTILITY",
    "components": [
        {"type": "HEADER", "format": "IMAGE"},
        {
            "type": "BODY",
            "text": "Hi {{1}}, see you at {{2}}. {{1}}, bring your card.",
            "example": {"body_text": [["Ada", "10:00"]]},
        },
        {"type": "FOOTER", "text": "Reply STOP to end"},
        {
            "type": "BUTTONS",
            "buttons": [
                {"type": "QUICK_REPLY", "text": "I will come"},
                {"type": "URL", "text": "Change", "url": "https://x.example/{{1}}", "example": ["abc"]},
            ],
        },
    ],
}


def test_a_template_is_read_with_its_variables_and_filled_in_their_order() -> None:
    template = template_of(LISTED)
    assert template is not None
    assert [(each.name, each.kind, each.example) for each in template.variables] == [
        ("header", "image", None),
        ("body.1", "text", "Ada"),
        ("body.2", "text", "10:00"),
        ("button.1.url", "text", "abc"),
    ]
    assert (template.status, template.category, template.buttons) == ("approved", "utility", ("I will come", "Change"))
    values = {"button.1.url": "k", "body.2": "9:00", "body.1": "Ada", "header": "https://x.example/a.png"}
    random.Random(1).shuffle(items := list(values.items()))
    assert components(dict(items)) == [
        {"type": "header", "parameters": [{"type": "image", "image": {"link": "https://x.example/a.png"}}]},
        {"type": "body", "parameters": [{"type": "text", "text": "Ada"}, {"type": "text", "text": "9:00"}]},
        {"type": "button", "sub_type": "url", "index": "1", "parameters": [{"type": "text", "text": "k"}]},
    ]


def test_named_variables_keep_their_names_and_strange_templates_are_not_offered() -> None:
    body = {"type": "BODY", "text": "Hi {{first_name}}", "example": {"body_text_named_params": [
        {"param_name": "first_name", "example": "Ada"}]}}  # fmt: skip
    template = template_of({**LISTED, "components": [body]})
    assert template is not None
    assert [(each.name, each.example) for each in template.variables] == [("body.first_name", "Ada")]
    assert components({"body.first_name": "Bo"})[0]["parameters"] == [
        {"type": "text", "parameter_name": "first_name", "text": "Bo"}
    ]
    carousel = template_of({**LISTED, "components": [body, {"type": "CAROUSEL", "cards": []}]})
    assert carousel is not None
    assert carousel.status == "unsupported"
