"""Splits what a person wrote now from what they quote and from their signature, without losing either.

Everything goes by lines and in one pass. In doubt nothing is cut: a quote shown twice is untidy, a question
that was cut off is lost.
"""

import re
from dataclasses import dataclass

from dynaris.channels.email import quote_words as words

_JOINED_LINES = 4  # an attribution that a mailer wrapped
_ATTRIBUTION_LIMIT = 1_000
_HEADER_LINES = 12
_SIGNATURE_LINES = 15
_SIGNATURE_LENGTH = 1_000

_QUOTED = re.compile(r"[ \t\xa0]{0,4}>")
_QUOTED_DIGIT = re.compile(r"[ \t\xa0]{0,4}>\d")
_DELIMITER = re.compile(r"--[ \xa0]?\s*\Z")
_RULE = re.compile(r"[ \t*]*[_\-=]{5,}[ \t*]*\Z")
_LIST_FOOTER = re.compile(r"_{2,}\s*\Z")
_LIST_WORDS = re.compile(r"mailing list|listinfo|unsubscribe|@lists\.", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Split:
    text: str  # what the person wrote, signature split off
    signature: str | None
    quoted: str | None

    @property
    def rest(self) -> str | None:
        """What was split off, signature first, as it is kept beside the text."""
        return "\n\n".join(piece for piece in (self.signature, self.quoted) if piece) or None


def split(text: str, *, forwarded: bool = False) -> Split:
    """When nothing would remain, nothing is split: the person sent it for a reason."""
    reply, quoted = split_quotes(text, forwarded=forwarded)
    if not reply.strip():
        return Split(text.strip(), None, None)
    body, signature = split_signature(reply)
    if not body.strip():
        body, signature = reply, None
    return Split(body.strip(), signature, quoted)


def split_quotes(text: str, *, forwarded: bool = False) -> tuple[str, str | None]:
    """The reply with its signature, and the quoted parts in their order.

    A forwarded message is what the person wants to show, so it stays: with `forwarded` only lines that are
    marked with `>` are quotes.
    """
    lines = text.split("\n")
    kept: list[str] = []
    quoted: list[str] = []
    position = 0
    while position < len(lines):
        line = lines[position]
        if words.FORWARD_MARK.match(line[:200]):
            kept.extend(lines[position:])
            break
        if _is_quoted(lines, position):
            quoted.append(line)
            position += 1
            continue
        opening = 0 if forwarded else _opening(lines, position)
        if opening and _only_marked(lines, position + opening):
            quoted.extend(lines[position : position + opening])
            position += opening
            continue
        if opening or (not forwarded and _thread_begins(lines, position)):
            quoted.extend([*_rules_above(kept), *lines[position:]])
            break
        kept.append(line)
        position += 1
    return "\n".join(kept).rstrip(), "\n".join(quoted).strip("\n") or None


def _rules_above(kept: list[str]) -> list[str]:
    """Takes the rule that a mailer draws over an older mail off what is kept."""
    end = len(kept)
    while end and (not kept[end - 1].strip() or _RULE.match(kept[end - 1][:200])):
        end -= 1
    rules = kept[end:]
    if not any(line.strip() for line in rules):
        return []
    del kept[end:]
    return rules


def _is_quoted(lines: list[str], position: int) -> bool:
    """`>` begins a quote; `>50 people` does only beside other quoted lines."""
    line = lines[position]
    if not _QUOTED.match(line):
        return False
    if not _QUOTED_DIGIT.match(line):
        return True
    beside = lines[max(0, position - 1) : position] + lines[position + 1 : position + 2]
    return any(_QUOTED.match(other) for other in beside)


def _opening(lines: list[str], position: int) -> int:
    """How many lines from here say "on that day X wrote:"; 0 when they do not."""
    if not lines[position].strip():
        return 0
    if words.names_writer(lines[position], before_quote=_only_marked(lines, position + 1)):
        return 1
    if not words.MAY_OPEN.match(lines[position][:200]):
        return 0
    joined = ""
    for count in range(1, _JOINED_LINES + 1):
        line = lines[position + count - 1 : position + count]
        if not line or not line[0].strip() or len(joined) + len(line[0]) > _ATTRIBUTION_LIMIT:
            return 0
        if count > 1 and _QUOTED.match(line[0]):
            return 0
        joined = f"{joined} {line[0].strip()}".strip()
        if words.is_attribution(joined, before_quote=_only_marked(lines, position + count)):
            return count
    return 0


def _only_marked(lines: list[str], position: int) -> bool:
    """The next line that is not blank is marked as quoted."""
    for line in lines[position : position + 6]:
        if line.strip():
            return _QUOTED.match(line) is not None
    return False


def _thread_begins(lines: list[str], position: int) -> bool:
    """A separator ("-----Original Message-----") or a block From/Sent/To/Subject: all below is older."""
    line = lines[position]
    if not line.strip() or len(line) > _ATTRIBUTION_LIMIT:
        return False
    if words.ORIGINAL_MARK.match(line) or words.REPLY_ABOVE.match(line):
        return True
    if not words.FROM_FIELD.match(line):
        return False
    block = lines[position : position + _HEADER_LINES]
    fields = [match.lastgroup or "" for match in map(words.OTHER_FIELD.match, block[1:]) if match]
    addressed = any("@" in line for line in block[:6])
    return len(set(fields)) >= 2 and ("subject" in fields or addressed)


def split_signature(reply: str) -> tuple[str, str | None]:
    """Only what machines write or the delimiter announces; a closing with a name is part of the message."""
    lines = reply.rstrip().split("\n")
    start = len(lines)
    for find in (_list_footer, _sent_from, _delimited, _sent_from):
        start = find(lines[:start], start)
    if start >= len(lines):
        return reply, None
    return "\n".join(lines[:start]).rstrip(), "\n".join(lines[start:]).strip("\n") or None


def _delimited(lines: list[str], none: int) -> int:
    """The last `-- ` with a short block below it; a long block is content and stays."""
    for position in range(len(lines) - 1, max(-1, len(lines) - 1 - _SIGNATURE_LINES - 1), -1):
        if _DELIMITER.match(lines[position][:20]):
            block = "\n".join(lines[position:])
            return position if position and len(block) <= _SIGNATURE_LENGTH else none
    return none


def _sent_from(lines: list[str], none: int) -> int:
    """The line a device adds: last, or followed only by an old message that lost its marks."""
    last = len(lines) - 1
    while last > 0 and not lines[last].strip():
        last -= 1
    for position in range(last, max(0, last - 40), -1):
        line = lines[position].strip()
        if words.SENT_FROM.match(line[:300]) and (position >= last - 1 or "<https://aka.ms/" in line):
            return position
    return none


def _list_footer(lines: list[str], none: int) -> int:
    for position in range(len(lines) - 1, max(0, len(lines) - 10), -1):
        if _LIST_FOOTER.match(lines[position][:200]):
            return position if _LIST_WORDS.search("\n".join(lines[position:])[:2_000]) else none
    return none
