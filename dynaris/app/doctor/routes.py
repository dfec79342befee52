"""GET /api/doctor: how a workspace and the installation below it are, for the workspace's own admins."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Request

from dynaris.app.doctor.examine import OF_INSTALLATION, OF_WORKSPACE, examine, known_to, worst
from dynaris.app.doctor.finding import Examined, Finding, Report, Status
from dynaris.core.http import PROBLEMS
from dynaris.pipeline.services import Services
from dynaris.workspaces.access import AdminAccess

router = APIRouter(tags=["doctor"])

_BELIEVED_SECONDS = 30.0  # providers are not asked to let us in again and again
_SHOWN = ("database", "migrations", "standby", "jobs", "disk", "files", "public")
_IN_WORDS = {
    "ok": "well",
    "warning": "the operator has been given something to look at",
    "failed": "the operator has to act",
}


@dataclass
class _Reports:
    """The last report of each workspace."""

    made: dict[UUID, tuple[float, Report]] = field(default_factory=dict)
    making: dict[UUID, asyncio.Lock] = field(default_factory=dict)


def _reports(request: Request) -> _Reports:
    return _reports_of(request.app)


def _reports_of(app: FastAPI) -> _Reports:
    state = app.state
    if not hasattr(state, "doctor_reports"):
        state.doctor_reports = _Reports()
    return state.doctor_reports


@router.get("/api/doctor", responses=PROBLEMS)
async def doctor(request: Request, access: AdminAccess, reports: Annotated[_Reports, Depends(_reports)]) -> Report:
    """Each check with what it found and what to do. Of the installation, which other workspaces share, only whether
    it is well. At most twice a minute anew.
    """
    return await _report(request.app.state.services, reports, access.workspace_id)


async def examine_workspace(app: FastAPI, workspace_id: UUID) -> list[Finding]:
    """The same findings, for what is built on them."""
    return (await _report(app.state.services, _reports_of(app), workspace_id)).findings


async def _report(services: Services, reports: _Reports, workspace_id: UUID) -> Report:
    lock = reports.making.setdefault(workspace_id, asyncio.Lock())
    async with lock:
        known = reports.made.get(workspace_id)
        if known and known[0] > time.monotonic():
            return known[1]
        report = await _examined(services, workspace_id)
        if len(reports.made) > 1_000:
            reports.made.clear()
        reports.made[workspace_id] = time.monotonic() + _BELIEVED_SECONDS, report
        return report


async def _examined(services: Services, workspace_id: UUID) -> Report:
    own = await known_to(
        Examined(
            settings=services.settings,
            db=services.db,
            vault=services.accounts.vault,
            workspaces=((workspace_id, ""),),
            local=False,
        )
    )
    below, mine = await asyncio.gather(
        examine(own, {name: OF_INSTALLATION[name] for name in _SHOWN}), examine(own, OF_WORKSPACE)
    )
    findings = [*_in_words(below.findings), *mine.findings]
    seconds = max(below.seconds, mine.seconds)
    return mine.model_copy(update={"findings": findings, "status": worst(findings), "seconds": seconds})


def _in_words(findings: list[Finding]) -> list[Finding]:
    """One line for each check, without addresses, paths and other tenants' numbers."""
    by_check: dict[str, list[Finding]] = {}
    for finding in findings:
        by_check.setdefault(finding.check, []).append(finding)
    return [_in_short(name, worst(each)) for name, each in by_check.items()]


def _in_short(check: str, status: Status) -> Finding:
    remedy = None if status == "ok" else "tell whoever runs this installation; `dynaris doctor` says more"
    return Finding(check=check, status=status, found=_IN_WORDS[status], remedy=remedy)
