"""One listener per account in one worker at a time; a restored copy that waits; clocks that step back."""

import sqlalchemy as sa
from alembic import op

from dynaris.migrations.security import definer, protect

revision = "0011"
down_revision = "0010"

# Each statement sees what those before it did, and what another worker did while this one waited for the lock.
# A moment further ahead than any that is given now was given before the clock stepped back: it is brought to now.
HOLD_LISTENERS = definer(
    "hold_listeners(worker uuid, of_channels text[])",
    "TABLE (account_id uuid, surplus boolean)",
    """
    SELECT pg_advisory_xact_lock(7313002);
    INSERT INTO listening_worker (id, seen_until) VALUES (worker, clock_timestamp() + interval '5 seconds')
        ON CONFLICT (id) DO UPDATE SET seen_until = excluded.seen_until;
    DELETE FROM listening_worker
        WHERE seen_until < clock_timestamp() OR seen_until > clock_timestamp() + interval '6 seconds';
    UPDATE listener SET lease_until = clock_timestamp() + interval '5 seconds'
        WHERE holder = worker OR lease_until > clock_timestamp() + interval '6 seconds';
    DELETE FROM listener WHERE lease_until < clock_timestamp();
    INSERT INTO listener (workspace_id, account_id, holder, lease_until)
        SELECT a.workspace_id, a.id, worker, clock_timestamp() + interval '5 seconds' FROM account a
        WHERE a.channel = ANY(of_channels) AND a.enabled
          AND NOT EXISTS (SELECT FROM listener l WHERE l.workspace_id = a.workspace_id AND l.account_id = a.id)
        ORDER BY a.id LIMIT greatest(0,
            (SELECT ceil(count(*)::numeric / (SELECT count(*) FROM listening_worker)) FROM account s
             WHERE s.channel = ANY(of_channels) AND s.enabled)
            - (SELECT count(*) FROM listener l WHERE l.holder = worker));
    SELECT l.account_id, row_number() OVER (ORDER BY l.account_id) >
            (SELECT ceil(count(*)::numeric / (SELECT count(*) FROM listening_worker)) FROM account s
             WHERE s.channel = ANY(of_channels) AND s.enabled)
        FROM listener l WHERE l.holder = worker""",
    volatile=True,
)
# Of all its accounts, when none are named: the worker stops.
RELEASE_LISTENERS = definer(
    "release_listeners(worker uuid, accounts uuid[])",
    "void",
    """DELETE FROM listener WHERE holder = worker AND (accounts IS NULL OR account_id = ANY(accounts));
       DELETE FROM listening_worker WHERE id = worker AND accounts IS NULL;
       SELECT pg_notify('dynaris_listener', '')""",
    volatile=True,
)
# What nobody sets so far ahead. Who lives renews what it holds before it ends.
FORGET_THE_FUTURE = definer(
    "forget_the_future()",
    "void",
    """UPDATE lane SET lease_until = clock_timestamp() + interval '5 seconds'
           WHERE due_at IS NOT NULL AND lease_until > clock_timestamp() + interval '6 seconds';
       UPDATE lane SET due_at = clock_timestamp() WHERE due_at > clock_timestamp() + interval '3 minutes';
       UPDATE outbox SET due_at = clock_timestamp() + interval '8 seconds'
           WHERE status = 'sending' AND due_at > clock_timestamp() + interval '10 seconds';
       UPDATE outbox SET due_at = clock_timestamp() + (due_at - claimed_at), claimed_at = clock_timestamp()
           WHERE status = 'queued' AND due_at > clock_timestamp() AND claimed_at > clock_timestamp() + interval '1 minute';
       UPDATE procrastinate_workers SET last_heartbeat = clock_timestamp()
           WHERE last_heartbeat > clock_timestamp() + interval '10 seconds'""",
    volatile=True,
)
STANDBY = definer("on_standby()", "TABLE (since timestamptz, reason text)", "SELECT since, reason FROM standby")
END_STANDBY = definer("end_standby()", "SETOF timestamptz", "DELETE FROM standby RETURNING since", volatile=True)


def upgrade() -> None:
    op.create_table(
        "listener",
        sa.Column("workspace_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("holder", sa.UUID(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "account_id", name=op.f("pk_listener")),
    )
    op.create_index("ix_listener_holder", "listener", ["holder"])
    op.create_index("ix_listener_lease_until", "listener", ["lease_until"])
    op.create_table(
        "listening_worker",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("seen_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listening_worker")),
    )
    op.create_table(
        "standby",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_standby_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standby")),
    )
    for statements in (
        protect("listener"), HOLD_LISTENERS, RELEASE_LISTENERS, FORGET_THE_FUTURE, STANDBY, END_STANDBY
    ):  # fmt: skip
        for statement in statements:
            op.get_bind().exec_driver_sql(statement.replace("%", "%%"))
