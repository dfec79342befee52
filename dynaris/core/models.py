"""Tables that belong to nobody: the right secret key, the installation and its last backup, what its processes count,
and whether this copy waits for a person.
"""

from sqlalchemy import Boolean, CheckConstraint, Column, SmallInteger, func, true

from dynaris.core.tables import jsonb, moment, reference_table, text, uuid

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
