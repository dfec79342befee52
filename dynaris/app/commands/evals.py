"""`dynaris evals`: scripted customers against the agents, in a rehearsal from which nothing leaves."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from dynaris.app.commands.opening import Home, settings, workspace_named
from dynaris.core.errors import InvalidInput

app = typer.Typer()


@app.command()
def evals(
    cases: Annotated[
        list[Path] | None, typer.Option(help="TOML files or folders instead of the product's cases.")
    ] = None,
    *,
    chosen_set: Annotated[str, typer.Option("--set", help="`dev`, `held-out` or `all`.")] = "all",
    case: Annotated[list[str] | None, typer.Option(help="Only the case with this id.")] = None,
    model: Annotated[str | None, typer.Option(help="For every agent, instead of the workspace's models.")] = None,
    workspace: Annotated[str | None, typer.Option(help="One of this home's instead of a fresh demo workspace.")] = None,
    agent_version: Annotated[
        list[str] | None, typer.Option(help="Agents as in that version of their settings: `3`, or `chat=3` for one.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for evals.md and evals.json.")] = None,
    report_file: Annotated[
        Path | None, typer.Option("--report", help="The file for the Markdown, instead of evals.md in that folder.")
    ] = None,
    compare: Annotated[Path | None, typer.Option(help="An earlier evals.json: says which cases changed.")] = None,
    label: Annotated[str | None, typer.Option(help="What the report calls this agent.")] = None,
    at_once: Annotated[int, typer.Option(min=1, max=16, help="Customers at once.")] = 3,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Show every conversation.")] = False,
    home: Home = None,
) -> None:
    """Play scripted customers against the agents, and judge what they do. Exit code 1: a target was missed."""
    import orjson

    from dynaris.evals import noise
    from dynaris.evals.comparing import compare as compared
    from dynaris.evals.noise import Heard
    from dynaris.evals.report import figures, markdown, transcript
    from dynaris.evals.results import Report

    chosen = _chosen(cases or [], chosen_set, case or [])
    earlier = Report.model_validate_json(compare.read_bytes()) if compare else None

    async def whole() -> tuple[Report, list[Heard]]:
        async with _stage_home(home, workspace) as (services, workspace_id):
            report = await _played(
                services, workspace_id, chosen, model=model, versions=agent_version or [], label=label, at_once=at_once
            )
            return report, await _noise(services, workspace_id, model) if (out or report_file) and not cases else []

    report, heard = asyncio.run(whole())
    for result in report.results:
        if verbose or (case and result.failed):
            typer.echo(transcript(result) + "\n")
    stated = {**figures(report), **(noise.figures(heard) if heard else {})}
    if report_file or out:
        page = report_file or Path(str(out)) / "evals.md"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(markdown(report, noise="" if cases else noise.table(heard)), encoding="utf-8")
    if out:
        out.mkdir(parents=True, exist_ok=True)
        (out / "evals.json").write_bytes(orjson.dumps(report.model_dump(mode="json"), option=orjson.OPT_INDENT_2))
    if earlier:
        typer.echo(compared(earlier, report) + "\n")
    typer.echo(orjson.dumps(stated).decode())
    if not all(figure["holds"] for figure in stated.values()):
        raise typer.Exit(1)


def _chosen(files: list[Path], named_set: str, ids: list[str]) -> list[tuple[str, Any]]:
    """Cases, each with the set that it is of."""
    from dynaris.evals.cases import SETS, read_cases, read_set, unique

    if files:
        chosen = [("own", each) for each in read_cases(files)]
    else:
        names = SETS if named_set == "all" else (named_set,)
        chosen = [(name, each) for name in names for each in read_set(name)]
        unique([each for _, each in chosen])  # results are told by their cases' ids
    if unknown := set(ids) - {each.id for _, each in chosen}:
        raise InvalidInput(f"no case of this set has the id {', '.join(sorted(unknown))}")
    return [(name, each) for name, each in chosen if not ids or each.id in ids]


@asynccontextmanager
async def _stage_home(home: Path | None, workspace: str | None) -> AsyncIterator[tuple[Any, Any]]:
    """A database of its own with the demo, which goes again; or a workspace of this home."""
    from dynaris.app.commands.opening import opened

    if workspace is not None:
        async with opened(settings(home=home)) as services:
            yield services, await workspace_named(services, workspace)
        return
    from dynaris.app.demo import ensure_demo
    from dynaris.app.up import child_environment, prepare_home, settings_of
    from dynaris.app.wiring import services_of
    from dynaris.core import log
    from dynaris.core.postgres import attached
    from dynaris.core.settings import Settings
    from dynaris.migrations.run import ensure_current

    log.configure("ERROR", "console")
    with tempfile.TemporaryDirectory(prefix="dynaris-evals-") as folder:
        own = settings(home=Path(folder) / "home").model_copy(update={"database_url": None})
        prepare_home(own.home)
        async with attached(own.home) as url:
            await ensure_current(url)
            chosen: Settings = settings_of(own, child_environment(own, url))
            await ensure_demo(chosen)
            async with services_of(chosen, "dynaris-evals") as services:
                yield services, await workspace_named(services, None)


async def _played(
    services: Any,
    workspace_id: Any,
    chosen: list[tuple[str, Any]],
    *,
    model: str | None,
    versions: list[str],
    label: str | None,
    at_once: int,
) -> Any:
    from datetime import UTC, datetime

    from dynaris.agents import herald
    from dynaris.evals.results import Report
    from dynaris.evals.run import Rehearsal, new_copies
    from dynaris.evals.world import Options, Stage

    stages: list[Stage] = []
    options = Options(model=model, agent_versions=tuple(map(_version, versions)), stages=at_once)
    await asyncio.to_thread(herald.warm_up)
    began = time.perf_counter()
    rehearsal = Rehearsal(services, workspace_id, chosen, new_copies(at_once), options=options, opened=stages.append)
    found = {each.case.id: each async for each in rehearsal.results()}
    return Report(
        label=label or (f"settings {', '.join(versions)}" if versions else "settings as they are"),
        model=stages[0].model if stages else model or "",
        moment=stages[0].known.moment if stages else datetime.now(UTC),
        made_at=datetime.now(UTC),
        seconds=round(time.perf_counter() - began, 2),
        results=[found[each.id] for _, each in chosen if each.id in found],
    )


async def _noise(services: Any, workspace_id: Any, model: str | None) -> list[Any]:
    """Only for the built-in model: what the samples' mails are worth of a paid one's tokens is nothing."""
    from dynaris.core.ids import new_id
    from dynaris.evals.noise import SAMPLES, hear
    from dynaris.evals.world import stage

    if model or not SAMPLES.is_dir():
        return []
    async with stage(services, workspace_id, new_id()) as own:
        return await hear(own)


def _version(text: str) -> tuple[str, int]:
    name, _, number = text.rpartition("=")
    if not number.isdigit():
        raise InvalidInput(f"--agent-version is a number, or an agent's name and a number such as chat=3, not {text!r}")
    return name or "*", int(number)
