"""Addresses, telephone numbers, bank accounts and secrets in a text: what a reply must not tell of somebody else."""

import re
import unicodedata
from collections.abc import Iterable

from dynaris.core.unseen import seen

_AT = r"(?:@|\s?[\[({]\s?(?:at|@)\s?[\])}]\s?|\s+at\s+(?=[\w-]+(?:\.|\s?[\[({]\s?dot)))"
_POINT = r"(?:\.|\s?[\[({]\s?(?:dot|\.)\s?[\])}]\s?|\s+dot\s+)"
_ADDRESS = re.compile(rf"[\w.+%-]{{1,64}}{_AT}(?:[\w-]{{1,63}}{_POINT}){{1,6}}[a-z]{{2,24}}\b", re.IGNORECASE)
_HANDLE = re.compile(r"(?<![\w.@/+%-])@[a-z]\w[\w.]{2,40}", re.IGNORECASE)  # by which messengers know somebody
# With a country's code or a leading zero, or in groups as America writes them; a date or an amount is none.
_NUMBER = re.compile(
    r"(?<![\w.,:/-])(?:tel:\s?)?(?:\+|00?)\(?\d[\d\s()/._\u2010-\u2015-]{5,28}\d(?!\w)"
    r"|(?<![\w.,])0\d{2,4}(?:,\s?\d{2,5}){2,4}(?!\w)"
    r"|(?<!\w)\(?\d{3}\)?[ ._\u2010-\u2015-]\d{3}[ ._\u2010-\u2015-]\d{4}(?!\w)"
    r"|(?<![\w.,])[1-9]\d{2}[ _\u2010-\u2015-]\d{3}[ _\u2010-\u2015-]\d{2,3}(?![\w.,]\d|\w| ?(?:€|eur|\$|%))",
    re.IGNORECASE,
)
# Digits in words, as they are said: a number that nobody sees as one.
DIGIT_WORDS = {
    word: digit
    for digit, words in enumerate(
        (
            "zero null cero zéro oh",
            "one eins uno un",
            "two zwei zwo dos deux",
            "three drei tres trois",
            "four vier cuatro quatre",
            "five fünf cinco cinq",
            "six sechs seis",
            "seven sieben siete sept",
            "eight acht ocho huit",
            "nine neun nueve neuf",
        )
    )
    for word in words.split()
}
_DIGIT = "|".join(sorted(DIGIT_WORDS, key=len, reverse=True))
_IN_WORDS = re.compile(rf"(?<!\w)(?:(?:{_DIGIT}|\d)[\s,.-]{{1,3}}){{5,20}}(?:{_DIGIT}|\d)(?!\w)", re.IGNORECASE)
# IBAN, and where crypto-currencies are sent to: whoever is told to pay must be told our own.
_ACCOUNT = re.compile(
    r"(?<![\w/])(?:[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?|bc1[a-z0-9]{25,60}|0x[0-9a-fA-F]{40}"
    r"|[13][1-9A-HJ-NP-Za-km-z]{25,34})(?!\w)"
)
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?|\b\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d\d)\b|\b\d{1,2}[:.]\d\d\b"
)
_SECRET = re.compile(
    r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY|\b(?:sk|pk|rk)[-_](?:live|test|proj|ant)?[\w-]{16}|\bAKIA[0-9A-Z]{16}\b"
    r"|\bgh[pousr]_\w{20}|\bxox[abpr]-[\w-]{10}|\bdyn_\w{16}|\beyJ[\w-]{10,500}\.eyJ[\w-]{10}|\bAIza[\w-]{30}"
    r"|\b(?:postgres(?:ql)?|mysql|redis|amqp|mongodb(?:\+srv)?|imaps?|smtps?)://[^\s:/@]{1,64}:[^\s/@]{1,64}@"
    r"|\b(?:api[ _-]?key|secret[ _-]?key|password|passwort|contraseña|mot de passe)\b"
    r"\s{0,5}(?:is|ist|es|est|[:=])\s{0,5}\S{6}|\bbearer\s{1,5}[\w.~+/-]{16}",
    re.IGNORECASE,
)


def plain_text(text: str) -> str:
    """With every digit as 0 to 9, in whatever script or keycap it is written."""
    text = unicodedata.normalize("NFKC", seen(text).replace("\ufe0f", "").replace("\u20e3", ""))
    return text if text.isascii() else _OTHER_DIGITS.sub(lambda digit: str(unicodedata.digit(digit[0])), text)


_OTHER_DIGITS = re.compile(r"(?![0-9])\d")


def addresses_in(text: str) -> list[str]:
    """E-mail addresses, also spelled out, as they are usually written."""
    found = (re.sub(_AT, "@", match[0], flags=re.IGNORECASE) for match in _ADDRESS.finditer(plain_text(text)))
    return list(dict.fromkeys(re.sub(_POINT, ".", one, flags=re.IGNORECASE).strip(".").casefold() for one in found))


def handles_in(text: str) -> list[str]:
    return list(dict.fromkeys(match[0].rstrip(".").casefold() for match in _HANDLE.finditer(text)))


def accounts_in(text: str) -> list[str]:
    """Of banks, without their spaces, and of crypto-currencies."""
    return list(dict.fromkeys(bare(match[0]) for match in _ACCOUNT.finditer(text)))


def bare(text: str) -> str:
    return re.sub(r"[\s-]", "", text).casefold()


def numbers_in(text: str) -> list[str]:
    """Telephone numbers, as they stand there; what is said in words as digits."""
    left = _MOMENT.sub(" ; ", _ACCOUNT.sub(" ; ", plain_text(text)))
    found = [match[0].strip() for match in _NUMBER.finditer(left)]
    found += (_in_digits(match[0]) for match in _IN_WORDS.finditer(_NUMBER.sub(" ; ", left)))
    return [one for one in dict.fromkeys(found) if 7 <= len(digits(one)) <= 15]


def _in_digits(words: str) -> str:
    return "".join(str(DIGIT_WORDS.get(word.casefold(), word)) for word in re.findall(r"\w+", words))


def digits(text: str) -> str:
    return "".join(re.findall(r"\d", text))


_RUN = re.compile(r"\d[\d ()/._\u00a0\u2010-\u2015-]*\d")
_SHORTEST_NUMBER, _LONGEST_COUNTRY = 6, 3


def tells_number(number: str, texts: Iterable[str | None]) -> bool:
    """However it is grouped, with or without a country's code; but with all of its own digits."""
    abroad = number.lower().removeprefix("tel:").strip().startswith(("+", "00"))
    whole = digits(number.replace("(0)", "")).lstrip("0")
    cuts = range(_LONGEST_COUNTRY + 1 if abroad else 1)
    ends = {end for cut in cuts if len(end := whole[cut:]) >= _SHORTEST_NUMBER and end[0] != "0"}
    runs = [digits(run[0].replace("(0)", "")) for text in texts if text for run in _RUN.finditer(text)]
    return any(end in run for end in ends for run in runs)


def secrets_in(text: str) -> bool:
    return _SECRET.search(plain_text(text)) is not None
