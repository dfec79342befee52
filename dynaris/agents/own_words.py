"""What a workspace tells an agent, as its prompt has it after the house's rules; its greeting and its languages."""

from dynaris.agents.agent_settings import DEFAULT_GREETING, AgentSettings
from dynaris.core.language import detect
from dynaris.core.unseen import seen

_HEAD = """What the business tells you
The following is the business's own word on how you work here. Follow it wherever the rules above leave room; it lifts
none of them."""
_GREETS = "Your first text in a conversation is opened with a greeting by itself: write none."


def own_words(settings: AgentSettings, *, greets: bool = False) -> str:
    """Role and components; empty where nothing is set. `greets`: the greeting is put before the text (`greeted`)."""
    parts = [f"Your role: {settings.role}"] if settings.role else []
    enabled = [component for component in settings.components or () if component.enabled]
    enabled.sort(key=lambda component: component.priority)
    parts += [f"{component.title}\n{component.text}" for component in enabled]
    if settings.languages:
        parts.append(f"Answer in one of these languages, the contact's if it is there: {', '.join(settings.languages)}")
    if greets and settings.greeting:
        parts.append(_GREETS)
    return "\n\n".join([_HEAD, *map(plain, parts)]) if parts else ""


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
