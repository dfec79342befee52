"""Whether who would answer a number's calls can do so."""

from textwrap import shorten
from typing import Any
from uuid import UUID

from dynaris.agents.agent_settings import AGENTS, AgentSettings, settings_of
from dynaris.calls.speech.spoken import spoken
from dynaris.calls.words import LANGUAGES
from dynaris.channels.contract import Account, Examination
from dynaris.connections.phone_mapping.lookup import mapped, mappings
from dynaris.core import clock
from dynaris.core.db import Connection

LONGEST_PROMPT = 12_000  # characters: a model reads about 3,000 tokens more before each first word
_LONGEST_GREETING = 300  # about twenty seconds of speech
_SAYS_NOTHING = "a greeting of letters and figures that can be read aloud"

_AGENTS = "SELECT agents FROM workspace WHERE id = %s"


async def examine_answering(connection: Connection, workspace_id: UUID, account: Account[Any]) -> list[Examination]:
    """Of an account whose contacts speak. Nobody is asked: the settings say it."""
    row = await (await connection.execute(_AGENTS, (workspace_id,))).fetchone()
    own = await (
        await connection.execute(
            "SELECT agent FROM account WHERE workspace_id = %s AND id = %s", (workspace_id, account.id)
        )
    ).fetchone()
    known = (row or {}).get("agents") or {}
    now = mapped(await mappings(connection, workspace_id, account.id), clock.now())
    if now and now.team_id:
        found = f"the team {now.team} answers now: an agent takes messages where none of them can be rung"
        return [Examination("agent", "warning", found, "assign an agent to the number, or look at its hours")]
    name = (now.agent if now else None) or (own or {}).get("agent")
    if name is None:
        found = "no agent is assigned: the supervisor chooses, for calls mostly `voice`"
        return [Examination("assignment", "ok", found), *_able("voice", settings_of(known, "voice"), account.channel)]
    if name not in known and name not in AGENTS:
        remedy = "assign one that there is"
        return [Examination("agent", "failed", f"{name} is assigned, and there is no such agent", remedy)]
    return _able(name, settings_of(known, name), account.channel)


def _able(name: str, settings: AgentSettings, channel: str) -> list[Examination]:
    found = [_answers(name, settings, channel), *_prompt(name, settings), *_greeting(name, settings)]
    if strange := [each for each in settings.languages or () if each not in LANGUAGES]:
        text = f"{name} speaks {', '.join(LANGUAGES)} on calls, and not {', '.join(strange)}"
        found.append(Examination("language", "warning", text, "its other languages are answered in English"))
    if not (settings.voice and settings.voice.transfer_to):
        text = f"{name} has no `transfer_to`: who asks for a person gets a call-back task"
        found.append(Examination("transfer", "warning", text, "set a telephone number that takes calls"))
    return found


def _answers(name: str, settings: AgentSettings, channel: str) -> Examination:
    if settings.status == "inactive":
        found = f"{name} is inactive: another agent answers, or nobody"
        return Examination("agent", "failed", found, f"make {name} active, or assign another agent")
    if settings.agent_type == "outbound":
        return Examination("agent", "failed", f"{name} only calls, it answers nobody", "assign one that is inbound")
    if settings.channels is not None and channel not in settings.channels:
        found = f"{name} answers on {', '.join(settings.channels)}, and not on calls"
        return Examination("agent", "failed", found, f"add {channel} to its channels, or assign another agent")
    return Examination("agent", "ok", f"{name} answers")


def _prompt(name: str, settings: AgentSettings) -> list[Examination]:
    parts = [part.text for part in settings.components or () if part.enabled]
    size = sum(map(len, parts))
    if settings.based_on and not any(part.strip() for part in parts):
        found = f"{name} has no words of its own in its prompt: it answers as {settings.based_on} does"
        return [Examination("prompt", "warning", found, "say what it is there for, and how it speaks")]
    if size > LONGEST_PROMPT:
        found = f"the prompt of {name} has {size:,} characters: callers wait while a model reads them, at each answer"
        return [Examination("prompt", "warning", found, f"shorten it to {LONGEST_PROMPT:,}; facts belong to knowledge")]
    return []


def _greeting(name: str, settings: AgentSettings) -> list[Examination]:
    found: list[Examination] = []
    for language, text in (settings.greeting or {}).items():
        aloud = spoken(text, language if language in LANGUAGES else "en")
        if not aloud:
            said = f"nothing of the greeting of {name} in {language} can be spoken: {shorten(text, 60)}"
            found.append(Examination("greeting", "failed", said, f"write {_SAYS_NOTHING}"))
        elif len(aloud) > _LONGEST_GREETING:
            said = f"the greeting of {name} in {language} takes about {len(aloud) // 15} seconds"
            found.append(Examination("greeting", "warning", said, "say who answers, and ask what they need"))
        elif "://" in text or "www." in text:
            said = f"the greeting of {name} in {language} holds a link, which is read aloud"
            found.append(Examination("greeting", "warning", said, "leave it out: nobody can tap it"))
    return found
