"""IMAP commands about the account: signing in, folders, and what the server can do."""

import base64
import binascii
import fnmatch

from dynaris.sandbox.imap.session import CAPABILITIES, ImapSession, State, Verb
from dynaris.sandbox.imap.syntax import BadCommand, Command, Refusal, parenthesised, string
from dynaris.sandbox.imap.view import FolderView
from dynaris.sandbox.mail_folder import MailFolder
from dynaris.sandbox.mailbox import INBOX

PASSWORD = "demo"  # noqa: S105 - the documented password of every sandbox mailbox

_PATIENCE = 60.0
_MOST_FOLDERS = 50
_LONGEST_NAME = 200
_FLAGS = b"\\Answered \\Flagged \\Deleted \\Seen \\Draft"


async def capability(session: ImapSession, _command: Command) -> str:
    await session.tell([b"* CAPABILITY " + CAPABILITIES])
    return "CAPABILITY completed"


async def noop(_session: ImapSession, command: Command) -> str:
    return f"{command.name} completed"


async def identify(session: ImapSession, _command: Command) -> str:
    await session.tell([b'* ID ("name" "Dynaris sandbox")'])
    return "ID completed"


async def namespace(session: ImapSession, _command: Command) -> str:
    await session.tell([b'* NAMESPACE (("" "/")) NIL NIL'])
    return "NAMESPACE completed"


async def logout(session: ImapSession, _command: Command) -> str:
    session.leaving, session.view = True, None
    await session.tell([b"* BYE goodbye"])
    return "LOGOUT completed"


async def login(session: ImapSession, command: Command) -> str:
    return _sign_in(session, command.text(0), command.text(1))


async def authenticate(session: ImapSession, command: Command) -> str:
    if command.text(0).upper() != b"PLAIN":
        raise Refusal("only PLAIN is offered")
    if len(command.arguments) > 1:
        encoded = command.text(1)
    else:
        await session.wire.send(b"+ \r\n")
        encoded = await session.wire.read_line(_PATIENCE)
    if encoded == b"*":
        raise BadCommand("AUTHENTICATE was given up")
    try:
        _, user, password = base64.b64decode(encoded, validate=True).split(b"\0")
    except (binascii.Error, ValueError) as error:
        raise BadCommand("AUTHENTICATE PLAIN needs base64 of NUL user NUL password") from error
    return _sign_in(session, user, password)


def _sign_in(session: ImapSession, user: bytes, password: bytes) -> str:
    if session.address is not None:
        raise BadCommand("already signed in")
    address = user.decode("utf-8", "surrogateescape").strip()
    if not address or len(address) > 1000 or password != PASSWORD.encode():
        raise Refusal("[AUTHENTICATIONFAILED] any address will do, and the password is: demo")
    session.mailbox.inbox(address).create()
    session.address = address
    return f"[CAPABILITY {CAPABILITIES.decode()}] signed in"


async def select(session: ImapSession, command: Command) -> str:
    session.view = None
    folder = _existing(session, command.text(0))
    view = FolderView(folder, read_only=command.name == "EXAMINE")
    unseen = [number for number, mail in enumerate(folder.mails(), 1) if "\\Seen" not in mail.flags]
    lines = [
        b"* FLAGS (%b)" % _FLAGS,
        b"* %d EXISTS" % len(view.uids),
        b"* 0 RECENT",
        b"* OK [UIDVALIDITY %d] uids are valid" % view.uid_validity,
        b"* OK [UIDNEXT %d] the next uid" % folder.next_uid(),
        b"* OK [PERMANENTFLAGS (%b)] kept" % (b"" if view.read_only else _FLAGS + b" \\*"),
    ]
    if unseen:
        lines.append(b"* OK [UNSEEN %d] the first unread" % unseen[0])
    await session.tell(lines)
    session.view = view
    return f"[{'READ-ONLY' if view.read_only else 'READ-WRITE'}] {command.name} completed"


async def unselect(session: ImapSession, _command: Command) -> str:
    session.view = None
    return "UNSELECT completed"


