"""Checks of accounts: can their secrets be opened, does the provider take them, is somebody listening."""

import asyncio
import time
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from dynaris.app.doctor.finding import RUNBOOKS, Examined, Finding, ago, failed, ok, warning
from dynaris.channels.contract import Account, Examinable, Examination, Listener
from dynaris.channels.registry import channels
from dynaris.connections.queries import opened
from dynaris.core.crypto import UnreadableSecret
from dynaris.core.db import Database
from dynaris.core.masking import described
from dynaris.people.mail import SYSTEM

MOST_ACCOUNTS = 50  # that are tried at their providers; the others' own errors are still shown
_AT_ONCE = 16
_EXAMINE_SECONDS = 4.5
_MAIL = f"{RUNBOOKS}/mail-not-answered.md"
_CONNECTORS = f"{RUNBOOKS}/connectors.md"

_LISTED = """SELECT id, workspace_id, channel, address, settings, enabled, agent, error, send_error, proofs FROM account
    WHERE workspace_id = %s AND enabled ORDER BY id LIMIT 500"""
_SYSTEM_MAIL = """SELECT id, workspace_id, channel, address, settings, agent, error, send_error, proofs FROM account
    WHERE workspace_id = %s LIMIT 1"""  # never enabled: it only sends
_LEASES = "SELECT account_id FROM listener WHERE workspace_id = %s AND lease_until > clock_timestamp()"


async def accounts(examined: Examined) -> list[Finding]:
    if examined.db is None or examined.vault is None:
        return []
    examined.require("workspaces")
    known: list[tuple[str, Account[Any]]] = []
    findings: list[Finding] = []
    for workspace_id, slug in examined.workspaces:
        for row in await _rows(examined.db, _LISTED, workspace_id):
            try:
                known.append((slug, opened(row, examined.vault)))
            except UnreadableSecret:
                remedy = "start with the secret key it was connected with, or connect the account again"
                findings.append(_about(row, slug, failed("accounts", "its secrets cannot be opened", remedy)))
            except (ValidationError, KeyError, LookupError) as error:
                found = f"its settings cannot be read ({type(error).__name__})"
                findings.append(_about(row, slug, failed("accounts", found, "connect the account again")))
    return [*findings, *await _examined(known), *_left_out(examined)]


def _left_out(examined: Examined) -> list[Finding]:
    if not examined.more_workspaces:
        return []
    found = f"{examined.more_workspaces} more workspaces were not looked at, neither their accounts nor their messages"
    return [warning("accounts", found, "name one with --workspace to have it looked at")]


async def _rows(db: Database, query: str, workspace_id: UUID) -> list[dict[str, Any]]:
    async with db.workspace(workspace_id) as connection:
        return await (await connection.execute(query, (workspace_id,))).fetchall()  # type: ignore[arg-type]


def _about(row: dict[str, Any], slug: str, finding: Finding) -> Finding:
    more = {"workspace": slug, "subject": f"{row['channel']} {row['address']}", "runbook": _CONNECTORS}
    return finding.model_copy(update=more)


async def _examined(known: list[tuple[str, Account[Any]]]) -> list[Finding]:
    gate = asyncio.Semaphore(_AT_ONCE)
    tried = known[:MOST_ACCOUNTS]
    parts = await asyncio.gather(*(_one(gate, slug, account) for slug, account in tried))
    findings = [finding for part in parts for finding in part]
    if left := len(known) - len(tried):
        remedy = "name one with --workspace to have its accounts tried"
        findings.append(warning("accounts", f"{left} more accounts were not tried at their providers", remedy))
    return findings or [ok("accounts", "no account is connected yet")]


async def _one(gate: asyncio.Semaphore, slug: str, account: Account[Any]) -> list[Finding]:
    channel = channels()[account.channel]
    about = {"workspace": slug, "subject": f"{account.channel} {account.address}"}
    if not isinstance(channel, Examinable):
        return [ok("accounts", "its secrets can be opened", **about)]
    try:
        async with gate, asyncio.timeout(_EXAMINE_SECONDS):
            found = await channel.examine(account)
    except TimeoutError:
        found = [Examination("provider", "failed", "it did not answer in time", "look whether the provider is up")]
    except Exception as error:  # the edge to a channel's own code: the other accounts are still looked at
        found = [Examination("provider", "failed", f"it cannot be looked at: {described(error)}", "report this defect")]
    page = {"runbook": _MAIL if any(each.part in ("proof", "smtp", "imap", "dns") for each in found) else _CONNECTORS}
    return [
        Finding(
            check=f"accounts.{each.part}",
            status=each.status,
            found=each.found,
            remedy=each.remedy,
            **about,
            **(page if each.status != "ok" else {}),
        )
        for each in found
    ]


async def system_mail(examined: Examined) -> list[Finding]:
    """The account that verifications, invitations and codes of the installation itself leave from."""
    if examined.db is None or examined.vault is None or not examined.work:
        return []
    rows = await _rows(examined.db, _SYSTEM_MAIL, SYSTEM)
    if not rows:
        remedy = "start a web process: it makes one from DYNARIS_SMTP_URL and DYNARIS_MAIL_FROM"
        return [warning("system_mail", "the installation has no account for its own mails yet", remedy)]
    found = await _examined([("", opened(row, examined.vault)) for row in rows])
    return [each.model_copy(update={"check": "system_mail", "workspace": None}) for each in found]


async def listeners(examined: Examined) -> list[Finding]:
    """For each account with something to listen to: who has it, and when its provider last answered."""
    if examined.db is None or not examined.work:
        return []
    figures = _listening(examined)
    findings: list[Finding] = []
    for workspace_id, slug in examined.workspaces:
        leases = {row["account_id"] for row in await _rows(examined.db, _LEASES, workspace_id)}
        for row in await _rows(examined.db, _LISTED, workspace_id):
            if _listens(row["channel"]):
                findings += [_listener(row, slug, row["id"] in leases, figures.get(str(row["id"])))]
    return findings


def _listens(name: str) -> bool:
    return isinstance(channels().get(name), Listener)


def _listening(examined: Examined) -> dict[str, tuple[str, float]]:
    """By account: where the process is that listens, which is the operator's business, and seconds since the provider
    last answered it.
    """
    found: dict[str, tuple[str, float]] = {}
    for row in examined.figures:
        for family in row["figures"]:
            if family["name"] == "dynaris_listener_success_timestamp_seconds":
                for _, labels, value in family["samples"]:
                    where = f", in {row['process']}" if examined.local else ""
                    found[labels["account"]] = where, max(0.0, time.time() - value)
    return found


def _listener(row: dict[str, Any], slug: str, is_held: bool, seen: tuple[str, float] | None) -> Finding:
    last = f"; last success {ago(seen[1])} ago{seen[0]}" if seen else ""
    if not is_held:
        remedy = "start a worker; one that runs takes the account within ten seconds"
        finding = failed("listeners", f"no worker listens{last}", remedy)
    elif row["error"]:
        remedy = "repair what the error names; the listener tries again by itself"
        finding = failed("listeners", f"{row['error']}{last}", remedy)
    elif row["send_error"]:
        finding = failed(
            "listeners", f"it cannot send: {row['send_error']}", "repair the account's SMTP server or password"
        )
    else:
        finding = ok("listeners", f"a worker listens{last}")
    about = {"workspace": slug, "subject": f"{row['channel']} {row['address']}"}
    return finding.model_copy(update={**about, **({"runbook": _MAIL} if finding.status != "ok" else {})})
