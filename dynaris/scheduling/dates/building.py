"""From tokens to groups: what belongs together, what is refused, and what begins behind what was named."""

from dynaris.scheduling.dates.days import Span
from dynaris.scheduling.dates.said import Group
from dynaris.scheduling.dates.scan import Token
from dynaris.scheduling.dates.times import Clock


class Builder:
    def __init__(self, text: str) -> None:
        self.text = text
        self.groups: list[Group] = []
        self.current: Group | None = None
        self.joint = "none"
        self.negated = False
        self.refusing = False  # "does not work" with nothing before it: what follows is meant, else what was before
        self.preferred = False
        self.all_but = False
        self.beyond = ""  # "after that", "before that": of what was named last
        self.excepting = False  # "except …": never what stood before it

    def take(self, token: Token) -> None:
        if self.beyond and token.kind in ("neg", "neg_after"):  # "after that I am away" says nothing of the day itself
            self.beyond, self.negated, self.excepting = "", True, True
            return
        if self.beyond:
            self._beyond_the_last()
        if token.kind in ("day", "time", "or_at"):
            self._named(token)
        elif token.kind in ("comma", "stop", "or", "but"):
            self._separated(token.kind)
        elif token.kind in ("neg", "except"):
            self._close()
            self.negated, self.excepting = True, token.kind == "except"
        elif token.kind in ("then_after", "then_before"):
            self._close()
            self.beyond = token.kind.removeprefix("then_")
        elif token.kind == "neg_after":
            self._refused_afterwards()
        elif token.kind == "prefer":
            self.preferred = True
        elif token.kind == "any":
            self.all_but = True

    def _named(self, token: Token) -> None:
        if token.kind == "or_at":
            if not self._follows_a_time():
                return
            self._separated("or")
        if self.current is None and self._dates_the_last(token):
            self.current = self.groups.pop()
            self.joint = "none"
        if self.current and token.days and not self.current.takes(token.days):
            self._close()
        if self.current and token.kind == "time" and self._is_whole(token):
            self._close()
        if self.current is None:
            self.current = Group(token.start, token.end, self.joint, wanted=not self.negated, preferred=self.preferred)
            self.current.time_first = token.days is None
            self.joint, self.preferred, self.refusing = "none", False, False
        group = self.current
        if token.days:
            group.add(token.days)
        if token.clock:
            group.clocks.append(token.clock)
        group.end = token.end

    def _dates_the_last(self, token: Token) -> bool:
        """ "Friday, the 27th of November": one day."""
        last = self.groups[-1] if self.groups else None
        if not (last and last.weekdays and isinstance(token.days, Span) and self.joint == "comma"):
            return False
        named = last.wanted != self.negated and last.span is None and not last.clocks and len(last.weekdays.days) == 1
        return named and token.days.is_day and token.days.first.weekday() in last.weekdays.days

    def _beyond_the_last(self) -> None:
        """ "I work until five, after that any day": what was named is where the wish begins, or ends."""
        side, self.beyond = self.beyond, ""
        named = [group for group in self.groups if any(clock.kind != "part" for clock in group.clocks)] or self.groups
        if not named:
            return
        last = named[-1]
        timed = [clock for clock in last.clocks if clock.kind != "part"]
        if timed:
            end = (timed[-1].last or timed[-1].first) if side == "after" else timed[-1].first
            last.clocks = [Clock(side, end)]
        elif last.has_day:
            last.beyond = side
        last.wanted, self.negated, self.refusing = True, False, False

    def _is_whole(self, token: Token) -> bool:
        """Two times of the same kind ("10:00 11:00") are two groups."""
        assert self.current is not None
        named = [clock for clock in self.current.clocks if clock.kind != "part"]
        return bool(named and token.clock and token.clock.kind != "part" and token.clock.kind == named[-1].kind)

    def _follows_a_time(self) -> bool:
        last = self.current or (self.groups[-1] if self.groups else None)
        return bool(last and any(clock.kind != "part" for clock in last.clocks))

    def _separated(self, kind: str) -> None:
        if self.negated and self.current is None and kind != "or" and not self.excepting:
            self._turn_last_around()
        self._close()
        joined = f"{self.joint}_{kind}"
        self.joint = {"comma_or": "comma_or", "stop_or": "stop", "stop_comma": "stop"}.get(joined, kind)
        if kind == "but" and self.all_but:
            self.negated = True
        elif kind != "or":
            self.negated, self.refusing = False, False
        if kind == "stop":
            self.all_but = False

    def _turn_last_around(self) -> None:
        """ "Friday I cannot, …": the "not" stood behind its day."""
        if self.groups and self.joint in (("none", "comma") if self.refusing else ("none",)) and self.groups[-1].wanted:
            self.groups[-1].wanted = False

    def _refused_afterwards(self) -> None:
        """ "Friday does not work": this, and what it was joined to by "or", is not wanted."""
        if self.current is None and (self.joint != "none" or not self.groups):
            self.negated = self.refusing = True  # "I am away on Friday"
            return
        self._close()
        for group in reversed(self.groups):
            group.wanted = False
            if group.joint not in ("or", "comma_or"):
                break

    def _close(self) -> None:
        if self.current:
            self.groups.append(self.current)
            self.current = None

    def closed(self) -> list[Group]:
        if self.beyond:
            self._beyond_the_last()
        if self.negated and self.current is None and not self.excepting:
            self._turn_last_around()
        self._close()
        return self.groups
