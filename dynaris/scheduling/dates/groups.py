"""Tokens put together: each group is one thing that was said, a day with its time, wanted or not.

How groups share what was said once:

- "Tuesday or Thursday next week": a weekday without a week takes the one that is named beside it.
- "Next week, Tuesday or Thursday": the weekdays say which days of the week.
- "Tuesday or Thursday after 3", "after 3 on Tuesday or Thursday": the time holds for both. After a comma before the
  "or" ("Tuesday, or Thursday morning") it does not.
- "Tomorrow morning or afternoon", "Tuesday at 10 or 11": a time without a day belongs to the day before it.
- "Tuesday or Wednesday. After 3 please.": a time in a sentence of its own holds for all days before it without one.
"""

from datetime import date, timedelta

from dynaris.scheduling.dates.building import Builder
from dynaris.scheduling.dates.days import Span, ends_of
from dynaris.scheduling.dates.edges import EDGE_DAYS, with_edges
from dynaris.scheduling.dates.past import without_past
from dynaris.scheduling.dates.said import Group, Said
from dynaris.scheduling.dates.scan import Scanned
from dynaris.scheduling.dates.sharing import refined, says_more, share_days_and_times, share_weeks


def grouped(scanned: Scanned, today: date) -> Said:
    tokens = without_past(with_edges(scanned, today))
    builder = Builder(scanned.text)
    for token in tokens:
        builder.take(token)
    groups = builder.closed()
    for group in groups:
        _beyond(group, today)
    share_weeks(groups)
    groups = refined(groups)
    share_days_and_times(groups)
    groups = [group for group in groups if not any(says_more(other, group) for other in groups)]
    kinds = {token.kind for token in tokens}
    return Said(groups, "any" in kinds, "asap" in kinds)


def _beyond(group: Group, today: date) -> None:
    days = group.weekdays or group.span
    if not group.beyond or days is None:
        return
    first, last = ends_of(days, today)
    day = timedelta(days=1)
    after = Span(last + day, last + day * (EDGE_DAYS + 1))
    group.span = after if group.beyond == "after" else Span(today, max(first - day, today))
    group.weekdays = None
