"""What a column of a file means: proposed by the words of its header, in five languages, and changed by people."""

import re
from typing import Any

from dynaris.contacts.duplicates.people import plain

# What a column can become; besides these `field:<name>` for a custom field, and nothing.
TARGETS = (
    "id",
    "name",
    "first_name",
    "last_name",
    "email",
    "phone",
    "whatsapp",
    "slack",
    "crm",
    "status",
    "tags",
    "language",
    "timezone",
    "do_not_contact",
)
FIELD = "field:"
# As the names of custom fields are anywhere: one line, nothing around it.
_FIELD_NAME = re.compile(r"(?! )[^\x00-\x1f\x7f\ud800-\udfff]{1,100}(?<! )")

_WORDS: dict[str, str] = {
    "id": "id; contact id; dynaris id",
    "name": """name; full name; contact; contact name; display name; kunde; kontakt; vollstandiger name;
        ansprechpartner; nom complet; nombre completo; nome completo; nominativo;
        client; cliente""",
    "first_name": "first name; firstname; given name; vorname; prenom; nombre; nome; nombre de pila",
    "last_name": """last name; lastname; surname; family name; nachname; familienname; zuname; nom;
        nom de famille; apellido;
        apellidos; cognome""",
    "email": """email; e mail; mail; email address; e mail address; email 1; email 2; email adresse; e mail adresse;
        mailadresse; courriel; adresse e mail; adresse email; adresse mail; mel; correo; correo electronico;
        direccion de correo; posta elettronica; indirizzo email; indirizzo e mail""",
    "phone": """phone; phone number; telephone; telephone number; tel; mobile; mobile phone; mobile number; cell; cell
        phone; phone 1; phone 2; telefon; telefonnummer; handy; handynummer; mobil; mobilnummer; mobiltelefon;
        rufnummer; portable; numero de telephone; telephone portable; mobile pro; telefono; numero de telefono;
        movil; celular; cellulare; numero di telefono""",
    "whatsapp": "whatsapp; whatsapp number; whatsapp nummer; numero whatsapp",
    "slack": "slack; slack id",
    "crm": """crm; crm id; customer number; customer id; kundennummer; kundennr; numero client; numero de cliente;
        codice cliente""",
    "status": "status; statut",
    "tags": """tags; tag; labels; label; groups; schlagworte; schlagworter; stichworte; etiquettes; etiquetas;
        etichette; gruppen""",
    "language": "language; lang; locale; sprache; langue; idioma; lingua",
    "timezone": "timezone; time zone; zeitzone; fuseau horaire; zona horaria; fuso orario",
    "do_not_contact": """do not contact; dnc; unsubscribed; opt out; optout; opted out; nicht kontaktieren;
        kontaktsperre;
        abgemeldet; ne pas contacter; desinscrit; no contactar; dado de baja; non contattare; disiscritto""",
}
_MEANS = {" ".join(word.split()): target for target, words in _WORDS.items() for word in words.split(";")}
_OURS = frozenset({"created at", "updated at"})  # of an export: not ours to set


def proposed(header: list[str]) -> list[str | None]:
    """A target for each column. An unknown one becomes a custom field of its own name: nothing of a file is lost."""
    targets = [_meant(name) for name in header]
    if "name" not in targets and "first_name" in targets and "last_name" not in targets:
        # "Nombre" or "Nome" alone is the whole name.
        targets = ["name" if target == "first_name" else target for target in targets]
    if "last_name" in targets and "first_name" not in targets and "name" not in targets:
        targets = ["name" if target == "last_name" else target for target in targets]
    return _once(targets)


def _meant(name: str) -> str | None:
    if name.startswith(FIELD) and name != FIELD:
        return name
    words = " ".join("".join(c if c.isalnum() else " " for c in plain(name)).split())
    if words in _OURS or not words:
        return None
    return _MEANS.get(words) or FIELD + name


def _once(targets: list[str | None]) -> list[str | None]:
    """Several columns may hold addresses and tags; of everything else the first one counts."""
    seen: set[str] = set()
    result: list[str | None] = []
    for target in targets:
        single = target is not None and target not in REPEATABLE
        result.append(None if single and target in seen else target)
        seen.add(target or "")
    return result


REPEATABLE = frozenset({"email", "phone", "whatsapp", "slack", "crm", "tags"})


def problems(targets: list[str | None]) -> list[str]:
    """What speaks against a mapping."""
    found = [
        f"expected one of {', '.join(TARGETS)} or field:<name>, got {target!r}"
        for target in targets
        if target is not None and target not in TARGETS and not _is_field(target)
    ]
    single = [target for target in targets if target is not None and target not in REPEATABLE]
    found += [
        f"{target} stands for more than one column" for target in sorted({t for t in single if single.count(t) > 1})
    ]
    if not any(targets):
        found.append("no column means anything")
    return found


def _is_field(target: str) -> bool:
    return target.startswith(FIELD) and _FIELD_NAME.fullmatch(target.removeprefix(FIELD)) is not None


def described(header: list[str]) -> list[dict[str, Any]]:
    return [{"header": name, "target": target} for name, target in zip(header, proposed(header), strict=True)]
