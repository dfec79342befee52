"""The command that says what is wrong and what to do: `dynaris doctor`."""

import asyncio
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dynaris.app.commands.opening import Home, as_it_runs, settings
from dynaris.core.errors import NotFound, Unavailable

if TYPE_CHECKING:
    from dynaris.app.doctor.finding import Finding, Report
    from dynaris.core.settings import Settings

app = typer.Typer()

_TOTAL_SECONDS = 15.0
_MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "failed": ("✗", "red")}


@app.command()
def doctor(
    *,
    home: Home = None,
    workspace: Annotated[str | None, typer.Option(help="Look at this workspace alone, by its short name.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Look at everything the product needs, and say what to do where something is wrong. Changes nothing."""
    from dynaris.core import log
    from dynaris.core.private import keep_private

    keep_private()
    chosen = _with_database(settings(home=home))
    log.configure("ERROR", "console")
    try:
        report = asyncio.run(_examined(chosen, workspace))
    except TimeoutError:
        raise Unavailable(
            f"no report within {_TOTAL_SECONDS:g} s: look whether this machine has any time left"
        ) from None
    typer.echo(report.model_dump_json(indent=2) if as_json else _readable(report))
    # Threads that wait for a provider which says nothing are not waited for.
    if report.status == "failed":
        _leave(1)
    _leave(0)


def _leave(code: int) -> None:
    import sys

    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _with_database(chosen: "Settings") -> "Settings":
    """With the settings that the `dynaris up` of this home gave its processes. Without DATABASE_URL, with the home's
    own database and key, as they are: nothing is started or made.
    """
    from pydantic import SecretStr

    from dynaris.core.postgres_home import PostgresHome

    chosen = as_it_runs(chosen)
    if chosen.database_url is not None:
        return chosen
    found: dict[str, object] = {}
    if (chosen.home / "postgres").exists():
        found["database_url"] = PostgresHome(chosen.home).url
    key = _key_of(chosen.home)
    if chosen.secret_key is None and key:
        found["secret_key"] = SecretStr(key)
    return chosen.model_copy(update=found)


def _key_of(home: Path) -> str | None:
    try:
        return (home / "secret.key").read_text().strip() or None
    except OSError:
        return None


async def _examined(chosen: "Settings", workspace: str | None) -> "Report":
    from dynaris.agents import herald
    from dynaris.app.doctor.examine import OF_INSTALLATION, OF_WORKSPACE, examine, looked_at
    from dynaris.app.wiring import configure_channels

    configure_channels(chosen)
    await asyncio.to_thread(herald.load_library)  # takes its time, and is no provider's fault
    began = time.monotonic()
    async with asyncio.timeout(_TOTAL_SECONDS), looked_at(chosen, workspace=workspace) as examined:
        is_known = examined.db is None or examined.workspaces or "workspaces" in examined.unasked
        if workspace is not None and not is_known:
            raise NotFound(f"no workspace {workspace!r}")
        checks = OF_WORKSPACE if workspace and examined.db else {**OF_INSTALLATION, **OF_WORKSPACE}
        report = await examine(examined, checks)
    return report.model_copy(update={"seconds": round(time.monotonic() - began, 2)})


def _readable(report: "Report") -> str:
    import io

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(width=1)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in report.findings:
        mark, colour = _MARKS[finding.status]
        table.add_row(Text(mark, style=colour), finding.check, Text(_sentence(finding)))
        if finding.remedy:
            more = f" ({finding.runbook})" if finding.runbook else ""
            table.add_row("", "", Text(f"→ {finding.remedy}{more}", style=colour))
    counts = {status: sum(each.status == status for each in report.findings) for status in _MARKS}
    summary = f"{counts['failed']} failed, {counts['warning']} warnings, {counts['ok']} ok, in {report.seconds:.1f} s"
    console = Console(file=io.StringIO(), width=None if _is_terminal() else 160, force_terminal=_is_terminal())
    console.print(table)
    console.print(summary)
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in lines)


def _is_terminal() -> bool:
    import sys

    return sys.stdout.isatty()


def _sentence(finding: "Finding") -> str:
    about = ", ".join(part for part in (finding.workspace, finding.subject) if part)
    return f"{about}: {finding.found}" if about else finding.found
