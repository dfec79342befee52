"""What changed between two versions of an agent: by field, and in lists and tables by item."""

from collections.abc import Iterator, Mapping
from typing import Any

from dynaris.agents.agent_schemas import Difference

_TABLES = ("greeting", "voice", "outbound", "mcp_server")


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Of stored settings. Prompt components go by their titles: one of another title is another one."""
    found: list[Difference] = []
    for field in sorted(before.keys() | after.keys()):
        was, now = before.get(field), after.get(field)
        if field == "components":
            found += _by_item(field, _titled(was), _titled(now))
        elif field in _TABLES:
            found += _by_item(field, was or {}, now or {})
        elif was != now:
            found.append(Difference(field=field, item=None, before=was, after=now))
    return found


def _by_item(field: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    for item in [*before, *(one for one in after if one not in before)]:
        was, now = before.get(item), after.get(item)
        if was != now:
            yield Difference(field=field, item=item, before=was, after=now)


def _titled(components: list[dict[str, Any]] | None) -> dict[str, dict[str, Any]]:
    titled: dict[str, dict[str, Any]] = {}
    for component in components or ():
        title, number = component["title"], 2
        while title in titled:
            title, number = f"{component['title']} ({number})", number + 1
        titled[title] = component
    return titled
