"""What will become of each row: the same code says it in a dry run and does it when applied.

A row is the contact that has its id; else whoever has one of its addresses, or got it from a file where nobody has
it; else a new one. A number or a mailbox that several people share is nobody's whose name says otherwise. What rows
before it do is seen by the rows after it, so two rows of one person become one contact.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from dynaris.channels.contract import AddressKind
from dynaris.contacts import merge_fields
from dynaris.contacts.addresses import same_number
from dynaris.contacts.duplicates.people import Person, compared_names, is_shared
from dynaris.contacts.imports.mapped_row import ImportOptions, MappedRow
from dynaris.contacts.schemas import MOST_FIELDS, MOST_TAGS
from dynaris.core.ids import new_id

Place = tuple[str, str]  # kind and value of an address


@dataclass(slots=True)
class Known:
    """A contact as the rows before left it, or would have left it."""

    id: UUID
    fields: dict[str, Any]  # columns as in `merge_fields.COLUMNS`
    places: set[Place]
    proofs: int = 0
    line: int | None = None  # of the row of this file that made it
    given_id: UUID | None = None  # that row's own
    touched: bool = False  # somebody else changed it since this import last did


@dataclass(slots=True)
class Overlay:
    """What is known to a planner beside the database, for as long as it plans."""

    people: dict[UUID, Known] = field(default_factory=dict)
    by_place: dict[Place, list[UUID]] = field(default_factory=dict)
    by_given: dict[UUID, UUID] = field(default_factory=dict)
    holders: dict[Place, UUID] = field(default_factory=dict)
    merged: dict[UUID, UUID] = field(default_factory=dict)

    def known(self, contact_id: UUID) -> Known | None:
        while contact_id in self.merged:
            contact_id = self.merged[contact_id]
        return self.people.get(contact_id)

    def add(self, known: Known) -> None:
        self.people[known.id] = known
        for place in known.places:
            self.note(place, known.id)

    def note(self, place: Place, contact_id: UUID) -> None:
        ids = self.by_place.setdefault(place, [])
        if contact_id not in ids:
            ids.append(contact_id)


@dataclass(slots=True)
class Plan:
    action: str  # create, change, unchanged, merge, conflict, error
    known: Known | None = None  # whom it is about, as the row leaves it
    changes: list[dict[str, Any]] = field(default_factory=list)  # field, old, new
    addresses: list[tuple[str, str, str]] = field(default_factory=list)  # new ones: kind, value, as given
    note: str | None = None
    fits: list[dict[str, Any]] = field(default_factory=list)  # contact or line, and why
    drops: list[UUID] = field(default_factory=list)  # of a merge
    merges: list[str] = field(default_factory=list)  # as they were performed

    def told(self) -> dict[str, Any]:
        """As it is kept and shown."""
        addresses = [{"kind": kind, "value": value} for kind, value, _ in self.addresses]
        told = {"changes": self.changes, "addresses": addresses, "fits": self.fits, "note": self.note}
        told["merges"] = self.merges
        return {name: value for name, value in told.items() if value}


def plan_row(mapped: MappedRow, overlay: Overlay, options: ImportOptions) -> Plan:
    if mapped.problem:
        return Plan("error", note=mapped.problem)
    fits = _fits(mapped, overlay)
    if not fits:
        return _create(mapped, overlay)
    shown = [_shown(known, why) for known, why in fits]
    if len(fits) == 1:
        plan = _change(mapped, fits[0][0], overlay, options)
    elif options.on_two == "leave":
        return Plan(
            "conflict", note=f"fits {len(fits)} contacts: they may be one person, and are left alone", fits=shown
        )
    else:
        plan = _merge(mapped, [known for known, _ in fits], overlay, options)
    plan.fits = shown
    return plan


def fits_several(mapped: MappedRow, overlay: Overlay) -> bool:
    return not mapped.problem and len(_fits(mapped, overlay)) > 1


def _fits(mapped: MappedRow, overlay: Overlay) -> list[tuple[Known, str]]:
    """The contacts that a row may be, each with the reason."""
    if mapped.given_id and (known := overlay.known(overlay.by_given.get(mapped.given_id, mapped.given_id))):
        return [(known, "has this id")]
    found: dict[UUID, tuple[Known, str]] = {}
    for kind, value, _ in mapped.addresses:
        for known, why in _at(_same(kind.value, value), overlay):
            if not _is_another(mapped, known, (kind.value, value)):
                found.setdefault(known.id, (known, f"{why} {value}"))
    return list(found.values())


def _same(kind: str, value: str) -> list[Place]:
    other = same_number(AddressKind(kind), value)
    return [(kind, value), (other[0].value, other[1])] if other else [(kind, value)]


def _at(places: list[Place], overlay: Overlay) -> list[tuple[Known, str]]:
    """Who has the address, in either form of a number; else all who claim it."""
    for place in places:
        if (holder := overlay.holders.get(place)) and (known := overlay.known(holder)):
            return [(known, "has")]
    claimants = [known for place in places for one in overlay.by_place.get(place, ()) if (known := overlay.known(one))]
    return [(known, "says that theirs is") for known in claimants]


def _is_another(mapped: MappedRow, known: Known, place: Place) -> bool:
    if mapped.given_id and known.given_id and mapped.given_id != known.given_id:
        return True  # the file itself says that they are two
    kind, value = place
    if kind == "email" and not is_shared(value):
        return False
    if kind not in ("email", "phone", "whatsapp"):
        return False
    one = Person(known.id, mapped.values.get("name"), ())
    other = Person(known.id, known.fields["name"], ())
    return compared_names(one, other) in ("family", "other")


def _create(mapped: MappedRow, overlay: Overlay) -> Plan:
    empty: dict[str, Any] = {**dict.fromkeys(merge_fields.FILLED), "status": "lead", "tags": [], "fields": {}}
    empty["blocked_channels"] = []
    fields = {**empty, **mapped.values, "tags": list(mapped.tags), "fields": dict(mapped.fields)}
    known = Known(new_id(), fields, set(), line=mapped.line, given_id=mapped.given_id)
    overlay.people[known.id] = known
    if mapped.given_id:
        overlay.by_given[mapped.given_id] = known.id
    changes = _differences(empty, fields)
    return Plan("create", known, changes, _new_addresses(mapped, known, overlay))


def _change(mapped: MappedRow, known: Known, overlay: Overlay, options: ImportOptions) -> Plan:
    before = known.fields
    after = _with(before, mapped, options.on_conflict)
    if refused := _too_many(before, after):
        return Plan("error", note=refused)
    changes = _differences(before, after)
    known.fields = after
    addresses = [] if options.on_conflict == "keep" else _new_addresses(mapped, known, overlay)
    note = None
    if mapped.values.get("status", "do_not_contact") != before["status"] == "do_not_contact":
        note = "asked not to be contacted: an import does not lift that"
    return Plan("change" if changes or addresses else "unchanged", known, changes, addresses, note)


def _merge(mapped: MappedRow, fits: list[Known], overlay: Overlay, options: ImportOptions) -> Plan:
    keep, *drops = sorted(fits, key=lambda known: (-known.proofs, known.line is not None, known.id))
    for drop in drops:
        keep.fields = merge_fields.united(keep.fields, drop.fields)
        keep.places |= drop.places
        keep.touched |= drop.touched
        overlay.merged[drop.id] = keep.id
    plan = _change(mapped, keep, overlay, options)
    if plan.action == "error":
        return plan
    plan.action, plan.drops = "merge", [drop.id for drop in drops]
    return plan


def _with(before: dict[str, Any], mapped: MappedRow, on_conflict: str) -> dict[str, Any]:
    after = {**before, "tags": list(before["tags"]), "fields": dict(before["fields"])}
    if on_conflict != "keep":
        overwrites = on_conflict == "overwrite"
        for name, value in mapped.values.items():
            empty = before[name] is None or (name == "status" and before[name] == "lead")
            if empty or (overwrites and not (name == "status" and before[name] == "do_not_contact")):
                after[name] = value
        after["tags"] += [tag for tag in mapped.tags if tag not in after["tags"]]
        for name, value in mapped.fields.items():
            if overwrites or name not in after["fields"]:
                after["fields"][name] = value
    if mapped.values.get("status") == "do_not_contact":
        after["status"] = "do_not_contact"  # a wish that holds whatever the option says
    return after


def _too_many(before: dict[str, Any], after: dict[str, Any]) -> str | None:
    """A contact with more could not be changed by hand any more."""
    for name, what, most in (("tags", "tags", MOST_TAGS), ("fields", "custom fields", MOST_FIELDS)):
        if len(after[name]) > max(most, len(before[name])):
            return f"expected at most {most} {what} of a contact, got {len(after[name])}"
    return None


def _differences(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    names = [name for name in (*merge_fields.FILLED, "status", "tags") if before[name] != after[name]]
    found = [{"field": name, "old": before[name], "new": after[name]} for name in names]
    old, new = before["fields"], after["fields"]
    found += [
        {"field": f"fields.{name}", "old": old.get(name), "new": value}
        for name, value in new.items()
        if name not in old or old[name] != value
    ]
    return found


def _new_addresses(mapped: MappedRow, known: Known, overlay: Overlay) -> list[tuple[str, str, str]]:
    fresh = []
    for kind, value, given in mapped.addresses:
        place = (kind.value, value)
        if place not in known.places:
            known.places.add(place)
            overlay.note(place, known.id)
            fresh.append((kind.value, value, given))
    return fresh


def _shown(known: Known, why: str) -> dict[str, Any]:
    who = {"line": known.line} if known.line is not None else {"contact": str(known.id)}
    return {**who, "why": why}
