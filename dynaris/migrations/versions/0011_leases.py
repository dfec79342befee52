"""One listener per account, in one worker at a time."""

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    pass
