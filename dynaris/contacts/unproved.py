"""What somebody said about themselves without proof: it may fill a gap, and never replaces what is known."""

from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.core.db import Connection

_MOST_FIELDS = 50  # that a contact may have, so that no stranger fills it up
_LONGEST = 500


async def fill_gaps(connection: Connection, workspace_id: UUID, contact_id: UUID, fields: dict[str, str]) -> None:
    """`fields`: custom fields by name. Where the contact has one already, that one stays."""
    shortened = {name: value[:_LONGEST] for name, value in fields.items() if value}
    await connection.execute(
        """UPDATE contact SET fields = %(fields)s || fields, updated_at = clock_timestamp()
           WHERE workspace_id = %(ws)s AND id = %(id)s AND NOT fields ?& %(names)s::text[]
             AND (SELECT count(*) FROM jsonb_object_keys(%(fields)s || fields)) <= %(most)s""",
        {
            "ws": workspace_id,
            "id": contact_id,
            "fields": Jsonb(shortened),
            "names": list(shortened),
            "most": _MOST_FIELDS,
        },
    )
