"""IMAP commands about mails: fetch, search, flag, copy, remove, add, and wait for new ones."""

import asyncio
import re

from dynaris.sandbox.imap.account_commands import folder_named
from dynaris.sandbox.imap.fetch import FetchedMail, parse_items, value_of
from dynaris.sandbox.imap.search import Candidate, parse_search
from dynaris.sandbox.imap.session import PATIENCE, ImapSession, State, Verb
from dynaris.sandbox.imap.syntax import (
    BadCommand,
    Command,
    Refusal,
    SequenceSet,
    parse_date_time,
    parse_sequence_set,
)
from dynaris.sandbox.imap.view import FolderView, flag_list
from dynaris.sandbox.mail_folder import MailFolder, StoredMail

_MOST_FLAGS = 50
_FLAG = re.compile(rb"\\?[A-Za-z0-9$_.:;!&'+,=/<>@#~|^`-]{1,100}")
_SYSTEM_FLAGS = {flag.lower(): flag for flag in ("\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft")}
_STORE = re.compile(rb"([+-]?)FLAGS(\.SILENT)?", re.IGNORECASE)


async def fetch(session: ImapSession, command: Command) -> str:
    view = session.selected
    numbers, _, wanted = command.raw.strip().partition(b" ")
    items = parse_items(wanted)
    names = [item.name for item in items]
    if command.by_uid and "UID" not in names:
        items = [*parse_items(b"UID"), *items]
    marks_read = any(item.marks_read for item in items) and not view.read_only
    for number, uid in view.chosen(parse_sequence_set(numbers), by_uid=command.by_uid):
        mail = view.folder.mail(uid)
        if mail is None:
            continue  # expunged by another client; this one is told when the protocol allows
        shown = items
        if marks_read and "\\Seen" not in mail.flags:
            mail = _store(view, mail, mail.flags | {"\\Seen"})
            shown = items if "FLAGS" in names else [*items, *parse_items(b"FLAGS")]
        fetched = FetchedMail(view.folder, mail)
        values = b" ".join(item.label + b" " + value_of(item, fetched) for item in shown)
        await session.tell([b"* %d FETCH (%b)" % (number, values)])
    return "FETCH completed"


async def search(session: ImapSession, command: Command) -> str:
    view, fits = session.selected, parse_search(command.arguments)
    await session.tell_changes(expunges=command.by_uid)
    found = []
    for number, uid in enumerate(view.uids, 1):
        mail = view.folder.mail(uid)
        if mail and fits(Candidate(view.folder, mail, number, len(view.uids), view.uids[-1])):
            found.append(b" %d" % (uid if command.by_uid else number))
        await asyncio.sleep(0)  # a search through large mails must not hold up the others
    await session.tell([b"* SEARCH" + b"".join(found)])
    return "SEARCH completed"


async def store(session: ImapSession, command: Command) -> str:
    view = session.writable
    how = _STORE.fullmatch(command.text(1))
    if not how or len(command.arguments) < 3:
        raise BadCommand("STORE takes FLAGS, +FLAGS or -FLAGS, and flags")
    given = command.arguments[2:]
    words = command.list(2) if len(given) == 1 else [word for word in given if isinstance(word, bytes)]
    flags = _flags(words)
    for number, uid in _chosen(session, command):
        mail = view.folder.mail(uid)
        if mail is None:
            continue
        kept = {b"+": mail.flags | flags, b"-": mail.flags - flags}.get(how.group(1), flags)
        if len(kept) > _MOST_FLAGS:
            raise Refusal(f"[LIMIT] a mail has at most {_MOST_FLAGS} flags")
        mail = _store(view, mail, kept)
        if not how.group(2):
            uid_item = b"UID %d " % uid if command.by_uid else b""
            await session.tell([b"* %d FETCH (%bFLAGS %b)" % (number, uid_item, flag_list(mail.flags))])
    return "STORE completed"


def _store(view: FolderView, mail: StoredMail, flags: frozenset[str]) -> StoredMail:
    changed = StoredMail(mail.uid, mail.size, mail.received, flags)
    if flags != mail.flags:
        view.folder.set_flags(mail.uid, flags)
    view.told_flags(changed)
    return changed


def _flags(words: list[bytes]) -> frozenset[str]:
    if not all(_FLAG.fullmatch(word) for word in words):
        raise BadCommand("that is no flag")
    named = [word.decode() for word in words]
    if any(name.startswith("\\") and name.lower() not in _SYSTEM_FLAGS for name in named):
        raise BadCommand("a flag that begins with a backslash is one of the protocol's")
    return frozenset(_SYSTEM_FLAGS.get(name.lower(), name) for name in named)


