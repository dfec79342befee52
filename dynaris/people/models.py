"""Tables of credentials, one-time tickets, providers' links, known devices, throttles and invitations."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Index, Integer, LargeBinary
from sqlalchemy import text as sql

from dynaris.core.tables import created_at, jsonb, moment, reference_table, tenant_table, text, uuid

credential = reference_table(
    "credential",
    uuid("person_id", primary_key=True),
    text("password_hash"),
    moment("password_changed_at"),
    text("totp_secret"),  # sealed; set but not on while it is being confirmed
    Column("totp_on", Boolean, nullable=False, server_default=sql("false")),
    Column("totp_step", BigInteger, nullable=False, server_default=sql("0")),  # the last one used: a code works once
)

recovery_code = reference_table(
    "recovery_code",
    uuid("person_id", primary_key=True),
    Column("code_hash", LargeBinary, primary_key=True),
    moment("used_at"),
)

oidc_link = reference_table(
    "oidc_link",
    text("issuer", primary_key=True),
    text("subject", primary_key=True),
    uuid("person_id", nullable=False, index=True),
    created_at(),
)

# What a link in a mail, or a short-lived cookie, stands for: it expires and works once.
ticket = reference_table(
    "ticket",
    Column("token_hash", LargeBinary, primary_key=True),
    text("kind", nullable=False),  # see people/tickets.py
    uuid("person_id"),
    text("email"),
    jsonb("data", nullable=False, server_default=sql("'{}'")),
    Column("tries", Integer, nullable=False, server_default=sql("0")),
    created_at(),
    moment("expires_at", nullable=False),
    moment("used_at"),
    Index("ix_ticket_person_id", "person_id", "kind"),
    Index("ix_ticket_email", "email", "kind"),
    Index("ix_ticket_expires_at", "expires_at"),
)

throttle = reference_table(
    "throttle",
    Column("key", LargeBinary, primary_key=True),  # a hash: no address is kept here
    moment("until", nullable=False, index=True),
)

known_device = reference_table(
    "known_device",
    uuid("person_id", primary_key=True),
    Column("token_hash", LargeBinary, primary_key=True),
    moment("seen_at", nullable=False, server_default=sql("clock_timestamp()")),
)

invitation = tenant_table(
    "invitation",
    text("email", nullable=False),
    text("role", nullable=False),
    text("invited_by", nullable=False),  # as in the audit log
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("sent", Integer, nullable=False, server_default=sql("1")),
    created_at(),
    moment("expires_at", nullable=False),
    moment("accepted_at"),
    moment("revoked_at"),
    CheckConstraint("role IN ('owner', 'admin', 'teammate')", name="role"),
    Index(
        "uq_invitation_open",
        "workspace_id",
        "email",
        unique=True,
        postgresql_where=sql("accepted_at IS NULL AND revoked_at IS NULL"),
    ),
)
