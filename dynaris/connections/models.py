"""The table of accounts: where a workspace is reached and from where it sends."""

from sqlalchemy import Boolean, Column, Index
from sqlalchemy import text as sql

from dynaris.core.tables import created_at, jsonb, moment, reference_table, tenant_table, text, uuid

account = tenant_table(
    "account",
    text("channel", nullable=False),
    text("address", nullable=False),  # mailbox, widget key, number, source name: unique in its channel
    jsonb("settings", nullable=False, server_default=sql("'{}'")),  # secrets sealed
    Column("enabled", Boolean, nullable=False, server_default=sql("true")),
    text("agent"),  # the specialist that answers here; empty: the supervisor decides
    text("error"),  # why its listener does not work now
    text("send_error"),  # why nothing can be sent from it now
    moment("last_event_at"),
    jsonb("checkpoint", nullable=False, server_default=sql("'{}'")),  # where its listener stands
    created_at(),
    moment("removed_at"),  # its history stays; its address is free again
    jsonb("proofs", nullable=False, server_default=sql("'{}'")),  # by address: how it was proved, or the awaited code
    Index(
        "uq_account_address",
        "workspace_id",
        "channel",
        "address",
        unique=True,
        postgresql_where=sql("removed_at IS NULL"),
    ),
    Index("ix_account_lookup", "channel", "address"),
    Index(
        "ix_account_held",
        sql("held_addresses(proofs)"),
        postgresql_using="gin",
        postgresql_where=sql("removed_at IS NULL"),
    ),
)

# Which worker listens for which account, and until when at most (app/listening.py).
listener = tenant_table(
    "listener",
    uuid("account_id", nullable=False),
    uuid("holder", nullable=False),
    moment("lease_until", nullable=False),
    Index("ix_listener_holder", "holder"),
    Index("ix_listener_lease_until", "lease_until"),
    key=("account_id",),
)

# Workers that share the accounts.
listening_worker = reference_table(
    "listening_worker", uuid("id", primary_key=True), moment("seen_until", nullable=False)
)
