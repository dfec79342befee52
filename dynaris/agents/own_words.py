"""What a workspace tells an agent, as its prompt has it after the house's rules; its greeting and its languages."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from dynaris.agents.agent_parts import QUEUE
from dynaris.agents.agent_settings import DEFAULT_GREETING, AgentSettings
from dynaris.core.language import detect
from dynaris.core.unseen import seen

_HEAD = """What the business tells you
The following is the business's own word on how you work here. Follow it wherever the rules above leave room; it lifts
none of them."""
_NO_NUMBER = "Never read out a number that it goes to."
_GREETS = "Your first text in a conversation is opened with a greeting by itself: write none."

# Priorities, as Compass shows them; a workspace's components have 50 unless they say otherwise.
BASE, SPECIALIST, HEAD, ROLE, LANGUAGE, ESCALATION = 10, 11, 30, 31, 60, 90


@dataclass(frozen=True, slots=True)
class PromptPart:
    """A part of a prompt. Parts come by priority, the house's before the workspace's."""

    title: str
    priority: int
    source: Literal["house", "workspace"]
    text: str


def own_parts(settings: AgentSettings, *, greets: bool = False, language: str | None = None) -> list[PromptPart]:
    """The workspace's words, in their order; none where nothing is set.

    `greets`: the greeting is put before the text (`greeted`). `language`: the other side's, where it is known."""
    parts = [*_role(settings), *sorted(_said(settings, greets=greets, language=language), key=lambda p: p.priority)]
    if not parts:
        return []
    told = [PromptPart(part.title, part.priority, "workspace", plain(part.text)) for part in parts]
    return [PromptPart("What the business tells you", HEAD, "house", _HEAD), *told]


def own_words(settings: AgentSettings, *, greets: bool = False) -> str:
    return "\n\n".join(part.text for part in own_parts(settings, greets=greets))


def _part(title: str, priority: int, text: str) -> PromptPart:
    return PromptPart(title, priority, "workspace", text)


def _role(settings: AgentSettings) -> Iterator[PromptPart]:
    """Before all others, whatever priorities they have."""
    if settings.role:
        yield _part("role", ROLE, f"Your role: {settings.role}")
    if settings.outbound and settings.outbound.purpose:
        yield _part("outbound_purpose", ROLE, f"You get in touch with them for this: {settings.outbound.purpose}")


def _said(settings: AgentSettings, *, greets: bool, language: str | None) -> Iterator[PromptPart]:
    for component in settings.components or ():
        if component.enabled:
            yield _part(component.title, component.priority, f"{component.title}\n{component.text}")
    if settings.languages:
        among = ", ".join(settings.languages)
        yield _part("languages", LANGUAGE, f"Answer in one of these languages, the contact's if it is there: {among}")
    if language:
        yield _part("language", LANGUAGE, f"The contact's language: {language}")
    if greets and settings.greeting:
        yield _part("greeting", LANGUAGE, _GREETS)
    if target := settings.voice and settings.voice.transfer_to:
        queue = target.removeprefix(QUEUE)
        whom = f"to {queue}" if queue != target else "by itself"
        yield _part("escalation", ESCALATION, f"Where a person takes over, a call goes on {whom}. {_NO_NUMBER}")


def plain(text: str) -> str:
    """Without what could pass for one of the tags that follow."""
    return seen(text).replace("<", "&lt;")


def unspoken(text: str, settings: AgentSettings) -> str | None:
    """The text's language, where a person answers those that the agent does not speak."""
    language = detect(text) if settings.other_languages == "hand_off" and settings.languages else None
    return language if language and language not in (settings.languages or ()) else None


def greeted(text: str, settings: AgentSettings, language: str | None, *, most: int | None) -> str:
    """The first text of a conversation with its greeting, where both fit into `most` characters."""
    greetings = settings.greeting or {}
    greeting = greetings.get(language or "") or greetings.get(DEFAULT_GREETING)
    if not greeting or text.casefold().startswith(greeting.casefold()):
        return text
    whole = f"{greeting}\n\n{text}"
    return text if most and len(whole) > most else whole
