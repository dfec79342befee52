"""Tables of agents: their settings, the providers of their models and what these cost, and the journal of runs."""

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Integer, Numeric, UniqueConstraint
from sqlalchemy import text as sql

from dynaris.core.tables import belongs_to, created_at, jsonb, moment, tenant_table, text, uuid

run = tenant_table(
    "run",
    uuid("event_id", nullable=False),
    uuid("contact_id"),
    uuid("conversation_id"),
    text("agent", nullable=False),
    text("model", nullable=False),
    text("status", nullable=False, server_default="running"),
    jsonb("prompt", nullable=False),  # {"instructions": ..., "input": ...}: what a resumed run starts from
    jsonb("output"),
    text("error"),
    Column("input_tokens", Integer, nullable=False, server_default=sql("0")),
    Column("output_tokens", Integer, nullable=False, server_default=sql("0")),
    created_at(),
    moment("ended_at"),
    Column("cached_tokens", Integer, nullable=False, server_default=sql("0")),  # of the input
    Column("cost", Numeric(18, 6), server_default=sql("0")),  # in US dollars; null: the price of a request is unknown
    CheckConstraint("status IN ('running', 'waiting', 'done', 'failed')", name="status"),
    Index("ix_run_event", "workspace_id", "event_id"),
    Index("ix_run_contact", "workspace_id", "contact_id", "id"),
    Index("ix_run_agent", "workspace_id", "agent", "id"),
)

# Each model response and each tool call with its result, written before the next step starts.
run_step = tenant_table(
    "run_step",
    uuid("run_id", nullable=False),
    Column("position", Integer, nullable=False),
    text("kind", nullable=False),
    text("tool"),
    text("call_id"),
    text("effect"),
    jsonb("request"),  # tool arguments
    jsonb("response"),  # model response or tool result
    text("error"),
    Column("done", Boolean, nullable=False),
    created_at(),
    Column("duration_ms", Numeric(12, 3)),
    text("model"),  # that answered, of `model` and `route`; what follows is of that request
    Column("input_tokens", Integer),
    Column("output_tokens", Integer),
    Column("cached_tokens", Integer),
    Column("cost", Numeric(18, 6)),  # in US dollars; null: its price is unknown
    text("price_source"),
    CheckConstraint("kind IN ('route', 'model', 'tool', 'note')", name="kind"),
    Index("uq_run_step_position", "workspace_id", "run_id", "position", unique=True),
)

# An agent of a workspace by its name. What it is set to is its version; `workspace.agents` has a copy for the flow.
agent = tenant_table(
    "agent",
    text("name", nullable=False),
    Column("version", Integer, nullable=False),
    created_at(),
    UniqueConstraint("workspace_id", "name"),
)

agent_version = tenant_table(
    "agent_version",
    uuid("agent_id", nullable=False),
    Column("number", Integer, nullable=False),
    jsonb("settings", nullable=False),  # agents/agent_settings.py; more parts of an agent become more keys or columns
    Column("restores", Integer),  # the version that it brought back
    text("changed_by", nullable=False),
    created_at(),
    belongs_to("agent", ondelete="CASCADE"),
    key=("agent_id", "number"),
)

model_provider = tenant_table(
    "model_provider",
    text("name", nullable=False),
    text("kind", nullable=False),
    text("base_url"),
    text("api_key"),  # sealed
    jsonb("prices", nullable=False, server_default=sql("'{}'")),  # by model, in US dollars for a million tokens
    Column("version", Integer, nullable=False, server_default=sql("1")),  # grows with each change
    text("error"),  # what the provider said when it refused the key
    created_at(),
    UniqueConstraint("workspace_id", "name"),
)

# What an agent's server of tools asks for before it lets anybody in (agents/mcp/secrets.py).
mcp_secret = tenant_table(
    "mcp_secret",
    text("agent", nullable=False),  # its name: the house's agents have no row until they are changed
    text("origin", nullable=False),  # "https://tools.example": it is sent nowhere else
    text("sealed", nullable=False),
    created_at(),
    key=("agent",),
)

# What a workspace's models cost in a month of its own time zone, by the list.
model_spending = tenant_table(
    "model_spending",
    text("month", nullable=False),  # "2026-03"
    Column("spent", Numeric(18, 6), nullable=False, server_default=sql("0")),
    Column("requests", Integer, nullable=False, server_default=sql("0")),
    Column("unpriced", Integer, nullable=False, server_default=sql("0")),  # requests whose price is unknown
    # by reservation: what a request that is under way may cost, and until when it counts
    jsonb("held", nullable=False, server_default=sql("'{}'")),
    key=("month",),
)

# A model that did not answer, while inquiries wait for it (pipeline/comebacks.py).
model_outage = tenant_table(
    "model_outage",
    text("model", nullable=False),  # the model string
    moment("due_at", nullable=False),  # when somebody looks again; whoever looks moves it on first
    Column("failures", Integer, nullable=False, server_default=sql("0")),  # looks in vain, one after the other
    Column("rounds", Integer, nullable=False, server_default=sql("0")),  # of inquiries that were given back to it
    text("error"),
    created_at(),
    Index("ix_model_outage_due", "due_at"),
    key=("model",),
)

# What a Herald that runs elsewhere said of a turn of ours; heard twice, it is here once.
turn_callback = tenant_table(
    "turn_callback",
    text("turn_id", nullable=False),
    Column("number", Integer, nullable=False),
    jsonb("said", nullable=False),
    created_at(),
    key=("turn_id", "number"),
)
