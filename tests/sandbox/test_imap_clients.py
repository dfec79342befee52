"""IMAP out, through the libraries people use: imaplib, imap-tools and IMAPClient."""

import time
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from imap_tools import AND, MailBoxUnencrypted, MailMessageFlags
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from dynaris.sandbox.process import RunningSandbox
from tests.sandbox.conftest import new_mail, off_loop, send, signed_in

ATTACHED = bytes(range(256)) * 10


def rich_mail() -> EmailMessage:
    mail = new_mail(
        From='"Ann, the first" <ann@example.com>',
        Cc="Jörg <j@example.com>, k@example.com",
        Subject="Grüße (1)",
        Message_ID="<one@example.com>",
        Date="Tue, 1 Jul 2025 10:00:00 +0200",
        text="plain Grüße\r\n",
    )
    mail.add_alternative("<p>html</p>", subtype="html")
    mail.add_attachment(ATTACHED, maintype="application", subtype="pdf", filename="ünï.pdf")
    return mail


async def test_imaplib_reads_every_form_of_a_mail(sandbox: RunningSandbox) -> None:
    await off_loop(send, sandbox, rich_mail())

    def fetched(client: Any, items: str) -> bytes:
        status, data = client.fetch("1", items)
        assert status == "OK"
        return b"".join(piece if isinstance(piece, bytes) else piece[0] + b"\n" + piece[1] for piece in data)

    def read() -> None:
        with signed_in(sandbox) as client:
            assert client.select() == ("OK", [b"1"])
            header = fetched(client, "(BODY.PEEK[HEADER])").partition(b"\n")[2]
            whole = fetched(client, "(BODY.PEEK[])").partition(b"\n")[2]
            assert whole.startswith(header.removesuffix(b")"))
            assert b"FLAGS ()" in fetched(client, "(FLAGS)")
            size = int(fetched(client, "(RFC822.SIZE)").split()[-1].rstrip(b")"))
            assert size == len(whole) - 1
            only = fetched(client, '(BODY.PEEK[HEADER.FIELDS (FROM "Message-Id")])').partition(b"\n")[2]
            assert only == b'From: "Ann, the first" <ann@example.com>\r\nMessage-ID: <one@example.com>\r\n\r\n)'
            assert fetched(client, "BODY.PEEK[1.1]").endswith("plain Grüße\r\n)".encode())
            assert b"filename*" in fetched(client, "(BODYSTRUCTURE)")
            assert fetched(client, "BODY.PEEK[9]") == b"1 (BODY[9] NIL)"
            assert fetched(client, "BODY.PEEK[]<7.4>").partition(b"\n")[2] == whole[7:11] + b")"
            assert b"\\Seen" in fetched(client, "(RFC822)")

    await off_loop(read)


async def test_imaplib_searches(sandbox: RunningSandbox) -> None:
    await off_loop(send, sandbox, rich_mail())
    await off_loop(send, sandbox, new_mail(Subject="second", From="carol@example.net", text="needle\r\n"))
    today, tomorrow = datetime.now(UTC).date(), datetime.now(UTC).date() + timedelta(days=2)
    expected = {
        ("ALL",): b"1 2",
        ("UNSEEN",): b"1 2",
        ("SEEN",): b"",
        ("FROM", '"carol"'): b"2",
        ("TO", "BOB"): b"1 2",
        ("CC", "j@example"): b"1",
        ("HEADER", "Message-ID", '"<one@example.com>"'): b"1",
        ("UID", "2:*"): b"2",
        ("1",): b"1",
        ("TEXT", "needle"): b"2",
        ("BODY", "second"): b"",
        ("OR", "SUBJECT", "second", "CC", "j@example"): b"1 2",
        ("NOT", "(FROM carol)", "ALL"): b"1",
        ("SINCE", f"{today - timedelta(days=2):%d-%b-%Y}"): b"1 2",
        ("SINCE", f"{tomorrow:%d-%b-%Y}"): b"",
        ("SENTBEFORE", "2-Jul-2025"): b"1",
        ("SENTON", "1-Jul-2025"): b"1",
        ("LARGER", "2000"): b"1",
    }

    def search() -> dict[tuple[str, ...], bytes]:
        with signed_in(sandbox) as client:
            client.select(readonly=True)
            found = {criteria: client.search(None, *criteria)[1][0] for criteria in expected}
            client.literal = "Grüße".encode()
            assert client.uid("SEARCH", "CHARSET", "UTF-8", "SUBJECT")[1] == [b"1"]
            assert client.search("KOI8-R", "ALL")[0] == "NO"
            return found

    assert await off_loop(search) == expected


