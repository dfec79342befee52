"""Checks of what answers: the models, the knowledge they answer from, and whether they may answer by themselves."""

import asyncio
from typing import Any
from uuid import UUID

from dynaris.agents.agent_settings import AGENTS, settings_of
from dynaris.agents.known_models import BUILTIN, check_model
from dynaris.agents.providers import Models, Owned, owned
from dynaris.app.doctor.finding import RUNBOOKS, Examined, Finding, failed, ok, warning
from dynaris.core.db import Connection
from dynaris.core.masking import described
from dynaris.core.outbound import Outbound

_SECONDS = 4.0
_MOST_MODELS = 10

_ASKED = """SELECT w.auto_mode, w.model, w.supervisor_model, w.agents,
    EXISTS (SELECT FROM knowledge_source k WHERE k.workspace_id = w.id AND k.enabled) AS has_knowledge,
    to_regtype('public.halfvec') IS NOT NULL AS has_vectors,
    (SELECT jsonb_build_object('name', m.name, 'error', m.error) FROM embedding_model m
     WHERE m.workspace_id = w.id AND m.status <> 'leaving'
     ORDER BY m.error IS NULL, m.created_at LIMIT 1) AS embeddings,
    (SELECT count(*) FROM event e
     WHERE e.workspace_id = w.id AND e.status = 'waiting' AND e.waiting_for = 'run') AS runs
    FROM workspace w WHERE w.id = %s"""


async def agents(examined: Examined) -> list[Finding]:
    """Knowledge, Auto mode and models of each workspace."""
    if examined.db is None or not examined.work:
        return []
    findings: list[Finding] = []
    asked: dict[tuple[str, str], tuple[str, Owned]] = {}
    for workspace_id, slug in examined.workspaces:
        async with examined.db.workspace(workspace_id) as connection:
            row = await _workspace(connection, workspace_id)
            has = await owned(connection, workspace_id)
        if row is None:
            continue
        findings += [_knowledge(row, slug), _vectors(row, slug), _auto_mode(row, slug)]
        for name in _named(row):
            own = has.entry_of(name)[0]
            asked.setdefault((slug if own else "", name), (slug, has))  # a common one is asked once
    known = list(asked.items())[:_MOST_MODELS]
    answers = await asyncio.gather(*(_model(examined, name, slug, has) for (_, name), (slug, has) in known))
    return [*findings, *answers]


def _named(row: dict[str, Any]) -> list[str]:
    """Every model that an agent is set to ask; the built-in one where an agent asks no other."""
    named: list[str] = []
    for agent in dict.fromkeys([*AGENTS, *row["agents"]]):
        default = row["supervisor_model"] if agent == "supervisor" else row["model"]
        chain = settings_of(row["agents"], agent).chain(default)
        named += chain[:-1] or chain
    return list(dict.fromkeys(named))


async def _workspace(connection: Connection, workspace_id: UUID) -> dict[str, Any] | None:
    return await (await connection.execute(_ASKED, (workspace_id,))).fetchone()


def _knowledge(row: dict[str, Any], slug: str) -> Finding:
    if row["has_knowledge"]:
        return ok("knowledge", "there is something to answer from", workspace=slug)
    remedy = "add a document or FAQ: POST /api/knowledge; until then the agents hand most inquiries to people"
    return warning("knowledge", "no source of knowledge is enabled", remedy, workspace=slug)


def _vectors(row: dict[str, Any], slug: str) -> Finding:
    model = row["embeddings"]
    if not row["has_vectors"]:
        if model is None:
            return ok("vectors", "not available on this database server: search works by full text", workspace=slug)
        remedy = "as a superuser: CREATE EXTENSION vector (pgvector 0.7 or later)"
        return warning("vectors", f"{model['name']} is named, and the server has no pgvector", remedy, workspace=slug)
    if model is None:
        return ok("vectors", "no embedding model is named: search works by full text", workspace=slug)
    if model["error"]:
        remedy = "see GET /api/knowledge/embeddings and the provider's entry; full text answers meanwhile"
        return warning("vectors", f"{model['name']}: {model['error'][:200]}", remedy, workspace=slug)
    return ok("vectors", f"passages are embedded with {model['name']}", workspace=slug)


def _auto_mode(row: dict[str, Any], slug: str) -> Finding:
    mode = row["auto_mode"]
    manual = sorted(name for name, on in mode.get("channels", {}).items() if not on)
    waits = f"; {row['runs']} events wait to be started" if row["runs"] else ""
    if mode.get("enabled") and not manual:
        return ok("auto_mode", f"Auto mode is on{waits}", workspace=slug)
    where = f"off on {', '.join(manual)}" if mode.get("enabled") else "off"
    found = f"Auto mode is {where}: inquiries wait until a teammate starts the agent{waits}"
    if not row["runs"]:
        return ok("auto_mode", found, workspace=slug)
    remedy = (
        "start what waits (POST /api/events/{event_id}/run), or switch Auto mode on, if automatic replies are expected"
    )
    page = f"{RUNBOOKS}/events-not-processing.md#auto-mode-is-off"
    return warning("auto_mode", found, remedy, workspace=slug, runbook=page)


async def _model(examined: Examined, name: str, slug: str, has: Owned) -> Finding:
    about = {"workspace": slug, "subject": name, "runbook": f"{RUNBOOKS}/connectors.md#models"}
    if has.entry_of(name)[0]:
        return await _own_model(examined, name, has, about)
    try:
        if name != BUILTIN:
            await asyncio.to_thread(check_model, name)
        elif not examined.local:
            return ok("model", "the built-in model needs nothing", workspace=slug, subject=name)
    except ValueError as error:
        remedy = "PATCH /api/settings/workspace with a model that exists, or with builtin"
        return failed("model", str(error), remedy, **about)
    try:
        from dynaris.agents.probe import probe  # the agent library: a web process seldom needs it

        await probe(name, seconds=_SECONDS)
    except TimeoutError:
        remedy = "look at the provider's status page; meanwhile the built-in model answers for it"
        return failed("model", f"no answer within {_SECONDS:g} s", remedy, **about)
    except Exception as error:  # a provider's own library may raise anything
        unavailable = type(error).__name__ == "ModelUnavailable"
        found = f"it cannot be used here: {error}" if unavailable else f"it did not answer: {described(error)}"
        remedy = "set the provider's key in the environment of web and worker, or install `dynaris[models]`"
        if not unavailable:
            remedy = (
                "look whether the key is valid and paid for, and at the provider's status; the built-in model answers"
            )
        return failed("model", found, remedy, **about)
    return ok("model", "it answers", workspace=slug, subject=name)


async def _own_model(examined: Examined, name: str, has: Owned, about: dict[str, str]) -> Finding:
    """Of one of the workspace's own providers."""
    if examined.db is None or examined.vault is None:
        return failed("model", "its key cannot be read without DYNARIS_SECRET_KEY", "set it", **about)
    from dynaris.agents.probe import tried

    models = Models(examined.db, examined.vault, Outbound.of(examined.settings))
    try:
        fault = await tried(models, has, name, seconds=_SECONDS)
    finally:
        await models.close()
    if fault:
        remedy = (
            "PATCH /api/model-providers/{provider} with what is wrong; meanwhile the next model of the chain answers"
        )
        return failed("model", fault, remedy, **about)
    return ok("model", "it answers", workspace=about["workspace"], subject=name)
