"""Tables that belong to no package above: the right secret key, the installation and its last backup, what its
processes count, whether this copy waits for a person, and what changed for those who look (core/changes.py).
"""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Identity, Index, SmallInteger, func, true
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from dynaris.core.tables import created_at, jsonb, moment, reference_table, tenant_table, text, uuid

key_check = reference_table(
    "key_check",
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    text("sealed", nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

# A restored copy: its workers do nothing while there is a row (app/standby.py).
standby = reference_table(
    "standby",
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    moment("since", nullable=False, server_default=func.clock_timestamp()),
    text("reason", nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

installation = reference_table(
    "installation",
    Column("only", Boolean, primary_key=True, server_default=true()),
    uuid("id", nullable=False),
    moment("made_at", nullable=False, server_default=func.clock_timestamp()),
    moment("backed_up_at"),
    CheckConstraint('"only"', name="one_row"),
)

# What each process counted, as of its last publication (core/metrics.py); lost in a crash, and written anew.
process_figures = reference_table(
    "process_figures",
    text("process", primary_key=True),
    text("kind", nullable=False),
    moment("clock", nullable=False),
    moment("at", nullable=False),
    jsonb("figures", nullable=False),
)

# Somebody looks at this workspace, or did so lately: its changes are noted.
live_watch = tenant_table("live_watch", moment("until", nullable=False), key=())

change = tenant_table(
    "change",
    Column("xid", BigInteger, nullable=False),  # the transaction that made it
    Column("n", BigInteger, Identity(always=True), nullable=False),
    text("kind", nullable=False),
    Column("ids", ARRAY(UUID(as_uuid=True))),  # none: any of this kind
    created_at(),
    Index("ix_change_when", "workspace_id", "created_at"),
    key=("xid", "n"),
)
