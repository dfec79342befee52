"""What an agent wrote, as a voice says it: without marks and signs, with numbers, amounts, times and dates in words."""

import re
from collections.abc import Callable
from datetime import date
from functools import cache

from babel.dates import get_month_names
from num2words import num2words

from dynaris.calls.speech.spoken_words import WORDS, SpokenWords

_MARKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"```[^`]*```"), " "),
    (re.compile(r"!\[([^\]\n]{0,300})\]\([^)\s]{0,2000}\)"), r"\1"),
    (re.compile(r"\[([^\]\n]{1,300})\]\([^)\s]{0,2000}\)"), r"\1"),
    (re.compile(r"\s?\[\d{1,3}\]"), ""),  # where an answer rests
    (re.compile(r"^[ \t]{0,6}(?:#{1,6}|[-*+•>])[ \t]+", re.MULTILINE), ""),
    (re.compile(r"^[ \t]{0,6}[-=*_|: ]{3,}$", re.MULTILINE), ""),
    (re.compile(r"[*`~|]+|(?<!\w)_+|_+(?!\w)"), ""),
)
_WEB = re.compile(r"https?://(?:www\.)?([^\s<>\"')\]]{1,500})|(?<![\w@.])www\.([^\s<>\"')\]]{1,500})")
_MAIL = re.compile(r"([\w.+-]{1,64})@([\w-]{1,63}(?:\.[\w-]{1,63}){1,5})")
_DATE = re.compile(r"\b(?:(\d{4})-(\d\d)-(\d\d)|(\d{1,2})([./-])(\d{1,2})\5(\d{4})?(?!\d))(?:T|\b)?")
_TIME = re.compile(
    r"\b([01]?\d|2[0-3])(?::|(?<=\d)h)([0-5]\d)\b(?:\s?(?:Uhr|uur|heures|horas|h)\b)?(?:\s?([ap])\.?m\b\.?)?", re.I
)
_NUMBER = r"\d{1,3}(?:[.,'\u202f\u00a0]\d{3})+(?:[.,]\d{1,2})?|\d{1,12}(?:[.,]\d{1,4})?"
_SIGNS = {"€": "EUR", "$": "USD", "£": "GBP"}
_MONEY = re.compile(rf"(?:(€|\$|£|EUR|USD|GBP|CHF)\s?({_NUMBER})|({_NUMBER})\s?(€|\$|£|EUR|USD|GBP|CHF))(?!\w)")
_PHONE = re.compile(r"(?<![\w.])(?:(?:\+|0)\d(?:[ ()/-]{0,2}\d){5,16}|(?:\(\d{3}\) ?|\d{3}[ -])?\d{3}-\d{4})(?!\w)")
_RANGE = re.compile(r"(?<=[\w.])–(?=\w)|(?<=\d)\s?[–—]\s?(?=\d)|(?<=:\d\d)\s?-\s?(?=\d)")
_NUMBERS_RANGE = re.compile(r"(?<=\d)-(?=\d)")
_PERCENT = re.compile(r"(?<=\d)\s?%")
_ANY_NUMBER = re.compile(rf"(?<![\w.,/])(?:{_NUMBER})(?![\w/]|[.,]\d)|\d{{13,}}")
_END_SENTENCES = frozenset({"etc.", "usw.", "enz.", "ecc.", "min.", "hrs.", "std."})
_UNSPEAKABLE = re.compile("[^\\w\\s.,;:!?'’()/&+%€$£-]|[\\ufe0f\\u200d]")
_LINES = re.compile(r"\s*\n\s*")


def spoken(text: str, language: str = "en") -> str:
    """`language`: ISO 639-1; numbers stay figures in one that we do not know, and its voice reads them as it can."""
    for pattern, instead in _MARKS:
        text = pattern.sub(instead, text)
    if words := WORDS.get(language):
        text = _in_words(text, language, words)
    text = _UNSPEAKABLE.sub(" ", text)
    return " ".join(_sentence(line) for line in _LINES.split(text) if re.search(r"\w", line))


def _sentence(line: str) -> str:
    """A line by itself ends as a sentence does, for the voice to pause."""
    line = re.sub(r"\s+([.,;:!?])", r"\1", " ".join(line.split()))
    return line if line[-1] in ".,;:!?" else f"{line}."


def _in_words(text: str, language: str, words: SpokenWords) -> str:
    def number(match: re.Match[str]) -> str:
        return _number(match[0], language)

    steps: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
        (_WEB, lambda match: _address(match[1] or match[2], words)),
        (_MAIL, lambda match: f"{match[1]} {words.at} {_address(match[2], words)}"),
        (_short_forms(language), lambda match: _long_form(match, words)),
        (_RANGE, lambda _: f" {words.to} "),
        (_DATE, lambda match: _date(match, language, words)),
        (_TIME, lambda match: _time(match, language, words)),
        (_MONEY, lambda match: _money(match, language, words)),
        (_PHONE, lambda match: _digit_by_digit(match[0], language, words)),
        (_NUMBERS_RANGE, lambda _: f" {words.to} "),
        (_PERCENT, lambda _: f" {words.percent}"),
        (_ANY_NUMBER, number),
    )
    for pattern, said in steps:
        text = pattern.sub(said, text)
    return re.sub(r"\s&\s", f" {words.and_} ", text)


