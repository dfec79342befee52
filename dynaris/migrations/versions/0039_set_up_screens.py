"""What the screens of knowledge, scheduling and settings read."""

from alembic import op

from dynaris.migrations.live import watched

revision = "0039"
down_revision = "0038"

# What belongs to a service or a booking, and questions without an answer, tells the open screens as these do.
_STATEMENTS = (
    *watched("knowledge_suggestion", "knowledge"),
    *watched("embedding_model", "knowledge"),
    *watched("service_person", "schedule", "service_id"),
    *watched("booking_invitation", "booking", "booking_id"),
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
