"""The table of accounts: where a workspace is reached and from where it sends."""

from sqlalchemy import Boolean, Column, Index
from sqlalchemy import text as sql

from dynaris.core.tables import created_at, jsonb, moment, tenant_table, text

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
    Index("uq_account_address", "workspace_id", "channel", "address", unique=True),
    Index("ix_account_lookup", "channel", "address"),
)