def _address(address: str, words: SpokenWords) -> str:
    """Host and path, without what follows a question mark: nobody types that from a call."""
    ends = re.search(r"[.,;:!?]+$", address)
    shown = re.split(r"[?#]", address[: ends.start()] if ends else address)[0].rstrip("/")
    return shown.replace(".", f" {words.dot} ") + (ends[0] if ends else "")


@cache
def _short_forms(language: str) -> re.Pattern[str]:
    """The blanks between the parts of one (z. B.) may be there or not."""
    forms = sorted(WORDS[language].short, key=len, reverse=True)
    each = (re.escape(form).replace(r"\.", r"\.\ ?", form.count(".") - 1) for form in forms)
    return re.compile(rf"(?<![\w.])(?:{'|'.join(each)})(?!\w)", re.IGNORECASE)


def _long_form(match: re.Match[str], words: SpokenWords) -> str:
    """Its dot may be the sentence's, too."""
    form = match[0].replace(" ", "").lower()
    rest = match.string[match.end() :]
    ends = (
        not rest.strip(" )\"'") or rest[0] == "\n" or (form in _END_SENTENCES and re.match(r"\s+[^\W\d_a-zß-ÿ]", rest))
    )
    return f"{words.short[form]}." if ends else words.short[form]


def _date(match: re.Match[str], language: str, words: SpokenWords) -> str:
    if match[1]:
        year, month, day = int(match[1]), int(match[2]), int(match[3])
    else:
        year, month, day = int(match[7] or 2000), int(match[6]), int(match[4])
        if month > 12 >= day or (match[5] == "/" and language == "en" and day <= 12):
            month, day = day, month
    try:
        date(year, month, day)
    except ValueError:
        return match[0]
    if not (match[1] or match[7]) and (match[5] != "." or language == "en"):
        return match[0]  # 1/2 is a half
    name = get_month_names("wide", locale=language)[month]
    said = words.date.format(day=_day(day, language, match.string[: match.start()]), month=name)
    if not (match[1] or match[7]):
        return said
    return words.full_date.format(date=said, year=num2words(year, lang=language, to="year"))


def _day(day: int, language: str, before: str) -> str:
    if language == "en":
        return num2words(day, lang=language, to="ordinal")
    if language == "de":
        declined = re.search(r"\b(?:am|vom|zum|dem|den|ab|bis|seit)\s+$", before, re.IGNORECASE)
        return num2words(day, lang=language, to="ordinal") + ("n" if declined else "r")
    return "premier" if language == "fr" and day == 1 else num2words(day, lang=language)


def _time(match: re.Match[str], language: str, words: SpokenWords) -> str:
    hour, minute = int(match[1]), int(match[2])
    half = (match[3] or "").lower()
    if language == "en":
        half = half or ("a" if hour < 12 else "p")
        hour = hour % 12 or 12
    said = {"hour": num2words(hour, lang=language), "minute": num2words(minute, lang=language)}
    if language == "en" and 0 < minute < 10:
        said["minute"] = f"oh {said['minute']}"
    text = (words.time if minute else words.full_hour).format(**said)
    return f"{text} {half} m" if half else text


def _money(match: re.Match[str], language: str, words: SpokenWords) -> str:
    sign, amount = (match[1], match[2]) if match[1] else (match[4], match[3])
    one, several = words.money[_SIGNS.get(sign, sign)]
    whole, part = _parts(amount, language)
    said = f"{num2words(whole, lang=language)} {one if whole == 1 else several}"
    cents = int(f"{part:0<2}"[:2]) if part else 0
    return f"{said} {num2words(cents, lang=language)}" if cents else said


def _parts(figures: str, language: str) -> tuple[int, str]:
    """The whole, and the digits behind the point. 1.500 is a thousand and more where points group thousands."""
    grouping = "," if language == "en" else "."
    grouped = re.fullmatch(r"(\d{1,3}(?:[.,'\u202f\u00a0]\d{3})+)(?:[.,](\d{1,2}))?", figures)
    if grouped and (figures.count(".") + figures.count(",") != 1 or grouping in figures):
        return int(re.sub(r"\D", "", grouped[1])), grouped[2] or ""
    whole, _, part = figures.replace(",", ".").partition(".")
    return int(re.sub(r"\D", "", whole)), part


def _number(figures: str, language: str) -> str:
    if len(figures) > 12 or (len(figures) > 1 and figures[0] == "0" and figures.isdigit()):
        return " ".join(num2words(int(digit), lang=language) for digit in figures if digit.isdigit())
    whole, part = _parts(figures, language)
    if len(figures) == 4 and 1900 <= whole < 2100:
        return num2words(whole, lang=language, to="year")
    return num2words(float(f"{whole}.{part}") if part else whole, lang=language)


def _digit_by_digit(number: str, language: str, words: SpokenWords) -> str:
    """In the groups that it is written in, else in threes."""
    digits = re.sub(r"\D", "", number)
    groups = [group for group in re.split(r"\D+", number) if group]
    if len(groups) == 1:
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    said = ", ".join(" ".join(num2words(int(digit), lang=language) for digit in group) for group in groups)
    return f"{words.plus} {said}" if number.startswith("+") else said
