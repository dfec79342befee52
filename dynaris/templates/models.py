"""The table of templates, as the provider has them and as the workspace uses them."""

from sqlalchemy import ARRAY, Boolean, Column, Text, UniqueConstraint
from sqlalchemy import text as sql

from dynaris.core.tables import created_at, jsonb, moment, tenant_table, text, uuid

template = tenant_table(
    "template",
    uuid("account_id", nullable=False),
    text("external_id", nullable=False),
    text("name", nullable=False),
    text("language", nullable=False),
    text("category", nullable=False),
    text("status", nullable=False),
    text("reason"),  # why the provider rejected or paused it
    text("header"),
    text("body", nullable=False),
    text("footer"),
    Column("buttons", ARRAY(Text), nullable=False, server_default=sql("'{}'")),
    jsonb("variables", nullable=False, server_default=sql("'[]'")),  # [{"name", "kind", "example"}]
    text("quality"),
    # of the workspace's own: what each variable is filled with ("contact_name", ...), what the template is for, and
    # whether agents may choose it
    jsonb("fills", nullable=False, server_default=sql("'{}'")),
    text("purpose", nullable=False, server_default=""),
    Column("for_agents", Boolean, nullable=False, server_default=sql("true")),
    created_at(),
    moment("synced_at", nullable=False, server_default=sql("clock_timestamp()")),
    moment("removed_at"),  # the provider has it no more
    UniqueConstraint("workspace_id", "account_id", "name", "language", name="uq_template_name"),
)
