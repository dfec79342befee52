"""A context within a number of tokens: what says most for least comes first, and what does not fit stays out.

Business, contact, appointments, tasks and plans cost little and are always there. Then, as long as there is room: the
passages, best first; the story of this conversation; facts, newest first; fields; the services that can be booked; the
messages of this conversation, newest first; the stories of other conversations; their messages, newest first.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from dynaris.agents.context import Context, Said
from dynaris.knowledge.queries import Passage

MOST_TOKENS = 12_000  # that a context takes, unless the agent's settings say otherwise

_AROUND = 20  # tokens of a tag with its attributes

Item = TypeVar("Item")


def tokens(text: str) -> int:
    """At least as many as the usual models count: a token is 3 bytes or more, in English about 4."""
    return len(text.encode("utf-8", "replace")) // 3 + 1


def fitted(context: Context, most: int = MOST_TOKENS) -> Context:
    """The context itself, where all of it fits."""
    if sum(len(text) for text in _texts(context)) * 4 < most * 3:  # a character is 4 bytes at most, a token 3 or more
        return context
    room = _Room(most - sum(tokens(text) + _AROUND for text in _always(context)))
    passages = room.take(context.passages, _of_passage)
    story = room.take((context.story,) if context.story else (), tokens)
    facts = room.take(context.facts, lambda fact: tokens(fact["text"]))
    fields = room.take(tuple(context.fields.items()), lambda field: tokens("".join(field)))
    services = room.take(context.services, _of_attributes)
    messages = room.take(context.messages[::-1], _of_said)[::-1]
    stories = room.take(context.stories, _of_said)
    elsewhere = room.take(context.elsewhere[::-1], _of_said)[::-1]
    return replace(
        context,
        passages=tuple(passages),
        story=story[0] if story else None,
        facts=tuple(facts),
        fields=dict(fields),
        services=tuple(services),
        messages=tuple(messages),
        stories=tuple(stories),
        elsewhere=tuple(elsewhere),
    )


@dataclass(slots=True)
class _Room:
    left: int

    def take(self, items: Sequence[Item], cost: Callable[[Item], int]) -> list[Item]:
        """The first of them that fit: one that is left out ends it, so that nothing is told with a hole."""
        taken: list[Item] = []
        for item in items:
            needed = cost(item) + _AROUND
            if needed > self.left:
                break
            self.left -= needed
            taken.append(item)
        return taken


def _of_said(said: Said) -> int:
    return tokens(said.text)


def _of_attributes(element: Mapping[str, str]) -> int:
    return tokens("".join(element.values()))


def _of_passage(passage: Passage) -> int:
    return tokens(passage.text) + tokens(passage.heading)


def _always(context: Context) -> Iterable[str]:
    yield str(context.profile.get("description") or "")
    yield str(context.hours)
    yield context.subject or ""
    yield from context.contact.values()
    yield from ("".join(booking.values()) for booking in context.bookings)
    yield from (str(task["title"]) for task in context.tasks)
    yield from (str(plan["reason"]) for plan in context.follow_ups)


def _texts(context: Context) -> Iterable[str]:
    yield from _always(context)
    yield from (fact["text"] for fact in context.facts)
    yield from (f"{name}{value}" for name, value in context.fields.items())
    yield from ("".join(service.values()) for service in context.services)
    yield from (passage.text for passage in context.passages)
    yield context.story or ""
    for said in (context.messages, context.stories, context.elsewhere):
        yield from (one.text for one in said)
