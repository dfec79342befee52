"""Subjects without what mailers and gateways put in front of them."""

import re

from dynaris.channels.email.characters import clean_line

_REPLY = r"re|aw|antw|antwort|sv|svar|vs|vast|res|r|odp|отв|ответ|回复|回覆|答复|返信|ynt|vá|σχετ|απ"
_FORWARD = r"fwd?|wg|tr|rv|rvs|enc|i|pd|vb|vl|doorst|пер|пересл|перенапр|转发|轉寄|転送|ilt|továbbítás"
_NUMBER = r"(?:\s?[\[(^]\s?\d{1,4}\s?[\])]?)?"
_PREFIX = re.compile(rf"\s*(?:{_REPLY}|{_FORWARD}){_NUMBER}\s?[:：]\s*", re.IGNORECASE)
_REPLY_PREFIX = re.compile(rf"\s*(?:{_REPLY}){_NUMBER}\s?[:：]", re.IGNORECASE)
_FORWARD_PREFIX = re.compile(rf"\s*(?:{_FORWARD}){_NUMBER}\s?[:：]", re.IGNORECASE)
_GATEWAY = re.compile(
    r"\s*[\[(*]{1,3}\s?(?:external|extern|ext|externe|externo|esterno|extern e-?mail)\s?[\])*]{1,3}:?\s*", re.IGNORECASE
)


def base_subject(subject: str | None) -> str | None:
    """Lower case, white space collapsed, without Re:, Fwd:, AW: … and [EXTERNAL]; `None` when nothing is left."""
    if not subject:
        return None
    rest = clean_line(subject, 998)
    for _ in range(50):
        match = _GATEWAY.match(rest) or _PREFIX.match(rest)
        if not match:
            break
        rest = rest[match.end() :]
    return rest.strip().casefold() or None


def is_reply_subject(subject: str | None) -> bool:
    return _REPLY_PREFIX.match(_without_gateway(subject)) is not None


def is_forward_subject(subject: str | None) -> bool:
    return _FORWARD_PREFIX.match(_without_gateway(subject)) is not None


def _without_gateway(subject: str | None) -> str:
    return _GATEWAY.sub("", subject or "", count=1)
