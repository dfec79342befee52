"""What a channel's settings have to do with the workspace itself.

A field that says `of_workspace` (language, country) is the workspace's own where it was left out; one that says
`refers_to` names something there: an account that sends mail (`email_account`), or somebody (`member`).
"""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, ValidationError

from dynaris.channels.contract import AddressKind
from dynaris.channels.registry import channels
from dynaris.core.db import Connection
from dynaris.core.errors import InvalidInput
from dynaris.workspaces.country import country_of
from dynaris.workspaces.teammates import find_member


def _marked(settings: type[BaseModel], mark: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, field in settings.model_fields.items():
        extra = field.json_schema_extra
        if isinstance(extra, dict) and mark in extra:
            found[name] = str(extra[mark])
    return found


async def completed(
    connection: Connection, workspace_id: UUID, settings: type[BaseModel], given: dict[str, Any]
) -> dict[str, Any]:
    left_out = {name: of for name, of in _marked(settings, "of_workspace").items() if name not in given}
    if not left_out:
        return given
    cursor = await connection.execute(
        "SELECT language, timezone, profile FROM workspace WHERE id = %s", (workspace_id,)
    )
    row = await cursor.fetchone()
    assert row is not None
    facts = {"language": row["language"].split("-")[0], "country": country_of(row["profile"], row["timezone"])}
    return {**given, **{name: facts[of] for name, of in left_out.items() if _takes(settings, name, facts[of])}}


def _takes(settings: type[BaseModel], name: str, value: str | None) -> bool:
    """A form has no pages in each language that a workspace can have."""
    try:
        settings.model_validate({name: value})
    except ValidationError as error:
        return all(one["loc"][:1] != (name,) for one in error.errors(include_url=False))
    return value is not None


async def refuse_what_is_not_there(
    connection: Connection, workspace_id: UUID, settings: type[BaseModel], given: dict[str, Any]
) -> None:
    """Of what is given now: whom it named before may have left since. Raises `InvalidInput` with `errors`."""
    faults: list[dict[str, str]] = []
    for name, what in _marked(settings, "refers_to").items():
        wanted = given.get(name)
        if wanted and (why := await _missing(connection, workspace_id, what, str(wanted))):
            faults.append({"field": f"settings.{name}", "message": why})
    if faults:
        raise InvalidInput("; ".join(f"{one['field']}: {one['message']}" for one in faults), errors=faults)


async def _missing(connection: Connection, workspace_id: UUID, what: str, wanted: str) -> str | None:
    if what == "email_account":
        return await _no_account(connection, workspace_id, wanted)
    try:
        await find_member(connection, workspace_id, wanted)
    except InvalidInput as why:
        return why.detail
    return None


async def _no_account(connection: Connection, workspace_id: UUID, wanted: str) -> str | None:
    writing = [
        name
        for name, each in channels().items()
        if each.address_kind is AddressKind.EMAIL and each.traits.starts_conversations
    ]
    cursor = await connection.execute(
        """SELECT address FROM account WHERE workspace_id = %s AND channel = ANY(%s) AND enabled
           ORDER BY address LIMIT 100""",
        (workspace_id, writing),
    )
    known = [row["address"] for row in await cursor.fetchall()]
    if wanted.strip().lower() in (address.lower() for address in known):
        return None
    there = f"there are {', '.join(known[:10])}" if known else "it has none"
    return f"{wanted[:100]!r} is no e-mail account of this workspace; {there}"
