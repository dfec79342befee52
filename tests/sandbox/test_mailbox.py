"""The store: names that cannot escape, numbers that never repeat, bounds, and what a killed process leaves."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynaris.sandbox import mail_folder
from dynaris.sandbox.mailbox import Mailbox
from dynaris.sandbox.safe_names import safe_name

HOSTILE = [
    "../../etc/passwd",
    "..",
    ".",
    ".hidden",
    "/absolute@example.com",
    "a\\b@example.com",
    "nul\0byte@example.com",
    "line\r\nbreak@example.com",
    "jörg@münchen.example",
    "\udcff\ud800@example.com",
    "x" * 5000 + "@example.com",
    "a~b@example.com",
    "faults",
    "con",
]


@pytest.mark.parametrize("address", HOSTILE)
def test_hostile_address_stays_inside_the_folder_and_keeps_its_mail(address: str, tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path / "sandbox")
    mailbox.deliver(address, b"Subject: x\r\n\r\n")
    outside = [path for path in tmp_path.rglob("*.eml") if not path.is_relative_to(tmp_path / "sandbox" / "mail")]
    assert outside == []
    assert mailbox.inbox(address).path.parent == tmp_path / "sandbox" / "mail"
    assert len(mailbox.addresses()) == 1
    assert mailbox.inbox(mailbox.addresses()[0]).uids() == [1]


@given(st.text())
def test_any_text_becomes_one_visible_path_component(text: str) -> None:
    name = safe_name(text)
    assert name
    assert not name.startswith(".")
    assert len(name.encode()) <= 200
    assert not set(name) & set("/\\\0")


@given(st.text(max_size=300), st.text(max_size=300))
def test_different_texts_have_different_names(one: str, other: str) -> None:
    assert (safe_name(one) == safe_name(other)) == (one == other)


def test_ordinary_addresses_are_readable_and_compared_without_case(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path)
    mailbox.deliver("Ann+Shop@Example.COM", b"x")
    mailbox.deliver("ann+shop@example.com", b"y")
    assert os.listdir(tmp_path / "mail") == ["ann+shop@example.com"]
    assert (tmp_path / "mail" / "ann+shop@example.com" / "2.eml").read_bytes() == b"y"


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    before = Mailbox(tmp_path).inbox("bob@example.com")
    yesterday = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
    before.add(b"one", flags=["\\Seen", "later"], received=yesterday)
    before.add(b"two")
    after = Mailbox(tmp_path).inbox("bob@example.com")
    assert [mail.uid for mail in after.mails()] == [1, 2]
    assert after.mails()[0].flags == {"\\Seen", "later"}
    assert after.mails()[0].received == yesterday
    assert after.uid_validity() == before.uid_validity() > 0


def test_a_uid_is_never_given_twice(tmp_path: Path) -> None:
    inbox = Mailbox(tmp_path).inbox("bob@example.com")
    for number in range(3):
        inbox.add(b"%d" % number)
    inbox.remove([2, 3])
    assert Mailbox(tmp_path).inbox("bob@example.com").add(b"new").uid == 4


def test_a_half_written_mail_is_never_seen_and_is_swept_away(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path)
    mailbox.deliver("bob@example.com", b"whole")
    leftover = mailbox.inbox("bob@example.com").path / ".0123.tmp"
    leftover.write_bytes(b"hal")
    assert mailbox.inbox("bob@example.com").uids() == [1]
    assert mailbox.addresses() == ["bob@example.com"]
    Mailbox(tmp_path).sweep()
    assert not leftover.exists()


def test_the_oldest_mails_are_dropped_beyond_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_folder, "MAILS_KEPT", 5)
    inbox = Mailbox(tmp_path).inbox("bob@example.com")
    for number in range(8):
        inbox.add(b"%d" % number, flags=["\\Seen"])
    assert inbox.uids() == [4, 5, 6, 7, 8]
    assert all("\\Seen" in mail.flags for mail in inbox.mails())


def test_the_oldest_mails_are_dropped_beyond_the_size_but_never_the_newest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_folder, "BYTES_KEPT", 100)
    inbox = Mailbox(tmp_path).inbox("bob@example.com")
    for size in (40, 40, 40, 1000):
        inbox.add(b"x" * size)
    assert inbox.uids() == [4]


def test_renewing_uid_validity_numbers_the_mails_anew_and_keeps_their_flags(tmp_path: Path) -> None:
    inbox = Mailbox(tmp_path).inbox("bob@example.com")
    for content in (b"one", b"two", b"three"):
        inbox.add(content, flags=["\\Seen"] if content == b"two" else [])
    inbox.remove([1])
    old = inbox.uid_validity()
    assert inbox.renew_uid_validity() > old
    assert [inbox.read(uid) for uid in inbox.uids()] == [b"two", b"three"]
    assert [mail.flags for mail in inbox.mails()] == [{"\\Seen"}, set()]
    assert inbox.next_uid() == 3
