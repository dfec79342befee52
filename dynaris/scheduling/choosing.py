"""Which of many free slots are offered: few, apart from each other, and closest to what was wished."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

from dynaris.scheduling.dates import Window, Wish
from dynaris.scheduling.schemas import Slot

MOST = 3  # that are offered
_APART = timedelta(hours=1)
_SOON = timedelta(hours=2)
_A_DAY = timedelta(hours=6)


def fitting(slots: Sequence[Slot], wish: Wish, most: int = MOST) -> list[Slot]:
    """Of slots that are all wished: each alternative has its share, different days and times before neighbours."""
    groups = _by_alternative(slots, wish.windows)
    exact = [_closest(group, window.best) for window, group in groups if window.best]
    if exact and len(exact) == len(groups):
        return _in_time([slot for slot in exact if slot][:most])
    if wish.soonest:
        return _soonest(slots, most)
    if len(groups) == 1:
        return _spread(groups[0][1], most)
    shares = [most // len(groups) + (number < most % len(groups)) for number in range(len(groups))]
    return _in_time([slot for (_, group), share in zip(groups, shares, strict=True) for slot in _spread(group, share)])


def nearest(slots: Sequence[Slot], windows: Sequence[Window], most: int = MOST) -> list[Slot]:
    """Those closest to a wish that cannot be met, apart from each other."""
    if not windows:
        return _soonest(slots, most)
    order = sorted(slots, key=lambda slot: (min(_away(slot, window) for window in windows), slot.starts_at))
    return _in_time(_apart(order, most))


def _by_alternative(slots: Sequence[Slot], windows: Sequence[Window]) -> list[tuple[Window, list[Slot]]]:
    """Windows that were said in the same words belong together."""
    found: list[tuple[Window, list[Slot]]] = []
    left = list(slots)
    for _, same in groupby(windows, key=lambda window: window.said):
        together = list(same)
        inside = [slot for slot in left if any(window.start <= slot.starts_at < window.end for window in together)]
        if inside:
            found.append((together[0], inside))
            left = [slot for slot in left if slot not in inside]
    return found


def _closest(slots: Sequence[Slot], best: datetime | None) -> Slot | None:
    return min(slots, key=lambda slot: abs(slot.starts_at - best)) if best else None


def _spread(slots: Sequence[Slot], most: int) -> list[Slot]:
    """One day: its first time, then others far from it, by the full hour where that is possible. Several days: the
    first, and days spread behind it, at different times of the day."""
    if most == 0:
        return []
    days = [list(day) for _, day in groupby(slots, key=_day)]
    if len(days) == 1:
        return _over_a_day(days[0], most)
    picked = [days[index] for index in _positions(len(days), most)]
    if len(days) < most:
        chosen = [_rounded(day)[0] for day in days]
        others = [slot for slot in _over_a_day(days[0], most)[1:] if slot not in chosen]
        return _in_time([*chosen, *others][:most])
    return [_rounded(day)[_share(len(_rounded(day)), number, len(picked))] for number, day in enumerate(picked)]


def _over_a_day(slots: Sequence[Slot], most: int) -> list[Slot]:
    first = slots[0]
    later = [slot for slot in _rounded(slots) if slot.starts_at - first.starts_at >= _APART]
    if not later:
        later = list(slots[1:])
    return [first, *(later[index] for index in _positions(len(later), most - 1, ends=True))]


def _positions(length: int, count: int, *, ends: bool = False) -> list[int]:
    """So many places of a row, evenly; `ends`: not its beginning but its end."""
    if length <= count:
        return list(range(length))
    if count == 0:
        return []
    if ends:
        return sorted({round((length - 1) * (number + 1) / count) for number in range(count)})
    return sorted({round((length - 1) * number / max(count - 1, 1)) for number in range(count)})


def _share(length: int, number: int, of: int) -> int:
    return min(length - 1, round((length - 1) * number / max(of, 1)))


def _rounded(slots: Sequence[Slot]) -> list[Slot]:
    """On the full hour, else the half, else all."""
    for minutes in ({0}, {0, 30}):
        kept = [slot for slot in slots if slot.starts_at.minute in minutes]
        if len(kept) >= MOST:
            return kept
    return list(slots)


def _soonest(slots: Sequence[Slot], most: int) -> list[Slot]:
    chosen: list[Slot] = []
    for slot in slots:
        if len(chosen) < most and (not chosen or slot.starts_at - chosen[-1].starts_at >= _SOON):
            chosen.append(slot)
    return chosen


def _apart(slots: Sequence[Slot], most: int) -> list[Slot]:
    chosen: list[Slot] = []
    for distance in (_APART, timedelta(minutes=30), timedelta(0)):
        for slot in slots:
            if len(chosen) == most:
                return chosen
            near = any(abs(slot.starts_at - other.starts_at) < distance for other in chosen)
            if slot not in chosen and not near:
                chosen.append(slot)
    return chosen


def _away(slot: Slot, window: Window) -> timedelta:
    """Another hour of the same day is closer than the same hour of another day, as most people see it."""
    start = window.best or window.start
    until = window.best or window.end
    days = max((start.date() - slot.starts_at.date()).days, (slot.starts_at.date() - until.date()).days, 0)
    first, last, at = _minutes(start), _minutes(until), _minutes(slot.starts_at)
    if (until - start) > timedelta(hours=23):
        first, last = 0, 24 * 60
    elif last < first:
        last = 24 * 60
    return days * _A_DAY + timedelta(minutes=max(first - at, at - last, 0))


def _minutes(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute


def _day(slot: Slot) -> str:
    return slot.starts_at.date().isoformat()


def _in_time(slots: Sequence[Slot]) -> list[Slot]:
    return sorted(slots, key=lambda slot: slot.starts_at)
