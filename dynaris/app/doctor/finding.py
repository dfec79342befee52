"""What a check found, and what it looks at."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from dynaris.core.crypto import Vault
from dynaris.core.db import Database
from dynaris.core.settings import Settings

Status = Literal["ok", "warning", "failed"]
RUNBOOKS = "docs/runbooks"


class Finding(BaseModel):
    """`remedy` says what to do, wherever `status` is not ok; `runbook` is a page with more."""

    check: str
    status: Status
    found: str
    remedy: str | None = None
    runbook: str | None = None
    workspace: str | None = None  # its short name, where it is about one
    subject: str | None = None  # an account's address, a model's name ...


class Report(BaseModel):
    status: Status
    version: str
    at: datetime
    seconds: float
    findings: list[Finding]


@dataclass(frozen=True, slots=True)
class Examined:
    """What there is to look at. Nothing of it is sure: without a database the rest is still looked at."""

    settings: Settings
    db: Database | None
    vault: Vault | None
    no_database: tuple[str, str] | None = None  # why, and what to do
    workspaces: tuple[tuple[UUID, str], ...] = ()  # id and short name
    more_workspaces: int = 0  # that are not looked at one by one
    figures: list[dict[str, Any]] = field(default_factory=list)  # what each process counted lately
    work: dict[tuple[str, str, str], float] = field(default_factory=dict)  # `watch_figures()`
    stands_by: str | None = None  # why nothing works here by itself: a restored copy
    unasked: Mapping[str, Exception] = field(default_factory=dict)  # which of these could not be had, and why
    local: bool = True  # asked by the operator; else by a workspace's admin, who is told nothing about others

    def require(self, what: str) -> None:
        """Raises why it could not be had: without it nothing may be called well."""
        if what in self.unasked:
            raise self.unasked[what]


Check = Callable[[Examined], Awaitable[list[Finding]]]


def ok(check: str, found: str, **more: Any) -> Finding:
    return Finding(check=check, status="ok", found=found, **more)


def warning(check: str, found: str, remedy: str, **more: Any) -> Finding:
    return Finding(check=check, status="warning", found=found, remedy=remedy, **more)


def failed(check: str, found: str, remedy: str, **more: Any) -> Finding:
    return Finding(check=check, status="failed", found=found, remedy=remedy, **more)


def ago(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7_200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3_600:.0f} h"
