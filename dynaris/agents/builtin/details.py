"""Names, e-mail addresses and phone numbers that a contact typed, in English, German, Spanish and French."""

import re

from dynaris.agents.builtin.intents import word_set

_EMAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}")
_PHONE = re.compile(r"(?<![\w.,:/-])\+?\(?\d[\d ()./-]{5,20}\d(?![\w-])")
_DATE = re.compile(r"\d{4}-\d\d?-\d\d?|\d{1,2}[./-]\d{1,2}[./-](?:19|20)?\d\d\b")
_PHONE_WORDS = re.compile(
    r"\b(?:phone|tel|telephone|mobile|cell|call|my number|whatsapp|telefon|handy|mobil|meine nummer|anruf\w*|erreichbar"
    r"|teléfono|telefono|móvil|movil|mi n[úu]mero|llam\w+|téléphone|portable|mon numéro|appel\w+)\b",
    re.IGNORECASE,
)
_CAPITALISED = r"[A-ZÀ-ÖØ-Þ][\w'’-]{1,30}"
_FULL_NAME = rf"({_CAPITALISED}(?:[ \t]+(?:(?:von|van|de|del|la|der|den|di|da|du|le)[ \t]+)?{_CAPITALISED}){{0,3}})"
_NAMED = re.compile(
    rf"(?i:\b(?:my name is|my name's|name is|mein name ist|ich heiße|ich heisse|me llamo|mi nombre es"
    rf"|je m['’]appelle|mon nom est)[ \t]+){_FULL_NAME}"
)
# Weaker: "I am Anna" is a name only where nothing follows that makes it something else.
_INTRODUCED = re.compile(
    rf"(?i:(?:^|[.!,;\n][ \t]*|\b(?:hi|hello|hallo|hola|bonjour|hey),?[ \t]+)"
    rf"(?:i am|i['’]m|this is|here is|ich bin|hier ist|soy|je suis|c['’]est)[ \t]+){_FULL_NAME}"
    rf"(?=[ \t]*(?:[.,;!\n]|$|\b(?:and|und|y|et|from|von|de|here|hier)\b))"
)
# Said of an address or number: it is the contact's own, or stands in for one that was wrong.
OWN_ADDRESS = re.compile(
    r"\b(?:my|mine|meine?|mi|mon|ma)\s+(?:\w+\s+){0,2}(?:is|ist|es|est|e-?mail\w*|mail\w*|address|adresse|correo|dirección"
    r"|courriel|phone|number|telefon\w*|handy\w*|nummer|teléfono|número|téléphone|numéro)\b"
    r"|\b(?:mistyped|typo|misspel\w+|vertippt|verschrieben|tippfehler|equivoqu\w+|errata|trompée?|faute de frappe)\b"
    r"|\b(?:correct|right|richtige|correcta?|bonne?) (?:one|e-?mail|mail|address|number|adresse|nummer|correo)\b",
    re.IGNORECASE,
)
_NO_NAME = word_set("""
    journalist journalistin student studentin rentner rentnerin mutter vater inhaber inhaberin
    privatpatient kassenpatient
    selbstzahler berufstätig unzufrieden periodista estudiante embarazada étudiant étudiante enceinte
    journaliste retraité
    german english american british french spanish italian dutch sorry interested sure fine sick ill new happy
    looking back here pregnant deutscher deutsche krank neu interessiert patient kunde kundin alemán alemana español
    española enfermo nuevo français française malade désolé urgent the a an just monday tuesday wednesday thursday
    friday saturday sunday not very still
""")
_ONLY_A_NAME = re.compile(r"[^\W\d_][\w'’-]*(?:[ \t]+[^\W\d_][\w'’-]*){0,3}")
_FILLING_WORDS = re.compile(
    r"(?i:\b(?:reach me|contact me|call me|erreichen sie mich|contactarme|me joindre|e-?mail|mail|phone|tel|telephone"
    r"|name|and|und|y|et|is|ist|es|est|my|mein|meine|mi|mon|ma|it's|at|telefon|nummer|number|correo|teléfono|téléphone"
    r"|courriel|sure|yes|ja|sí|oui|ok|address|adresse|dirección|direccion)\b)"
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_FILLING = re.compile(_FILLING_WORDS.pattern + r"|[:,;.()<>\n-]")


def details(text: str, *, asked: bool = False, known: str | None = None) -> dict[str, str]:
    """`name`, `email`, `phone`, those that the text holds. `asked`: we had just asked for them, so less will do.
    `known`: an e-mail address that another one in the text may stand in for."""
    found: dict[str, str] = {}
    emails = [match.rstrip(".") for match in _EMAIL.findall(text)]
    if emails:
        found["email"] = next((email for email in emails if email.lower() != (known or "").lower()), emails[0])
    phone = _phone(text, asked=asked)
    if phone:
        found["phone"] = phone
    name = _name(text) or (_bare_name(text, found) if asked else None)
    if name:
        found["name"] = name
    return found


def _phone(text: str, *, asked: bool) -> str | None:
    for match in _PHONE.finditer(text):
        number = match[0].strip(" ./-")
        if not 7 <= sum(character.isdigit() for character in number) <= 15 or _DATE.match(number):
            continue
        if (
            number.startswith(("+", "00"))
            or asked
            or _PHONE_WORDS.search(text[max(0, match.start() - 60) : match.end()])
        ):
            return number
    return None


def _name(text: str) -> str | None:
    for pattern in (_NAMED, _INTRODUCED):
        match = pattern.search(text)
        if text.isupper() and pattern is _INTRODUCED:
            continue  # "I AM FURIOUS": the capital letters tell nothing
        if match and match[1].split()[0].lower() not in _NO_NAME:
            return match[1]
    return None


def _bare_name(text: str, found: dict[str, str]) -> str | None:
    """ "Anna Smith, anna@example.com": what is left when the rest is taken away."""
    for value in found.values():
        text = text.replace(value, " ")
    left = " ".join(_FILLING.sub(" ", text).split())
    if not left or len(left) > 60 or not _ONLY_A_NAME.fullmatch(left):
        return None
    words = left.split()
    if not found and not all(word[0].isupper() for word in words):
        return None
    if any(word.lower() in _NO_NAME for word in words):
        return None
    return left if any(word[0].isupper() for word in words) else left.title()


def without(text: str, found: dict[str, str]) -> str:
    """The text without its contact details and the words that go with them, which may be a question's elsewhere."""
    for pattern in (_NAMED, _INTRODUCED):
        text = pattern.sub(". ", text, count=1) if "name" in found else text
    left: list[str] = []
    for sentence in _SENTENCE_END.split(text):
        rest = sentence
        for value in found.values():
            rest = rest.replace(value, " ")
        left.append(rest if rest == sentence and rest.endswith("?") else _FILLING_WORDS.sub(" ", rest))
    return "\n".join(left)
