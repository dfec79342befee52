"""The one table that belongs to nobody: what shows whether a process has the right secret key."""

from sqlalchemy import CheckConstraint, Column, SmallInteger

from dynaris.core.tables import reference_table, text

key_check = reference_table(
    "key_check",
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    text("sealed", nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)
