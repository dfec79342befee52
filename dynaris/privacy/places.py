"""Every table that may hold something about a contact: which rows, whether they are exported, what an erasure leaves.

The order is that of an erasure: what names other rows goes before them. A new table of the product has to be given
its place here, or a reason in `NOT_ABOUT_CONTACTS`; a test walks all of them, column by column.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, LiteralString


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    table: LiteralString
    rows: LiteralString  # a condition over `privacy/subject.py`'s parameters
    # "delete", or what each column becomes; the columns in `keeps` hold no personal data and stay
    erase: Literal["delete"] | Mapping[LiteralString, LiteralString] = "delete"
    keeps: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()  # columns that an export does not show
    withheld_where: Mapping[str, LiteralString] = field(default_factory=dict)  # nor these, of rows like that
    exported: bool = True
    why: str


_CONTACT: LiteralString = "contact_id = ANY(%(contacts)s)"
_OF_MESSAGES: LiteralString = """message_id IN (SELECT m.id FROM message m WHERE m.workspace_id = %(ws)s
    AND m.conversation_id = ANY(%(conversations)s))"""
_OF_RUNS: LiteralString = "run_id = ANY(%(runs)s)"
_OF_BOOKINGS: LiteralString = """booking_id IN (SELECT b.id FROM booking b WHERE b.workspace_id = %(ws)s
    AND b.contact_id = ANY(%(contacts)s))"""

PLACES: tuple[Place, ...] = (
    Place(
        table="outbox",
        rows="""(contact_id = ANY(%(contacts)s) OR conversation_id = ANY(%(conversations)s)
            OR dedupe_key = ANY(%(notices)s) OR (audience = 'system' AND lower(recipient) = ANY(%(needles)s)))""",
        erase={
            "recipient": "''",
            "content": "'{}'",
            "dedupe_key": "'erased:' || id",
            "external_id": "NULL",
            "error": "NULL",
        },
        keeps=(
            *("workspace_id", "id", "audience", "channel", "account_id", "contact_id", "conversation_id"),
            *("message_id", "event_id", "run_id", "status", "attempts", "due_at", "claimed_at", "sent_at"),
            "created_at",
        ),
        withheld_where={"content": "starts_with(dedupe_key, 'code:')"},  # pipeline/visitors.py
        why="that something was sent, when, and how it ended, is the proof that nothing was missed or sent twice",
    ),
    Place(
        table="turn_callback",
        rows="split_part(turn_id, '.', 1) = ANY(%(runs)s::text[])",
        why="what a Herald elsewhere said to this contact",
    ),
    Place(
        table="receipt",
        rows="""outbox_id IN (SELECT o.id FROM outbox o WHERE o.workspace_id = %(ws)s AND (
            o.contact_id = ANY(%(contacts)s) OR o.conversation_id = ANY(%(conversations)s)))""",
        erase={"external_id": "''", "reason": "NULL"},
        keeps=("workspace_id", "outbox_id", "part", "status", "said_at", "price", "created_at"),
        why="that a message arrived, and when, is the proof that nothing was missed",
    ),
    Place(
        table="notification_escalation",
        rows="subject = ANY(%(mentions)s)",
        why="who of our people is told next about this contact",
    ),
    Place(table="notification", rows="subject = ANY(%(mentions)s)", why="told our people about this contact"),
    Place(
        table="audit_entry",
        rows="(subject = ANY(%(mentions)s) OR detail::text ~* ANY(%(patterns)s::text[]))",
        erase={"detail": "'{}'"},
        keeps=("workspace_id", "id", "actor", "action", "subject", "created_at"),
        why="who changed what kind of thing, and when, stays provable; what it was does not",
    ),
    Place(
        table="run_step",
        rows=_OF_RUNS,
        erase={"call_id": "NULL", "request": "NULL", "response": "NULL", "error": "NULL"},
        keeps=(
            *("workspace_id", "id", "run_id", "position", "kind", "tool", "effect", "done", "created_at"),
            *("duration_ms", "model", "input_tokens", "output_tokens", "cached_tokens", "cost", "price_source"),
        ),
        why="how many steps a run took and how long; not what was said in them",
    ),
    Place(
        table="run",
        rows="id = ANY(%(runs)s)",
        erase={"prompt": "'{}'", "output": "NULL", "error": "NULL"},
        keeps=(
            *("workspace_id", "id", "event_id", "contact_id", "conversation_id", "agent", "model", "status"),
            *("input_tokens", "output_tokens", "cached_tokens", "cost", "created_at", "ended_at"),
        ),
        why="what an answer cost is the business's own figure",
    ),
    Place(
        table="approval",
        rows=_CONTACT,
        erase={
            "call_id": "id::text",
            "proposal": "'{}'",
            "why": "''",
            "edits": "NULL",
            "reason": "NULL",
        },
        keeps=(
            *("workspace_id", "id", "event_id", "run_id", "conversation_id", "contact_id", "action", "effect"),
            *("status", "owner_id", "deadline", "decided_by", "decided_at", "created_at"),
        ),
        why="who said yes or no, and when, stays provable",
    ),
    Place(
        table="verification_code",
        rows="(contact_id = ANY(%(contacts)s) OR kind || ':' || value = ANY(%(addresses)s))",
        withheld=("code_hash",),
        why="a code for one of the addresses",
    ),
    Place(table="chat_session", rows="session_key = ANY(%(sessions)s)", why="the visitor's sessions on a web page"),
    Place(
        table="contact_import_row",
        rows="""(contact_id = ANY(%(contacts)s)
            OR (contact_id IS NULL AND (cells::text || plan::text) ~* ANY(%(patterns)s::text[])))""",
        why="what an imported file said",
    ),
    Place(
        table="duplicate_key",
        rows="subject_id = ANY(%(contacts)s)",
        exported=False,
        why="made of the contact and its addresses, to find those that may be the same",
    ),
    Place(
        table="duplicate_pair",
        rows="(low_id = ANY(%(contacts)s) OR high_id = ANY(%(contacts)s))",
        exported=False,
        why="names another contact, who may be somebody else",
    ),
    Place(
        table="duplicate_verdict",
        rows="(one_id = ANY(%(contacts)s) OR other_id = ANY(%(contacts)s))",
        exported=False,
        why="names another contact, who is somebody else",
    ),
    Place(
        table="knowledge_ask",
        rows="(contact_id = ANY(%(contacts)s) OR conversation_id = ANY(%(conversations)s))",
        why="a question that had no answer in the knowledge",
    ),
    Place(
        table="knowledge_suggestion",
        rows=_CONTACT,
        why="a proposed FAQ in the contact's words; one that a person approved is the business's own, and nobody's",
    ),
    Place(
        table="attachment",
        rows=f"({_OF_MESSAGES} OR conversation_id = ANY(%(conversations)s))",
        why="files that came with messages, or were to leave with one; the bytes go first",
    ),
    Place(table="draft", rows="conversation_id = ANY(%(conversations)s)", why="what a teammate began to write to them"),
    Place(
        table="booking_invitation",
        rows=_OF_BOOKINGS,
        withheld=("not_sent",),
        why="where invitations to appointments went, and what came back",
    ),
    Place(table="booking_change", rows=_CONTACT, why="what became of appointments, in words"),
    Place(
        table="booking",
        rows=_CONTACT,
        erase={
            # who is gone does not come; an appointment that was stays as a time that was taken, without a person
            "status": """CASE WHEN starts_at > clock_timestamp() AND status <> 'expired' THEN 'cancelled'
                ELSE status END""",
            "note": "''",
            "reason": "NULL",
            "key": "'erased:' || id",
        },
        keeps=(
            *("workspace_id", "id", "service_id", "staff_id", "contact_id", "conversation_id", "starts_at", "ends_at"),
            *("busy_from", "busy_until", "during", "held_until", "sequence", "timezone", "price", "currency"),
            *("created_by", "created_at", "updated_at"),
        ),
        why="whose time was taken and for how much is the business's own figure",
    ),
    Place(table="follow_up", rows=_CONTACT, why="what was planned"),
    Place(
        table="wrap_up",
        rows="conversation_id = ANY(%(conversations)s)",
        why="how a conversation ended, and what was noted then",
    ),
    Place(table="contact_fact", rows=_CONTACT, why="what was worth remembering"),
    Place(table="task", rows=_CONTACT, why="what our people were to do"),
    Place(
        table="conversation_tag", rows="conversation_id = ANY(%(conversations)s)", why="how conversations were sorted"
    ),
    Place(
        table="sla_clock",
        rows="conversation_id = ANY(%(conversations)s)",
        erase={
            "status": "CASE WHEN status IN ('running', 'paused') THEN 'cancelled' ELSE status END",
            "paused_at": "NULL",
            "to_plan": "false",
            "message_id": "NULL",
            "answered_by": "NULL",
        },
        keeps=(
            *("workspace_id", "id", "conversation_id", "kind", "started_at", "pauses", "stopped_at", "policy_id"),
            *("channel", "team_id", "target_minutes", "due_at", "warn_at", "warned_at", "breached_at", "seconds"),
            "created_at",
        ),
        why="how long somebody waited is the business's own figure; who it was is gone",
    ),
    Place(
        table="call_leg",
        rows="""call_id IN (SELECT c.id FROM call c WHERE c.workspace_id = %(ws)s
            AND (c.contact_id = ANY(%(contacts)s) OR c.conversation_id = ANY(%(conversations)s)))""",
        why="who was on the line with them",
    ),
    Place(
        table="call",
        rows="(contact_id = ANY(%(contacts)s) OR conversation_id = ANY(%(conversations)s))",
        why="that they called, when, and from which number",
    ),
    Place(table="message", rows="conversation_id = ANY(%(conversations)s)", why="what was said"),
    Place(table="conversation", rows="id = ANY(%(conversations)s)", why="subject, summary, story and addresses"),
    Place(table="consent", rows=_CONTACT, why="what was agreed to; what was forbidden lives on as a suppression"),
    Place(
        table="merge_move",
        rows="""merge_id IN (SELECT g.id FROM merge g WHERE g.workspace_id = %(ws)s
            AND (g.keep_id = ANY(%(contacts)s) OR g.drop_id = ANY(%(contacts)s)))""",
        why="addresses that a merge put aside",
    ),
    Place(
        table="merge",
        rows="(keep_id = ANY(%(contacts)s) OR drop_id = ANY(%(contacts)s))",
        why="the contact as it was before; without the contact there is nothing to undo",
    ),
    Place(
        table="event",
        rows="""(contact_id = ANY(%(contacts)s)
            OR (contact_id IS NULL AND lane = ANY(%(lanes)s) AND created_at <= %(before)s))""",
        erase={
            # `external_id` becomes a keyed hash before (privacy/erasure.py): a redelivery is still recognised
            "lane": "'erased'",
            "raw": "''",
            "meta": "'{}'",
            "match": """'{"erased": true}'""",
            "decision": "jsonb_strip_nulls(jsonb_build_object('agent', decision->'agent'))",
            "reason": "'the contact was erased'",
        },
        keeps=(
            *("workspace_id", "id", "channel", "account_id", "external_id", "kind", "occurred_at", "created_at"),
            *("status", "attempts", "contact_id", "conversation_id", "message_id", "run_id", "waiting_for", "deadline"),
            *("owner_id", "outcome", "settled_at"),
        ),
        why="that something arrived, when, and how it ended, is the proof that no inquiry was missed",
    ),
    Place(table="address", rows=_CONTACT, why="how the person is reached"),
    Place(table="contact_export", rows=_CONTACT, exported=False, why="copies of all this; the files go first"),
    Place(table="contact", rows="id = ANY(%(contacts)s)", why="the person"),
)

NOT_ABOUT_CONTACTS: Mapping[str, str] = {
    "price": "what providers of speech and models charge the business",
    "usage_event": "what calls used and cost, by their ids: the calls themselves are erased",
    "agent_phone_mapping": "who of the business answers on a number",
    "template": "texts of the business, as its provider approved them",
    "agent": "how the business set its agents up",
    "agent_version": "how the business set its agents up",
    "mcp_secret": "the business's own accounts at servers of tools",
    "model_outage": "the business's own accounts at providers of models",
    "model_provider": "the business's own accounts at providers of models",
    "model_spending": "sums by month",
    "account": "the business's own mailboxes and widgets",
    "api_key": "the business's own keys",
    "batch": "which events were brought back, by ids and filters",
    "batch_event": "ids of events and what became of them; the events themselves are erased",
    "booking_due": "when something is to be done about an appointment, which is in booking",
    "busy_time": "when the business's own people are busy elsewhere",
    "calendar_feed": "the business's own addresses of calendars",
    "canned_reply": "the business's own texts",
    "calendar_person": "the business's own people",
    "change": "ids of what changed within the last hours",
    "contact_import": "a file's name, its columns and counts; its rows are in contact_import_row",
    "duplicate_sweep": "where the search for duplicates stands",
    "embedding_model": "the business's own account at a provider",
    "eval_result": "scripted customers, who are nobody",
    "eval_run": "scripted customers, who are nobody",
    "erasure": "the proof: ids of what is gone, and keyed hashes",
    "invitation": "the business's own people",
    "knowledge_document": "what the business says of itself",
    "knowledge_source": "what the business says of itself",
    "knowledge_state": "counts changes",
    "knowledge_sweep": "where the look for unanswered questions stands",
    "knowledge_version": "what the business says of itself",
    "lane": "a sender's queue, named by their address: an erasure removes it once nothing is queued in it",
    "live_watch": "whether somebody looks at screens",
    "member_seen": "when the business's own people were last there",
    "notification_preference": "the business's own people",
    "notification_send": "when and how a notification leaves; what it says is in notification, and goes with it",
    "onboarding_item": "notes and checks of the business's own set-up",
    "onboarding_try": "which test messages the business sent to itself; what came of them is in event and conversation",
    "listener": "which worker listens to which account",
    "member": "the business's own people",
    "offer": "which of the business's own people was asked to take a conversation",
    "queue_entry": "since when a conversation waits for a team",
    "outage_wait": "ids of events that wait for a model; the events themselves are erased",
    "passage": "what the business says of itself",
    "passage_embedding": "what the business says of itself",
    "passage_word": "what the business says of itself",
    "presence": "who of our people looks at a conversation, for less than a minute",
    "push_subscription": "browsers of the business's own people",
    "retention": "how long things are kept",
    "service": "what the business offers",
    "service_person": "who of the business's own people gives which service",
    "sla_policy": "how fast the business wants to answer",
    "suppression": "keyed hashes, so that do-not-contact outlives an erasure",
    "tag": "the business's own words to sort by",
    "team": "the business's own people",
    "team_member": "the business's own people",
    "workspace": "the business itself",
}