async def list_folders(session: ImapSession, command: Command) -> str:
    reference, pattern = command.text(0), command.text(1)
    if not pattern:
        await session.tell([b'* %b (\\Noselect) "/" ""' % command.name.encode()])
        return f"{command.name} completed"
    if len(reference + pattern) > _LONGEST_NAME:
        raise BadCommand("the pattern is too long")
    names = session.mailbox.folder_names(session.owner)
    found = [name for name in names if _matches(name, (reference + pattern).decode("utf-8", "surrogateescape"))]
    await session.tell([b'* %b () "/" %b' % (command.name.encode(), string(name)) for name in found])
    return f"{command.name} completed"


def _matches(name: str, pattern: str) -> bool:
    literal = pattern.replace("[", "[[]").replace("?", "[?]")
    if "/" in name and "*" not in literal and literal.count("/") != name.count("/"):
        return False  # `%` stops at the delimiter
    glob = literal.replace("%", "*")
    return fnmatch.fnmatchcase(name, glob) or (name == INBOX and fnmatch.fnmatchcase(name, glob.upper()))


async def status(session: ImapSession, command: Command) -> str:
    folder = _existing(session, command.text(0))
    mails = folder.mails()
    values = {
        b"MESSAGES": len(mails),
        b"RECENT": 0,
        b"UIDNEXT": folder.next_uid(),
        b"UIDVALIDITY": folder.uid_validity(),
        b"UNSEEN": sum("\\Seen" not in mail.flags for mail in mails),
    }
    items = [item.upper() for item in command.list(1)]
    if not set(items) <= set(values):
        raise BadCommand("STATUS knows MESSAGES, RECENT, UIDNEXT, UIDVALIDITY and UNSEEN")
    shown = parenthesised([b"%b %d" % (item, values[item]) for item in items])
    await session.tell([b"* STATUS %b %b" % (string(command.text(0)), shown)])
    return "STATUS completed"


async def create(session: ImapSession, command: Command) -> str:
    folder = folder_named(session, command.text(0))
    if folder.exists():
        raise Refusal("[ALREADYEXISTS] there is such a folder")
    if len(session.mailbox.folder_names(session.owner)) >= _MOST_FOLDERS:
        raise Refusal(f"[LIMIT] a mailbox has at most {_MOST_FOLDERS} folders")
    folder.create()
    return "CREATE completed"


async def delete(session: ImapSession, command: Command) -> str:
    folder = _existing(session, command.text(0))
    if command.text(0).upper() == INBOX.encode():
        raise Refusal("[CANNOT] the inbox stays")
    folder.delete()
    return "DELETE completed"


async def subscribe(session: ImapSession, command: Command) -> str:
    _existing(session, command.text(0))
    return f"{command.name} completed"


def folder_named(session: ImapSession, name: bytes) -> MailFolder:
    text = name.decode("utf-8", "surrogateescape").rstrip("/")
    if not text or len(text) > _LONGEST_NAME:
        raise Refusal(f"[CANNOT] a folder's name has 1 to {_LONGEST_NAME} characters")
    return session.mailbox.named_folder(session.owner, text)


def _existing(session: ImapSession, name: bytes) -> MailFolder:
    folder = folder_named(session, name)
    if not folder.exists():
        raise Refusal("[NONEXISTENT] there is no such folder")
    return folder


VERBS = {
    "CAPABILITY": Verb(State.GREETED, capability),
    "NOOP": Verb(State.GREETED, noop),
    "ID": Verb(State.GREETED, identify),
    "LOGOUT": Verb(State.GREETED, logout),
    "LOGIN": Verb(State.GREETED, login),
    "AUTHENTICATE": Verb(State.GREETED, authenticate),
    "NAMESPACE": Verb(State.SIGNED_IN, namespace),
    "SELECT": Verb(State.SIGNED_IN, select),
    "EXAMINE": Verb(State.SIGNED_IN, select),
    "LIST": Verb(State.SIGNED_IN, list_folders),
    "LSUB": Verb(State.SIGNED_IN, list_folders),
    "STATUS": Verb(State.SIGNED_IN, status),
    "CREATE": Verb(State.SIGNED_IN, create),
    "DELETE": Verb(State.SIGNED_IN, delete),
    "SUBSCRIBE": Verb(State.SIGNED_IN, subscribe),
    "UNSUBSCRIBE": Verb(State.SIGNED_IN, subscribe),
    "CHECK": Verb(State.SELECTED, noop),
    "UNSELECT": Verb(State.SELECTED, unselect),
}
