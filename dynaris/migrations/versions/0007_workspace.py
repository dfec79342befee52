"""Teams, and what a business says of itself."""

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    pass
