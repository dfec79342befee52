"""Addresses, telephone numbers and secrets in a text: what a reply must not tell of somebody else."""

import re
import unicodedata
from collections.abc import Iterable

from dynaris.agents.guardrails.unseen import seen

_AT = r"(?:@|\s?[\[({]\s?(?:at|@)\s?[\])}]\s?|\s+at\s+(?=[\w-]+(?:\.|\s?[\[({]\s?dot)))"
_POINT = r"(?:\.|\s?[\[({]\s?(?:dot|\.)\s?[\])}]\s?|\s+dot\s+)"
_ADDRESS = re.compile(rf"[\w.+%-]{{1,64}}{_AT}(?:[\w-]{{1,63}}{_POINT}){{1,6}}[a-z]{{2,24}}\b", re.IGNORECASE)
# With a country's code or a leading zero, or in groups as America writes them; a date or an amount is none.
_NUMBER = re.compile(
    r"(?<![\w.,:/-])(?:tel:\s?)?(?:\+|00?)\(?\d[\d ()/.\u00a0-]{5,22}\d(?!\w)"
    r"|(?<!\w)\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?!\w)"
)
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?|\b\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d\d)\b|\b\d{1,2}[:.]\d\d\b"
)
_SECRET = re.compile(
    r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY|\b(?:sk|pk|rk)[-_](?:live|test|proj|ant)?[\w-]{16}|\bAKIA[0-9A-Z]{16}\b"
    r"|\bgh[pousr]_\w{20}|\bxox[abpr]-[\w-]{10}|\bdyn_\w{16}|\beyJ[\w-]{10,500}\.eyJ[\w-]{10}|\bAIza[\w-]{30}"
    r"|\b(?:postgres(?:ql)?|mysql|redis|amqp|mongodb(?:\+srv)?|imaps?|smtps?)://[^\s:/@]{1,64}:[^\s/@]{1,64}@"
    r"|\b(?:api[ _-]?key|secret[ _-]?key|password|passwort|contraseña|mot de passe)\b"
    r"\s{0,5}(?:is|ist|es|est|[:=])\s{0,5}\S{6}",
    re.IGNORECASE,
)


def plain_text(text: str) -> str:
    return unicodedata.normalize("NFKC", seen(text))


def addresses_in(text: str) -> list[str]:
    """E-mail addresses, also spelled out, as they are usually written."""
    found = (re.sub(_AT, "@", match[0], flags=re.IGNORECASE) for match in _ADDRESS.finditer(plain_text(text)))
    return list(dict.fromkeys(re.sub(_POINT, ".", one, flags=re.IGNORECASE).strip(".").casefold() for one in found))


def numbers_in(text: str) -> list[str]:
    """Telephone numbers, as they stand there."""
    left = _MOMENT.sub(" ; ", plain_text(text))
    found = (match[0].strip() for match in _NUMBER.finditer(left))
    return [one for one in dict.fromkeys(found) if 7 <= len(digits(one)) <= 15]


def digits(text: str) -> str:
    return "".join(re.findall(r"\d", text))


def tells_number(number: str, texts: Iterable[str | None]) -> bool:
    """However it is grouped, with or without a country's code."""
    end = digits(number)[-8:]
    return any(end in digits(text) for text in texts if text)


def secrets_in(text: str) -> bool:
    return _SECRET.search(plain_text(text)) is not None
