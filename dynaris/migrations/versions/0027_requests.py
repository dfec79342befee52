"""Bookings that wait for the business's yes: the team is reminded, and they end when their time comes."""

from alembic import op

revision = "0027"
down_revision = "0026"

_STATEMENTS = (
    "ALTER TABLE booking_due DROP CONSTRAINT ck_booking_due_what",
    """ALTER TABLE booking_due ADD CONSTRAINT ck_booking_due_what
           CHECK (what IN ('remind_contact', 'remind_person', 'over', 'remind_team', 'lapse'))""",
    # Those that wait already, and can still be answered.
    """INSERT INTO booking_due (workspace_id, id, booking_id, what, due_at, starts_at)
       SELECT workspace_id, gen_random_uuid(), id, what, CASE what WHEN 'lapse' THEN starts_at ELSE now() END, starts_at
       FROM booking, unnest(ARRAY['remind_team', 'lapse']) AS what WHERE status = 'pending' AND starts_at > now()""",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
