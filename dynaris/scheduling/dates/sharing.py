"""What groups share that was said once: a week, a day, a time."""

from collections.abc import Sequence

from dynaris.scheduling.dates.days import Span
from dynaris.scheduling.dates.said import Group
from dynaris.scheduling.dates.times import settle

_OF_A_WEEK = frozenset({"", "plural", "any"})  # may take the week that is named beside them


def share_weeks(groups: list[Group]) -> None:
    for number, group in enumerate(groups):
        if group.weekdays is None or group.span is not None or group.weekdays.which not in _OF_A_WEEK:
            continue
        before = groups[number - 1] if number else None
        if before and before.span and not before.span.is_day and group.wanted and _goes_on(before, group):
            group.span = before.span
        else:
            group.span = _week_ahead(groups, number)


def _goes_on(before: Group, group: Group) -> bool:
    """ "Next week, Tuesday": of that week. "Next week or Tuesday" is two things."""
    return before.weekdays is not None or group.joint in ("none", "comma", "stop")


def _week_ahead(groups: list[Group], number: int) -> Span | None:
    """ "Tuesday or Thursday next week"."""
    for group in groups[number + 1 :]:
        if group.joint not in ("or", "comma", "comma_or") or group.weekdays is None:
            return None
        if group.span is not None:
            return group.span
    return None


def refined(groups: list[Group]) -> list[Group]:
    """Without the week that the next group names days of, and with a time added to the day it stands behind."""
    kept: list[Group] = []
    for group in groups:
        last = kept[-1] if kept else None
        if last and _is_said_more_closely(last, group):
            group.clocks = group.clocks or last.clocks
            group.start, group.joint = last.start, last.joint
            kept.pop()
        elif last and _are_two_ends(last, group):
            group.clocks = [*last.clocks, *group.clocks]
            group.span, group.weekdays = group.span or last.span, group.weekdays or last.weekdays
            group.start, group.joint, group.time_first = last.start, last.joint, last.time_first
            kept.pop()
        elif last and _adds_a_time(last, group):
            _add_time(kept, group)
            continue
        kept.append(group)
    return kept


def says_more(other: Group, group: Group) -> bool:
    """ "An appointment tomorrow? … tomorrow after three": the same days again, with a time."""
    same = (other.span, other.weekdays) == (group.span, group.weekdays) and other.wanted and group.wanted
    return same and group.has_day and bool(other.clocks) and not group.clocks


def _is_said_more_closely(last: Group, group: Group) -> bool:
    same = last.wanted and group.wanted and not group.preferred
    weeks = last.span is not None and last.span == group.span and last.weekdays is None
    return same and weeks and group.weekdays is not None


def _are_two_ends(last: Group, group: Group) -> bool:
    """ "Not before ten, but before twelve on weekdays": one stretch. With days on both sides they are two."""
    if not (last.wanted and group.wanted) or (last.has_day and group.has_day):
        return False
    kinds = [[clock.kind for clock in each.clocks] for each in (last, group)]
    return kinds in ([["after"], ["before"]], [["before"], ["after"]]) and bool(settle([*last.clocks, *group.clocks]))


def _adds_a_time(last: Group, group: Group) -> bool:
    if group.has_day or not group.clocks or group.joint not in ("none", "comma", "stop", "but"):
        return False
    if not last.wanted or not last.has_day or group.wanted is False:
        return False
    return not last.clocks or bool(settle([*last.clocks, *group.clocks]))


def _add_time(kept: Sequence[Group], group: Group) -> None:
    shared = kept[-1].clocks
    for earlier in reversed(kept):
        if not earlier.wanted or not earlier.has_day or (earlier.clocks and earlier.clocks != shared):
            break
        earlier.clocks = [*earlier.clocks, *group.clocks]
        earlier.end = max(earlier.end, group.end) if earlier is kept[-1] else earlier.end


def share_days_and_times(groups: list[Group]) -> None:
    for number, group in enumerate(groups):
        before = groups[number - 1] if number else None
        if not group.has_day and before and before.wanted == group.wanted and before.has_day:
            group.span, group.weekdays = before.span, before.weekdays
        follows = before and before.time_first and group.joint in ("or", "comma", "none")
        if before and follows and _lacks_the_time_of(group, before):
            group.clocks, group.time_first = list(before.clocks), True
    for number in range(len(groups) - 2, -1, -1):
        group, following = groups[number], groups[number + 1]
        if _lacks_the_time_of(group, following) and not following.time_first and following.joint in ("or", "comma"):
            group.clocks = list(following.clocks)
    _days_ahead(groups)


def _lacks_the_time_of(group: Group, other: Group) -> bool:
    both = group.wanted and other.wanted
    return both and group.has_day and not group.clocks and bool(other.clocks)


def _days_ahead(groups: list[Group]) -> None:
    """ "In the morning: Tuesday or Wednesday", "at three or at four on Tuesday": a time alone before the days that took
    it, or that another time says it for, is no wish of its own."""
    for number in range(len(groups) - 2, -1, -1):
        group, following = groups[number], groups[number + 1]
        if group.has_day or not group.clocks or not following.has_day:
            continue
        goes_on = following.joint == "or" and following.time_first and following.wanted == group.wanted
        if goes_on or following.clocks == group.clocks:
            group.span, group.weekdays = following.span, following.weekdays
