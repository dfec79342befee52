"""Tables of evals: what a workspace asked to be played, and the result of each case."""

from sqlalchemy import CheckConstraint, Column, Index, Integer
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from dynaris.core.tables import belongs_to, created_at, jsonb, moment, tenant_table, text, uuid

eval_run = tenant_table(
    "eval_run",
    text("status", nullable=False, server_default="queued"),
    jsonb("asked", nullable=False),  # {"cases": [...], "model": ..., "agent_versions": ...}
    Column("total", Integer, nullable=False),
    text("model"),
    moment("moment"),  # of the conversations
    Column(
        "copies", ARRAY(UUID(as_uuid=True)), nullable=False, server_default=sql("'{}'")
    ),  # written before they are made
    Column("tries", Integer, nullable=False, server_default=sql("0")),
    text("error"),
    text("started_by", nullable=False),  # an actor, as in the audit log
    created_at(),
    moment("ended_at"),
    CheckConstraint("status IN ('queued', 'running', 'done', 'failed', 'cancelled')", name="status"),
    Index("uq_eval_run_open", "workspace_id", unique=True, postgresql_where=sql("status IN ('queued', 'running')")),
)

eval_result = tenant_table(
    "eval_result",
    uuid("run_id", nullable=False),
    text("case_id", nullable=False),
    jsonb("result", nullable=False),  # results.CaseResult
    created_at(),
    belongs_to("eval_run", "run_id", ondelete="CASCADE"),
    key=("run_id", "case_id"),
)
