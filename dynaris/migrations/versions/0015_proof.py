"""Whose an account's address is."""

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    pass