async def test_imap_tools_reads_flags_moves_and_deletes(sandbox: RunningSandbox) -> None:
    for subject in ("one", "two", "three"):
        await off_loop(send, sandbox, new_mail(Subject=subject))
    await off_loop(send, sandbox, rich_mail())

    def work() -> None:
        with MailBoxUnencrypted("127.0.0.1", sandbox.imap_port).login("Bob@example.com", "demo") as box:
            mails = {mail.subject: mail for mail in box.fetch(mark_seen=False)}
            assert mails["Grüße (1)"].attachments[0].payload == ATTACHED
            assert mails["Grüße (1)"].cc == ("j@example.com", "k@example.com")
            assert [mail.uid for mail in box.fetch(AND(subject="two", seen=False))] == ["2"]
            assert [mail.uid for mail in box.fetch(AND(seen=True), headers_only=True)] == ["2"]
            box.flag(["1"], [MailMessageFlags.FLAGGED, "later"], True)
            assert [mail.flags for mail in box.fetch("KEYWORD later")] == [("\\Flagged", "\\Seen", "later")]
            box.folder.create("Archive/2025")
            box.move(["1"], "Archive/2025")
            box.delete(["3"])
            assert box.uids() == ["2", "4"]
            assert [folder.name for folder in box.folder.list()] == ["INBOX", "Archive/2025"]
            assert box.folder.status("Archive/2025")["MESSAGES"] == 1
            box.append(b"Subject: added\r\n\r\nx", "INBOX", dt=datetime(2024, 2, 29, tzinfo=UTC))
            assert next(box.fetch("SUBJECT added")).date_str == ""
            assert box.uids("BEFORE 1-Mar-2024") == ["5"]
            box.folder.delete("Archive/2025")

    await off_loop(work)


async def test_imapclient_understands_envelope_and_structure(sandbox: RunningSandbox) -> None:
    inner = rich_mail()
    outer = new_mail(Subject="forwarded")
    outer.add_attachment(inner)
    await off_loop(send, sandbox, outer)

    def read() -> None:
        with IMAPClient("127.0.0.1", sandbox.imap_port, ssl=False) as client:
            client.plain_login("bob@example.com", "demo")
            client.select_folder("INBOX")
            found: Any = client.fetch([1], ["ENVELOPE", "BODYSTRUCTURE", "INTERNALDATE", "BODY[2]", "BODY[2.HEADER]"])[
                1
            ]
            envelope = found[b"ENVELOPE"]
            assert envelope.subject == b"forwarded"
            assert str(envelope.to[0]) == "bob@example.com"
            assert envelope.sender == envelope.from_ == envelope.reply_to
            structure = found[b"BODYSTRUCTURE"]
            assert structure.is_multipart
            forwarded = structure[0][1]
            assert forwarded[:2] == (b"MESSAGE", b"RFC822")
            assert forwarded[7][1] == b"=?utf-8?q?Gr=C3=BC=C3=9Fe?= (1)"
            assert forwarded[7][2][0][:1] + forwarded[7][2][0][2:] == (b"Ann, the first", b"ann", b"example.com")
            assert forwarded[6] == len(found[b"BODY[2]"])
            read_back = message_from_bytes(found[b"BODY[2]"], policy=policy.default)
            assert read_back["Subject"] == "Grüße (1)"
            assert found[b"BODY[2]"].startswith(found[b"BODY[2.HEADER]"])

    await off_loop(read)


async def test_idle_hears_of_a_new_mail_at_once_and_of_flags_set_elsewhere(sandbox: RunningSandbox) -> None:
    await off_loop(send, sandbox, new_mail())

    def wait() -> float:
        with IMAPClient("127.0.0.1", sandbox.imap_port, ssl=False) as client, signed_in(sandbox) as other:
            client.login("bob@example.com", "demo")
            client.select_folder("INBOX")
            client.idle()
            assert client.idle_check(timeout=0.01) == []
            began = time.monotonic()
            send(sandbox, new_mail())
            assert (2, b"EXISTS") in client.idle_check(timeout=5)
            took = time.monotonic() - began
            other.select()
            other.store("1", "+FLAGS", "\\Deleted")
            assert (1, b"FETCH", (b"UID", 1, b"FLAGS", (b"\\Deleted",))) in client.idle_check(timeout=5)
            other.expunge()
            assert (1, b"EXPUNGE") in client.idle_check(timeout=5)
            assert client.idle_done()[0] == b"IDLE completed"
            assert client.search() == [2]
            return took

    assert await off_loop(wait) < 1


async def test_a_mail_of_ten_megabytes_comes_out_whole(sandbox: RunningSandbox) -> None:
    content = b"Subject: big\r\n\r\n" + b"0123456789abcde\r\n" * 620_000

    def round_trip() -> bytes:
        with signed_in(sandbox) as client:
            assert client.append("INBOX", "", "", content)[0] == "OK"
            client.select()
            return client.fetch("1", "BODY[]")[1][0][1]

    assert await off_loop(round_trip) == content


@pytest.mark.parametrize(("user", "password"), [("bob@example.com", "wrong"), ("", "demo"), ("bob", "")])
async def test_only_the_documented_password_signs_in(sandbox: RunningSandbox, user: str, password: str) -> None:
    def login() -> None:
        with IMAPClient("127.0.0.1", sandbox.imap_port, ssl=False) as client, pytest.raises(LoginError):
            client.login(user, password)

    await off_loop(login)
    assert sandbox.mailbox.addresses() == []


async def test_examine_changes_nothing(sandbox: RunningSandbox) -> None:
    await off_loop(send, sandbox, new_mail())

    def look() -> None:
        with signed_in(sandbox) as client:
            client.select(readonly=True)
            client.fetch("1", "BODY[]")
            assert client._simple_command("STORE", "1", "+FLAGS", "(\\Seen)")[0] == "NO"  # imaplib itself forbids it
            assert client.search(None, "UNSEEN")[1] == [b"1"]

    await off_loop(look)
