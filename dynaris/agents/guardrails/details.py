"""Addresses, telephone numbers, bank accounts and secrets in a text: what a reply must not tell of somebody else."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from dynaris.core.unseen import seen

_AT = r"(?:@|\s?[\[({]\s?(?:at|@)\s?[\])}]\s?|\s+at\s+(?=[\w-]+(?:\.|\s?[\[({]\s?dot)))"
_POINT = r"(?:\.|\s?[\[({]\s?(?:dot|\.)\s?[\])}]\s?|\s+dot\s+)"
_ADDRESS = re.compile(rf"[\w.+%-]{{1,64}}{_AT}(?:[\w-]{{1,63}}{_POINT}){{1,6}}[a-z]{{2,24}}\b", re.IGNORECASE)
# Words that mean nothing else, so that any word for the point makes an address of it: "al punto es" alone is none.
_SAID_AT = r"[\s,]{1,4}(?:arroba|arobase|klammeraffe)[\s,]{1,4}"
_SAID_POINT = r"(?:\.|[\s,]{1,4}(?:dot|punkt|punto|ponto|point|period)[\s,]{1,4})"
_SAID_ADDRESS = re.compile(
    rf"[\w.+%-]{{1,64}}{_SAID_AT}(?:[\w-]{{1,63}}{_SAID_POINT}){{1,6}}[a-z]{{2,24}}\b", re.IGNORECASE
)
_LETTERED = re.compile(r"(?<!\S)(?:[\w.@:/+-][ \t]){6,80}[\w.@:/+-](?!\S)")  # l e t t e r  by letter
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
_TIMES = {"double": 2, "doppel": 2, "doble": 2, "triple": 3, "treble": 3, "dreifach": 3}
_SAID_DIGIT = rf"(?:(?:{'|'.join(_TIMES)})[\s-]{{1,2}})?(?:{_DIGIT}|\d{{1,6}})"
_IN_WORDS = re.compile(rf"(?<!\w)(?:{_SAID_DIGIT}[\s,.-]{{1,3}}){{2,20}}{_SAID_DIGIT}(?!\w)", re.IGNORECASE)
NUMBER_WORDS = frozenset({*DIGIT_WORDS, *_TIMES})
_FEWEST_SAID, FEWEST_WORDS = 6, 4  # one by one; or some of them in words, beside groups: dates and hours have none
# IBAN, and where crypto-currencies are sent to: whoever is told to pay must be told our own.
_ACCOUNT = re.compile(
    r"(?<![\w/])(?:[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?|bc1[a-z0-9]{25,60}|0x[0-9a-fA-F]{40}"
    r"|[13][1-9A-HJ-NP-Za-km-z]{25,34})(?!\w)"
)
_IBAN = re.compile(r"(?=([a-z]{2}\d{2}[a-z0-9]{11,27}))")
_FEWEST_IBAN_DIGITS = 10
_IBAN_LENGTHS = {
    country: length
    for length, countries in {
        15: "no", 16: "be", 18: "nl dk fi fo gl", 19: "si mk", 20: "at lu ee lt ba kz xk", 21: "ch li lv hr",
        22: "de gb ie bg rs me ge bh cr", 23: "gi ae il tl om", 24: "es cz sk ro se ad md sa tn pk vg", 25: "pt st ly",
        26: "is tr", 27: "fr it gr sm mc mr dj bi", 28: "pl hu cy al az do gt lb by ma", 29: "ua br qa eg ps",
        30: "jo kw mu", 31: "mt sc",
    }.items()
    for country in countries.split()
}  # fmt: skip
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


def unlettered(text: str) -> str:
    """With words that were written letter by letter put together."""
    return _LETTERED.sub(lambda found: re.sub(r"\s", "", found[0]), text)


def addresses_in(text: str) -> list[str]:
    """E-mail addresses, also spelled out, as they are usually written."""
    text = unlettered(plain_text(text))
    found = [_written(match[0], _AT, _POINT) for match in _ADDRESS.finditer(text)]
    found += (_written(match[0], _SAID_AT, _SAID_POINT) for match in _SAID_ADDRESS.finditer(text))
    return list(dict.fromkeys(found))


def _written(address: str, at: str, point: str) -> str:
    joined = re.sub(at, "@", address, flags=re.IGNORECASE)
    return re.sub(point, ".", joined, flags=re.IGNORECASE).strip(".").casefold()


def handles_in(text: str) -> list[str]:
    return list(dict.fromkeys(match[0].rstrip(".").casefold() for match in _HANDLE.finditer(text)))


def accounts_in(text: str) -> list[str]:
    """Of banks, without their spaces, and of crypto-currencies."""
    found = [bare(match[0]) for match in _ACCOUNT.finditer(text)]
    return list(dict.fromkeys([*found, *_ibans_in(text)]))


def _ibans_in(text: str) -> Iterator[str]:
    """However they are grouped, also digit by digit and in words: their own check tells them from anything else."""
    for match in _IBAN.finditer(_in_digits(text).casefold()):
        one = match[1][: _IBAN_LENGTHS.get(match[1][:2], 0)]
        if len(digits(one)) >= _FEWEST_IBAN_DIGITS and _is_iban(one):
            yield one


def _is_iban(one: str) -> bool:
    return int("".join(str(int(sign, 36)) for sign in one[4:] + one[:4])) % 97 == 1


def bare(text: str) -> str:
    return re.sub(r"[\s-]", "", text).casefold()


def numbers_in(text: str) -> list[str]:
    """Telephone numbers, as they stand there; what is said in words as digits."""
    left = _MOMENT.sub(" ; ", _ACCOUNT.sub(" ; ", plain_text(text)))
    found = [match[0].strip() for match in _NUMBER.finditer(left)]
    found += (_in_digits(said[0]) for said in _IN_WORDS.finditer(_NUMBER.sub(" ; ", left)) if _is_number(said[0]))
    return [one for one in dict.fromkeys(found) if 7 <= len(digits(one)) <= 15]


def _is_number(said: str) -> bool:
    tokens = re.findall(r"\w+", said)
    words = sum(token.casefold() in NUMBER_WORDS for token in tokens)
    return words >= FEWEST_WORDS or (len(tokens) >= _FEWEST_SAID and all(len(digits(each)) < 2 for each in tokens))


def _in_digits(words: str) -> str:
    """Without what stands between them."""
    said, times = [], 1
    for word in re.findall(r"[^\W_]+", words):
        digit = DIGIT_WORDS.get(word.casefold())
        said.append(word * times if digit is None else str(digit) * times)
        times = _TIMES.get(word.casefold(), 1)
        if times > 1:
            said.pop()
    return "".join(said)


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
