"""Likely duplicates and what people said of them; imports."""

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    pass
