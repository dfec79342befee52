"""What a row of a file says of a person, by the import's mapping."""

from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dynaris.channels.contract import AddressKind
from dynaris.contacts.addresses import normalise
from dynaris.contacts.cells import parted, untyped
from dynaris.contacts.imports.columns import FIELD
from dynaris.contacts.schemas import ContactChanges, Line
from dynaris.core.csv_file import restored
from dynaris.core.errors import InvalidInput, MalformedRequest

_KINDS = {kind.value: kind for kind in AddressKind if kind is not AddressKind.VISITOR}
_NUMBERS = (AddressKind.PHONE, AddressKind.WHATSAPP)
_YES = frozenset({"true", "yes", "y", "1", "x", "ja", "wahr", "oui", "vrai", "si", "sí", "sì", "verdadero", "vero"})
_NO = frozenset({"false", "no", "n", "0", "-", "nein", "falsch", "non", "faux", "falso"})

Address = tuple[AddressKind, str, str]  # kind, normalised, as given


class ImportOptions(BaseModel):
    model_config = ConfigDict(extra="forbid")

    region: str | None = Field(
        default=None, pattern="^[A-Za-z]{2}$", description="Country (ISO 3166) of numbers without country code."
    )
    on_conflict: Literal["keep", "fill", "overwrite"] = Field(
        default="fill",
        description="What becomes of a contact that is there: `keep` leaves it as it is, `fill` fills what is empty, "
        "`overwrite` takes what the file says. An empty cell empties nothing, and do-not-contact is never lifted.",
    )
    on_two: Literal["leave", "merge"] = Field(
        default="leave", description="A row that fits several contacts leaves them alone, or merges them."
    )
    addresses: Literal["claimed", "known"] = Field(
        default="claimed",
        description="`claimed`: the file only says so, and proved mail from there makes a contact of its own. `known`: "
        "as if a member had typed them, so mail from there is this contact's. Never proved.",
    )
    tags: list[Line] = Field(default=[], max_length=20, description="Added to every contact of the file.")
    source: Line | None = Field(default=None, description="Kept as the custom field `source` where there is none.")


@dataclass(slots=True)
class MappedRow:
    """What one row says; `problem` where it cannot be read."""

    line: int
    given_id: UUID | None = None
    values: dict[str, Any] = field(default_factory=dict)  # name, status, language, timezone: those that are not empty
    tags: list[str] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)
    addresses: list[Address] = field(default_factory=list)
    problem: str | None = None


def read_row(line: int, cells: list[str], columns: list[dict[str, Any]], options: ImportOptions) -> MappedRow:
    mapped = MappedRow(line, tags=list(options.tags))
    names: dict[str, str] = {}
    try:
        for column, cell in zip(columns, cells, strict=False):
            if column["target"] is not None and cell.strip():
                _take(mapped, names, column, cell, options)
        _settle(mapped, names, options)
    except InvalidInput as error:
        mapped.problem = error.detail
    return mapped


def _take(mapped: MappedRow, names: dict[str, str], column: dict[str, Any], cell: str, options: ImportOptions) -> None:
    target, header = column["target"], column["header"]
    text = restored(cell)
    if target.startswith(FIELD):
        name = target.removeprefix(FIELD)
        # The header of an export says that its cells keep what kind of value they are.
        mapped.fields[name] = _value(text, header) if header == target else text.strip()
        return
    text = text.strip()
    if target in _KINDS:
        mapped.addresses += _addresses(_KINDS[target], text, header, options.region)
    elif target == "tags":
        mapped.tags += [tag for tag in parted(text, by=",;\n") if tag not in mapped.tags]
    elif target == "id":
        mapped.given_id = _id(text)
    elif target == "do_not_contact":
        if _truth(text, header):
            mapped.values["status"] = "do_not_contact"
    elif target == "status":
        mapped.values.setdefault("status", text.lower().replace(" ", "_"))
    elif target in ("name", "first_name", "last_name"):
        names[target] = text
    else:
        mapped.values[target] = text


def _value(text: str, header: str) -> Any:
    try:
        return untyped(text)
    except MalformedRequest as error:
        raise InvalidInput(f"{header}: {error.detail}") from error


def _addresses(kind: AddressKind, text: str, header: str, region: str | None) -> list[Address]:
    found = []
    for part in parted(text):
        if "\x00" in part:  # JSON may hold what a cell cannot
            raise InvalidInput(f"{header}: expected an address, got {part[:50]!r}")
        try:
            found.append((kind, normalise(kind, part, region), part))
        except InvalidInput as error:
            unsure = kind in _NUMBERS and region is None and not part.startswith("+")
            hint = "; for numbers without a country code, say `region`, such as DE" if unsure else ""
            raise InvalidInput(f"{header}: {error.detail}{hint}") from error
    return found


def _id(text: str) -> UUID | None:
    """An id of another system is no id of ours: it says nothing here."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _truth(text: str, header: str) -> bool:
    word = text.casefold()
    if word in _YES or word in _NO:
        return word in _YES
    raise InvalidInput(f"{header}: expected true or false, got {text[:50]!r}")


def _settle(mapped: MappedRow, names: dict[str, str], options: ImportOptions) -> None:
    name = names.get("name") or " ".join(names[part] for part in ("first_name", "last_name") if part in names)
    if name:
        mapped.values["name"] = name
    if options.source and "source" not in mapped.fields:
        mapped.fields["source"] = options.source
    try:
        given = {**mapped.values, "tags": mapped.tags, "fields": mapped.fields}
        checked = ContactChanges.model_validate(given).model_dump(mode="json", include=set(given))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise InvalidInput(f"{place}: {first['msg']}, got {str(first['input'])[:50]!r}") from error
    mapped.tags, mapped.fields = checked.pop("tags"), checked.pop("fields")
    mapped.values = {key: value for key, value in checked.items() if value is not None}
    mapped.addresses = list({(kind, value): (kind, value, given) for kind, value, given in mapped.addresses}.values())
    if not (mapped.values.get("name") or mapped.addresses or mapped.given_id or mapped.fields):
        raise InvalidInput("expected a name or an address, got none")
