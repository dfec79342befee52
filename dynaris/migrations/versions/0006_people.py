"""Sign-in by password, one-time codes and providers; invitations; staff."""

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    pass
