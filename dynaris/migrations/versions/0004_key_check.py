"""What shows whether a process has the secret key that this database's secrets were stored with."""

import sqlalchemy as sa
from alembic import op

from dynaris.migrations.security import definer

revision = "0004"
down_revision = "0003"

# Two statements, so that the second sees what another process stored while the first waited for it.
STORED = definer(
    "stored_key_check(fresh text)",
    "text",
    """INSERT INTO key_check (id, sealed) SELECT 1, fresh WHERE fresh IS NOT NULL ON CONFLICT DO NOTHING;
       SELECT sealed FROM key_check""",
    volatile=True,
)


def upgrade() -> None:
    op.create_table(
        "key_check",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_key_check_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_check")),
    )
    for statement in STORED:
        op.get_bind().exec_driver_sql(statement)
