"""Every sample mail goes in and comes out: octets, structure as a client parses it, and the page."""

from pathlib import Path
from typing import Any

import pytest
from imapclient import IMAPClient

from dynaris.sandbox.mail_view import view_mail
from dynaris.sandbox.page_layout import one_mail
from dynaris.sandbox.process import RunningSandbox
from tests.sandbox.conftest import off_loop

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples" / "email"


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample mails of ../shared are not here")
async def test_every_sample_mail_is_served_and_shown(sandbox: RunningSandbox) -> None:
    samples = [
        content
        for path in sorted(SAMPLES.rglob("*"))
        if path.suffix in (".eml", ".txt") and (content := path.read_bytes())
    ]
    assert len(samples) > 50
    inbox = sandbox.mailbox.inbox("bob@example.com")
    expected = {inbox.add(content).uid: content.replace(b"\0", b"\x80") for content in samples}
    expected = {uid: content for uid, content in expected.items() if uid in inbox.uids()}

    def read() -> dict[int, Any]:
        with IMAPClient("127.0.0.1", sandbox.imap_port, ssl=False) as client:
            client.login("bob@example.com", "demo")
            client.select_folder("INBOX")
            assert client.search("TEXT nosuchtextanywhere") == []
            return client.fetch(client.search(), ["BODY.PEEK[]", "ENVELOPE", "BODYSTRUCTURE", "BODY.PEEK[1]"])

    found = await off_loop(read)
    assert {uid: mail[b"BODY[]"] for uid, mail in found.items()} == expected
    for mail in inbox.mails():
        view = view_mail(inbox.read(mail.uid) or b"")
        assert one_mail("bob@example.com", mail, view).encode().count(b"<script") == 0
