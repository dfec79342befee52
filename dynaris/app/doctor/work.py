"""Checks of the work: is somebody doing it, and does anything wait too long."""

from datetime import timedelta
from uuid import UUID

from dynaris.app.doctor.finding import RUNBOOKS, Examined, Finding, ago, failed, ok, warning
from dynaris.core import clock
from dynaris.core.db import Database
from dynaris.core.ids import first_id
from dynaris.people.mail import SYSTEM

_NOT_PROCESSING = f"{RUNBOOKS}/events-not-processing.md"
_LOST_REPLY = f"{RUNBOOKS}/lost-reply.md"
_WORKER_SECONDS, _QUEUED_SECONDS, _DUE_SECONDS, _JOB_SECONDS = 30, 60, 30, 60
_LOOK_BACK = timedelta(days=1)


def _of(examined: Examined, measure: str, label: str = "") -> float:
    return sum(n for (name, one, _), n in examined.work.items() if name == measure and label in ("", one))


async def jobs(examined: Examined) -> list[Finding]:
    examined.require("work")
    if not examined.work:
        return []
    heard = examined.work.get(("worker_heard_seconds", "", ""))
    start = "start one (`dynaris worker`, or `dynaris up`), and read the last lines of its log for why it ended"
    page = {"runbook": f"{_NOT_PROCESSING}#no-worker"}
    if heard is None or heard > _WORKER_SECONDS:
        last = "none was ever heard of" if heard is None else f"the last was heard of {ago(heard)} ago"
        return [failed("jobs", f"no worker runs: {last}", start, **page)]
    findings = [ok("jobs", f"{_of(examined, 'workers_alive'):.0f} workers run, heard of {ago(heard)} ago")]
    if gone_wrong := _of(examined, "jobs", "failed"):
        remedy = (
            "the worker's log has `jobs.library` with the reason; the watchdog does a delivery's work again by itself"
        )
        findings.append(warning("jobs", f"{gone_wrong:.0f} background jobs failed", remedy, **page))
    if (oldest := _of(examined, "job_oldest_seconds")) > _JOB_SECONDS:
        remedy = "look whether the workers are busy (`dynaris_jobs`), and start another one"
        findings.append(warning("jobs", f"the oldest job has waited for {ago(oldest)}", remedy, **page))
    return findings


async def events(examined: Examined) -> list[Finding]:
    if not examined.work:
        return []
    findings: list[Finding] = []
    queued, age = _of(examined, "events_open", "queued"), _of(examined, "events_oldest_seconds", "queued")
    if age > _QUEUED_SECONDS:
        remedy = "`dynaris trace` the oldest; a worker that is missing or stuck on a slow model holds lanes up"
        found = f"{queued:.0f} events are queued, the oldest for {ago(age)}"
        findings.append(failed("events", found, remedy, runbook=_NOT_PROCESSING))
    if (due := _of(examined, "lane_oldest_due_seconds")) > _DUE_SECONDS:
        found = f"{_of(examined, 'lanes_due'):.0f} lanes wait for a worker, the longest for {ago(due)}"
        findings.append(failed("events", found, "start a worker, or another one", runbook=_NOT_PROCESSING))
    if overdue := _of(examined, "events_overdue"):
        remedy = "somebody must act: `GET /api/events?status=waiting`; the watchdog tells owner and admins"
        findings.append(warning("events", f"{overdue:.0f} events are past their deadline", remedy, runbook=_LOST_REPLY))
    waiting = _of(examined, "events_open") - queued
    return findings or [ok("events", f"{queued:.0f} events queued, {waiting:.0f} wait for a person or a receipt")]


# Whatever ends an event ends its run, before or with it: nobody would go on with one that this finds.
_UNFINISHED = """SELECT count(*) AS n FROM run r
    JOIN event e ON e.workspace_id = r.workspace_id AND e.id = r.event_id AND e.run_id = r.id
    WHERE r.workspace_id = %(ws)s AND r.id > %(since)s AND r.status = 'running' AND e.status = 'done'"""


_UNSENT = """SELECT o.status, o.audience = 'system' AS is_system, count(*) AS n FROM outbox o
    WHERE o.workspace_id = %(ws)s AND o.id > %(since)s AND o.status IN ('failed', 'unknown') GROUP BY 1, 2"""


async def outbox(examined: Examined) -> list[Finding]:
    if examined.db is None or not examined.work:
        return []
    examined.require("workspaces")
    findings: list[Finding] = []
    if examined.local and (stuck := _of(examined, "outbox_stuck")):
        remedy = "look at the accounts' errors below; without a worker nothing is sent at all"
        runbook = f"{RUNBOOKS}/mail-not-answered.md#replies-do-not-leave"
        findings.append(failed("outbox", f"{stuck:.0f} messages are due for over a minute", remedy, runbook=runbook))
    since = first_id(clock.now() - _LOOK_BACK)
    looked_at = (*examined.workspaces, (SYSTEM, None)) if examined.local else examined.workspaces
    for workspace_id, slug in looked_at:
        findings += await _unsent(examined.db, workspace_id, slug, since)
        findings += await _unfinished(examined.db, workspace_id, slug, since)
    return findings or [ok("outbox", "no message is stuck; none was lost or refused in 24 h")]


async def _unsent(db: Database, workspace_id: UUID, slug: str | None, since: UUID) -> list[Finding]:
    async with db.workspace(workspace_id) as connection:
        rows = await (await connection.execute(_UNSENT, {"ws": workspace_id, "since": since})).fetchall()
    return [_unsent_finding(row, slug) for row in rows]


async def _unfinished(db: Database, workspace_id: UUID, slug: str | None, since: UUID) -> list[Finding]:
    async with db.workspace(workspace_id) as connection:
        row = await (await connection.execute(_UNFINISHED, {"ws": workspace_id, "since": since})).fetchone()
    if not (row and row["n"]):
        return []
    found = f"{row['n']} runs of the last 24 h did not come to an end, though their events did"
    remedy = "read the conversations: what the agent was about to say may be missing there; answer them"
    return [warning("outbox", found, remedy, workspace=slug, runbook=f"{_LOST_REPLY}#status-of-a-run")]


def _unsent_finding(row: dict[str, object], slug: str | None) -> Finding:
    if row["is_system"]:
        found = f"{row['n']} of the product's own mails (codes, invitations, verifications) were not sent in 24 h"
        remedy = "repair the account that they leave from; people ask again for a code or a link"
        return failed("system_mail", found, remedy, workspace=slug, runbook=f"{RUNBOOKS}/mail-not-answered.md")
    if row["status"] == "unknown":
        remedy = (
            "look at the provider whether they arrived, then answer in the conversation; never sent again by itself"
        )
        found = f"nobody knows whether {row['n']} messages of the last 24 h arrived"
    else:
        remedy = "read the reason in the conversation, and reach the contact another way"
        found = f"{row['n']} messages of the last 24 h were refused"
    return warning("outbox", found, remedy, workspace=slug, runbook=f"{_LOST_REPLY}#status-of-an-outbox-row")


async def processes(examined: Examined) -> list[Finding]:
    """Who counted something lately; a process that hangs says nothing."""
    if examined.db is None or not examined.work:
        return []
    examined.require("figures")
    kinds = [row["kind"] for row in examined.figures]
    if "web" not in kinds:
        remedy = "start one (`dynaris web`, or `dynaris up`); one that hangs is to be restarted"
        return [warning("processes", "no web process was heard of in the last half minute", remedy)]
    named = ", ".join(f"{kinds.count(kind)} {kind}" for kind in sorted(set(kinds)))
    return [ok("processes", f"heard of in the last half minute: {named}")]
