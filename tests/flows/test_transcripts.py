"""Transcripts: mailed to an address that was proved in the chat, and to no other, known or not."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from tests.flows import test_chat_story
from tests.flows.test_chat_story import ADA, Clinic, Visitor, sent
from tests.web import new_key

clinic = test_chat_story.clinic


def mails(clinic: Clinic, address: str) -> list[EmailMessage]:
    inbox = clinic.sandbox.mailbox.inbox(address)
    found = [message_from_bytes(inbox.read(uid) or b"", policy=policy.default) for uid in inbox.uids()]
    return [mail for mail in found if not re.match(r"\d{6}", mail["Subject"])]  # type: ignore[misc]


async def asks(visitor: Visitor, email: str):
    answer = await visitor.page.post(
        "/api/chat-widget/transcript", json={"session_id": visitor.session, "email": email}
    )
    await sent(visitor.world)
    return answer


async def test_a_proved_address_gets_the_conversation_once(clinic: Clinic) -> None:
    visitor = clinic.visitor()
    await clinic.world.rows("UPDATE workspace SET timezone = 'Europe/Berlin' WHERE id = %s RETURNING id")
    await visitor.says("Is there parking? <b>really</b>")
    refused = await asks(visitor, ADA)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_proved")
    assert "code" in refused.json()["detail"]
    assert mails(clinic, ADA) == []
    await visitor.call("verify", code=clinic.codes()[-1])
    for _ in range(2):
        assert (await asks(visitor, ADA.upper())).status_code == 202
    (mail,) = mails(clinic, ADA)
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Is there parking?" in text
    assert "garage" in text
    assert re.search(r"You, \d{4}-\d\d-\d\d \d\d:\d\d CES?T", text), "the business's time"
    html = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "&lt;b&gt;" in html
    assert "<b>really" not in html


async def test_a_known_and_an_unknown_address_are_refused_in_the_same_words(clinic: Clinic) -> None:
    await clinic.mail("My left knee hurts since Monday.")
    visitor = clinic.visitor()
    await visitor.says("Is there parking?")
    known, unknown = await asks(visitor, ADA), await asks(visitor, "nobody@example.com")
    assert known.status_code == unknown.status_code == 409
    assert known.json() == unknown.json()
    assert not any("knee" in mail.get_content() for mail in mails(clinic, ADA) if not mail.is_multipart())


async def test_what_is_no_address_and_a_chat_without_messages_are_said(clinic: Clinic) -> None:
    visitor = clinic.visitor()
    assert (await asks(visitor, ADA)).status_code == 404
    await visitor.says("Is there parking?")
    assert (await asks(visitor, "not an address")).status_code == 422


async def test_a_proof_in_one_chat_opens_no_other(clinic: Clinic) -> None:
    owner, stranger = clinic.visitor(), clinic.visitor()
    await owner.says("Is there parking?")
    await asks(owner, ADA)
    await owner.call("verify", code=clinic.codes()[-1])
    await stranger.says("My secret is 42")
    assert (await asks(stranger, ADA)).status_code == 409
    assert mails(clinic, ADA) == []


@pytest.mark.parametrize("proved", [True, False])
async def test_a_teammate_sends_it_to_a_proved_address_only(clinic: Clinic, proved: bool) -> None:
    visitor = clinic.visitor()
    await visitor.says("Is there parking?")
    await visitor.call("contact", email=ADA)
    await sent(clinic.world)
    if proved:
        await visitor.call("verify", code=clinic.codes()[-1])
    (row,) = await clinic.world.rows(
        """SELECT a.id, c.id AS conversation FROM address a
           JOIN conversation c ON c.workspace_id = a.workspace_id AND c.contact_id = a.contact_id
           WHERE a.workspace_id = %s AND a.kind = 'email'"""
    )
    key = await new_key(clinic.world.services.db, clinic.world.workspace.id)
    answer = await clinic.page.post(
        f"/api/conversations/{row['conversation']}/transcript",
        json={"address_id": str(row["id"])},
        headers={"authorization": f"Bearer {key}"},
    )
    await sent(clinic.world)
    assert answer.status_code == (202 if proved else 409), answer.text
    assert len(mails(clinic, ADA)) == proved