def _chosen(session: ImapSession, command: Command) -> list[tuple[int, int]]:
    numbers: SequenceSet = parse_sequence_set(command.text(0))
    return session.selected.chosen(numbers, by_uid=command.by_uid)


async def copy(session: ImapSession, command: Command) -> str:
    return f"{_copy(session, command)[1]} COPY completed".lstrip()


async def move(session: ImapSession, command: Command) -> str:
    view = session.writable
    uids, code = _copy(session, command)
    if code:
        await session.tell([b"* OK %b moved" % code.encode()])
    view.folder.remove(uids)
    return "MOVE completed"


def _copy(session: ImapSession, command: Command) -> tuple[list[int], str]:
    """The uids that were copied, and the COPYUID code that says what they became."""
    target, view = _target(session, command.text(1)), session.selected
    copies: dict[int, int] = {}
    for _, uid in _chosen(session, command):
        mail, content = view.folder.mail(uid), view.folder.read(uid)
        if mail is not None and content is not None:
            copies[uid] = target.add(content, flags=mail.flags, received=mail.received).uid
    if not copies:
        return [], ""
    old, new = ",".join(map(str, copies)), ",".join(map(str, copies.values()))
    return list(copies), f"[COPYUID {target.uid_validity()} {old} {new}]"


def _target(session: ImapSession, name: bytes) -> MailFolder:
    folder = folder_named(session, name)
    if not folder.exists():
        raise Refusal("[TRYCREATE] there is no such folder")
    return folder


async def append(session: ImapSession, command: Command) -> str:
    folder, rest = _target(session, command.text(0)), command.arguments[1:]
    flags: frozenset[str] = frozenset()
    if rest and isinstance(rest[0], list):
        flags = _flags([word for word in rest.pop(0) if isinstance(word, bytes) and word.lower() != b"\\recent"])
    if len(rest) not in (1, 2) or not all(isinstance(given, bytes) for given in rest):
        raise BadCommand("APPEND needs a mail as a literal")
    *date, content = [given for given in rest if isinstance(given, bytes)]
    received = parse_date_time(date[0]) if date else None
    mail = folder.add(content, flags=flags, received=received)
    return f"[APPENDUID {folder.uid_validity()} {mail.uid}] APPEND completed"


async def expunge(session: ImapSession, command: Command) -> str:
    view = session.writable
    chosen = set(view.uids)
    if command.by_uid:
        chosen = {uid for _, uid in _chosen(session, command)}
    view.folder.remove([mail.uid for mail in view.folder.mails() if mail.uid in chosen and "\\Deleted" in mail.flags])
    return "EXPUNGE completed"


async def close(session: ImapSession, command: Command) -> str:
    if not session.selected.read_only:
        await expunge(session, Command(command.tag, "EXPUNGE", b"", []))
    session.view = None
    return "CLOSE completed"


async def idle(session: ImapSession, _command: Command) -> str:
    """RFC 2177: pushes what changes until the client says DONE."""
    changed = asyncio.Event()
    with session.mailbox.watching(session.selected.folder, changed.set):
        await session.wire.send(b"+ idling\r\n")
        await session.tell_changes()
        done = asyncio.ensure_future(session.wire.read_line(PATIENCE))
        try:
            while not done.done():
                await _push_when_changed(session, changed, done)
        finally:
            done.cancel()
    if done.result().upper() != b"DONE":
        raise BadCommand("IDLE ends with DONE")
    return "IDLE completed"


async def _push_when_changed(session: ImapSession, changed: asyncio.Event, done: asyncio.Future[bytes]) -> None:
    waiting = asyncio.ensure_future(changed.wait())
    try:
        await asyncio.wait((waiting, done), return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
    if changed.is_set():
        changed.clear()
        await session.suffer_faults()
        await session.tell_changes()


VERBS = {
    "FETCH": Verb(State.SELECTED, fetch, renumbers=False),
    "SEARCH": Verb(State.SELECTED, search, renumbers=False),
    "STORE": Verb(State.SELECTED, store, renumbers=False),
    "COPY": Verb(State.SELECTED, copy),
    "MOVE": Verb(State.SELECTED, move),
    "APPEND": Verb(State.SIGNED_IN, append),
    "EXPUNGE": Verb(State.SELECTED, expunge),
    "CLOSE": Verb(State.SELECTED, close),
    "IDLE": Verb(State.SELECTED, idle),
}
