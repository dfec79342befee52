"""Tables of the onboarding checklist: what people said of its items, what checks found, and test messages."""

from dynaris.core.tables import created_at, jsonb, moment, tenant_table, text, uuid

onboarding_item = tenant_table(
    "onboarding_item",
    text("item", nullable=False),
    text("not_needed"),  # why
    text("note"),
    text("changed_by"),
    moment("changed_at"),
    jsonb("result"),  # of the last check: see outcome.Result
    moment("checked_at"),
    key=("item",),
)

onboarding_try = tenant_table(
    "onboarding_try",
    text("kind", nullable=False),
    uuid("account_id", nullable=False),
    text("channel", nullable=False),
    uuid("event_id"),  # none until what was sent has come back in
    text("external_id"),  # of a mail: its Message-ID, with which its event's begins
    text("tried_by", nullable=False),
    created_at(),
)
