"""The model that writes down what contacts say in voice notes."""

from alembic import op

revision = "0046"
down_revision = "0043"

_STATEMENTS = ("ALTER TABLE workspace ADD COLUMN transcription_model TEXT DEFAULT '' NOT NULL",)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
