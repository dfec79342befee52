"""How a context is put before a model: between tags, escaped, and in the order in which it changes: what is the
workspace's, then the contact's, then this message's. A provider keeps equal beginnings."""

from datetime import datetime
from typing import TYPE_CHECKING

from dynaris.agents.context import Context
from dynaris.core.unseen import seen
from dynaris.knowledge.ranking import FLOOR
from dynaris.workspaces.opening_hours import coming, in_words, is_open, spans_in_words, zone

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelMessage

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


def escaped(text: str) -> str:
    return seen(text).translate(_ESCAPES)


def tag(name: str, text: str = "", /, **attributes: str | None) -> str:
    """One element, whatever is in its text."""
    shown = "".join(f' {key}="{escaped(value)}"' for key, value in attributes.items() if value)
    return f"<{name}{shown}>{escaped(text)}</{name}>" if text else f"<{name}{shown}/>"


def _yes(value: bool) -> str:
    return "true" if value else "false"


def render(context: Context, task: str, *, proactive: bool = False) -> str:
    """What the model is told besides its specialist's own words; `builtin_model.py` states the format."""
    local = zone(context.timezone)

    def at(moment: str | None) -> str | None:
        """As the business's clocks show it."""
        return datetime.fromisoformat(moment).astimezone(local).isoformat(timespec="minutes") if moment else None

    lines = [f"<task>{escaped(task)}</task>", _business(context)]
    lines += [tag("service", **service) for service in context.services]
    lines.append(_channel(context, proactive=_yes(proactive)))
    lines.append(tag("contact", identity=context.identity.value, **context.contact))
    lines += [tag("field", value, name=name) for name, value in context.fields.items()]
    lines += [tag("fact", fact["text"], at=at(fact["at"])) for fact in context.facts]
    lines += [tag("booking", **booking) for booking in context.bookings]
    lines += [tag("task_open", task["title"], due_at=at(task["due_at"])) for task in context.tasks]
    lines += [
        tag("follow_up", plan["reason"], kind=plan["kind"], due_at=at(plan["due_at"])) for plan in context.follow_ups
    ]
    if context.story:
        lines.append(tag("story", context.story))
    if context.elsewhere or context.stories:
        older = [
            "  " + tag("story", told.text, until=at(told.at), channel=told.channel)
            for told in reversed(context.stories)
        ]
        older += (
            "  " + tag("message", said.text, **{"from": said.author, "at": at(said.at), "channel": said.channel})
            for said in context.elsewhere
        )
        lines += ["<history>", *older, "</history>"]
    passages = (
        "  "
        + tag(
            "passage",
            p.text,
            id=str(p.id),
            title=p.title,
            heading=p.heading,
            score=f"{p.score:.2f}",
            part=str(p.part),
            page=p.page,
            link=p.link,
        )
        for p in context.passages
    )
    lines += [_knowledge(context), "<passages>", *passages, "</passages>"]
    now = context.now.astimezone(local)
    lines += [tag("today", weekday=f"{now:%A}"), f"<now>{now.isoformat(timespec='seconds')}</now>"]
    return "\n".join(lines)


def render_business(context: Context) -> str:
    """What holds for every conversation on the channel, whenever it is read."""
    return f"{_business(context, at_this_moment=False)}\n{_channel(context)}"


def _channel(context: Context, **more: str | None) -> str:
    return tag(
        "channel",
        name=context.channel,
        subject=context.subject,
        salutation=_yes(context.traits.subject),
        live="true" if context.traits.live else None,
        spoken="true" if context.traits.spoken else None,
        transfers="true" if context.traits.transfers else None,
        typed_address="true" if context.traits.typed_address else None,
        most_characters=str(context.traits.max_length) if context.traits.max_length else None,
        **more,
    )


def _knowledge(context: Context) -> str:
    """From which score on a passage answers, and whether one does."""
    floor = float(context.profile.get("answer_floor") or FLOOR)
    answered = any(round(passage.score, 2) >= floor for passage in context.passages)
    return tag("knowledge", floor=f"{floor:g}", answers=None if answered else "none")


_MOST_EXCEPTIONS = 30
_SAID_OF_BUSINESS = ("legal_name", "phone", "email", "website", "postal_address")


def _business(context: Context, *, at_this_moment: bool = True) -> str:
    local = context.now.astimezone(zone(context.timezone))
    today = local.date().isoformat()
    known = context.hours or any(one["date"] == today for one in context.hours_exceptions)
    open_now = is_open(context.hours, local, context.hours_exceptions)
    facts = {key: context.profile.get(key) for key in _SAID_OF_BUSINESS}
    lines = [
        tag(
            "business",
            in_words(context.hours) or "opening hours unknown",
            name=context.business,
            agent_name=context.profile.get("agent_name"),
            timezone=context.timezone,
            open_now=_yes(open_now) if known and at_this_moment else None,
            tone=(context.profile.get("tones") or {}).get(context.channel) or context.profile.get("tone"),
            languages=" ".join(context.languages) if len(context.languages) > 1 else None,
            **facts,
        )
    ]
    lines += [
        tag("hours_exception", spans_in_words(one["hours"]), date=one["date"], note=one.get("note"))
        for one in coming(context.hours_exceptions, local.date())[:_MOST_EXCEPTIONS]
    ]
    if description := context.profile.get("description"):
        lines.append(tag("about_business", description))
    return "\n".join(lines)


def history(context: Context) -> list["ModelMessage"]:
    """This conversation as the model's own message history."""
    from pydantic_ai.messages import ModelRequest, ModelResponse, TextPart, UserPromptPart

    from dynaris.agents.guardrails.fence import as_data

    return [
        ModelRequest(parts=[UserPromptPart(content=as_data(said.text))])
        if said.author == "contact"
        else ModelResponse(parts=[TextPart(content=said.text)])
        for said in context.messages
        if said.text
    ]
