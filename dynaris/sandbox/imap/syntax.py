"""IMAP's grammar: arguments of a command, sequence sets, and values as the protocol writes them."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Union

MOST_RANGES = 2000
_DEEPEST_LIST = 20
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

# A literal stands in the line as its number between NULs, which no client may send.
_TOKEN = re.compile(rb'[ ]*(?:(\()|(\))|"((?:[^"\\]|\\.)*)"|\x00(\d+)\x00|([^\s()"\x00]+))')
_TAG = rb"[A-Za-z0-9!#$&',./:;<=>?@^_`|}~\[\]-]{1,64}"
_RANGE = re.compile(rb"(\d{1,10}|\*)(?::(\d{1,10}|\*))?")
_PLAIN = re.compile(rb"[\x20-\x7e]{0,900}")
_DATE = re.compile(rb" ?(\d{1,2})-([A-Za-z]{3})-(\d{4})(?: (\d\d):(\d\d):(\d\d) ([+-]\d{4}))?")

Argument = Union[bytes, list["Argument"]]  # noqa: UP007 - the alias refers to itself


class BadCommand(Exception):
    """Answered with BAD: the client does not speak the protocol. `tag` is set where the command was not read whole."""

    def __init__(self, text: str, tag: bytes = b"*") -> None:
        super().__init__(text)
        self.tag = tag if re.fullmatch(_TAG, tag) else b"*"


class Refusal(Exception):
    """Answered with NO: understood, and not possible. May begin with a response code in brackets."""


@dataclass
class Command:
    """One command; `raw` is its arguments as text, for FETCH, whose sections do not follow the usual grammar."""

    tag: bytes
    name: str
    raw: bytes
    arguments: list[Argument]
    by_uid: bool = False

    def text(self, position: int) -> bytes:
        """The argument at a position, which must be a string."""
        value = self.arguments[position] if position < len(self.arguments) else None
        if not isinstance(value, bytes):
            raise BadCommand(f"{self.name} needs a string as argument {position + 1}")
        return value

    def list(self, position: int) -> list[bytes]:
        """The argument at a position as a list of strings; a single string counts as a list of one."""
        value = self.arguments[position] if position < len(self.arguments) else None
        values = value if isinstance(value, list) else [value]
        strings = [entry for entry in values if isinstance(entry, bytes)]
        if len(strings) != len(values):
            raise BadCommand(f"{self.name} needs a list as argument {position + 1}")
        return strings


def parse_command(line: bytes, literals: list[bytes]) -> Command:
    tag, _, rest = line.partition(b" ")
    name, _, raw = rest.partition(b" ")
    if not re.fullmatch(_TAG, tag):
        raise BadCommand("a command begins with a tag")
    by_uid = name.upper() == b"UID"
    if by_uid:
        name, _, raw = raw.partition(b" ")
    if not re.fullmatch(rb"[A-Za-z]{1,32}", name):
        raise BadCommand("no command after the tag")
    command_name = name.decode().upper()
    # FETCH keeps its text: `BODY[HEADER.FIELDS (DATE)]` is no list of arguments.
    arguments = [] if command_name == "FETCH" else parse_arguments(raw, literals)
    return Command(tag, command_name, raw, arguments, by_uid)


def parse_arguments(raw: bytes, literals: list[bytes]) -> list[Argument]:
    stack: list[list[Argument]] = [[]]
    position, end = 0, len(raw.rstrip(b" "))
    while position < end:
        found = _TOKEN.match(raw, position)
        if not found:
            raise BadCommand(f"cannot read the arguments at character {position + 1}")
        position = found.end()
        opens, closes, quoted, number, atom = found.groups()
        if opens:
            stack.append([])
            if len(stack) > _DEEPEST_LIST:
                raise BadCommand("lists nested too deeply")
        elif closes:
            if len(stack) == 1:
                raise BadCommand("a closing parenthesis too many")
            closed = stack.pop()
            stack[-1].append(closed)
        elif quoted is not None:
            stack[-1].append(re.sub(rb"\\(.)", rb"\1", quoted))
        else:
            stack[-1].append(literals[int(number)] if number is not None else atom)
    if len(stack) > 1:
        raise BadCommand("a closing parenthesis is missing")
    return stack[0]


@dataclass(frozen=True)
class SequenceSet:
    """`1:3,7,20:*`; `*` is the largest number in use."""

    ranges: tuple[tuple[int | None, int | None], ...]

    def contains(self, number: int, largest: int) -> bool:
        for first, last in self.ranges:
            low, high = first or largest, last or largest
            if min(low, high) <= number <= max(low, high):
                return True
        return False


def parse_sequence_set(text: bytes) -> SequenceSet:
    pieces = text.split(b",")
    if len(pieces) > MOST_RANGES:
        raise BadCommand(f"at most {MOST_RANGES} ranges in a sequence set")
    ranges = []
    for piece in pieces:
        found = _RANGE.fullmatch(piece)
        if not found:
            raise BadCommand("not a sequence set")
        first, last = found.group(1), found.group(2) or found.group(1)
        ranges.append((_number(first), _number(last)))
    return SequenceSet(tuple(ranges))


def _number(text: bytes) -> int | None:
    if text == b"*":
        return None
    if int(text) == 0:
        raise BadCommand("sequence numbers begin at 1")
    return int(text)


def looks_like_sequence_set(text: bytes) -> bool:
    return bool(re.fullmatch(rb"[\d:*,]+", text))


def string(value: bytes | str | None) -> bytes:
    """NIL, a quoted string where it fits, else a literal."""
    if value is None:
        return b"NIL"
    octets = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
    if _PLAIN.fullmatch(octets):
        return b'"' + re.sub(rb'(["\\])', rb"\\\1", octets) + b'"'
    return literal(octets)


def literal(octets: bytes) -> bytes:
    """A literal cannot hold NUL; 0x80 in its place is what common servers send too."""
    return b"{%d}\r\n%b" % (len(octets), octets.replace(b"\0", b"\x80"))


def parenthesised(values: "list[bytes]") -> bytes:
    return b"(" + b" ".join(values) + b")"


def date_time(moment: datetime) -> bytes:
    text = f'"{moment.day:2d}-{_MONTHS[moment.month - 1]}-{moment:%Y %H:%M:%S %z}"'
    return text.encode()


def parse_date_time(text: bytes) -> datetime:
    """`17-Jul-1996` or `17-Jul-1996 02:44:25 -0700`; a date alone is midnight UTC."""
    found = _DATE.fullmatch(text)
    month = found and found.group(2).decode().title()
    if not found or month not in _MONTHS:
        raise BadCommand("a date is written 17-Jul-1996")
    day, _, year, hour, minute, second, zone = found.groups()
    clock = f"{hour.decode()}:{minute.decode()}:{second.decode()} {zone.decode()}" if hour else "00:00:00 +0000"
    try:
        return datetime.strptime(
            f"{year.decode()}-{_MONTHS.index(month) + 1}-{day.decode()} {clock}", "%Y-%m-%d %H:%M:%S %z"
        ).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadCommand("there is no such date") from error
