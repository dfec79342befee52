"""Appointments, as the built-in model talks about them: offers times, books what is chosen, moves and cancels.

It keeps nothing between turns. What was offered is read back from what it wrote, which holds each time with its full
date; what a tool answered in this turn says what comes next. Without services in the calendar nobody is offered
anything, and the wish goes to a person as before.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from dynaris.agents.builtin.booking_beside import side_answers
from dynaris.agents.builtin.booking_choice import (
    KEEPS_IT,
    LEAVES_IT,
    Answer,
    Option,
    answer_to_offer,
    moment_in,
    options_in,
    own_words,
    quoted_in,
)
from dynaris.agents.builtin.booking_moves import EVERY_DAY, named_of, shift_in, windows_to
from dynaris.agents.builtin.booking_wants import INSTEAD, Want, act_of, is_of_the_calendar, says_cancel
from dynaris.agents.builtin.concerns import CONCERNS
from dynaris.agents.builtin.phrases import language_of, said
from dynaris.agents.builtin.situation import SURE, Call, Say, Situation, Step
from dynaris.agents.builtin.wishes import without_declined
from dynaris.classifier import readings
from dynaris.scheduling.dates import Wish, find_dates

_TOOLS = {"find_slots", "hold_slot", "confirm_booking", "list_bookings", "move_booking", "cancel_booking"}
_SHORT = 100  # characters
_FEW_WORDS = 4  # as answer a question of ours
_LOOK_BACK = 3  # of our own messages, for an offer that a question came between
_MOST_WINDOWS = 20

Returned = Mapping[str, Any]


def choice(situation: Situation) -> Step | None:
    """An answer to an offer that is understood comes before any doubt: "the last one" complains of nothing."""
    if not _has_calendar(situation):
        return None
    talk = Talk(situation)
    return talk.step() if talk.has_begun or talk.goes_on else None


def booking(situation: Situation) -> Step | None:
    return Talk(situation).step() if _has_calendar(situation) else None


def _has_calendar(situation: Situation) -> bool:
    return "find_slots" in situation.tools and situation.given.contact.get("identity") != "failed"


class Talk:
    def __init__(self, situation: Situation) -> None:
        self.situation = situation
        self.given = situation.given
        self.text = own_words(self.given.text)
        self.timezone = self.given.business.get("timezone", "UTC")
        if len(self.text) < _SHORT and (ours := language_of(self.last)):
            situation.language = ours  # "1", "Mia, mia@example.com": few words tell no language
        if self.text and len(self.text) < _SHORT and self.wish.understood:
            situation.language = self.wish.language  # those for days do
        self.language = situation.language

    def step(self) -> Step | None:
        answered = [(name, value) for name, value in self.given.returned if name in _TOOLS]
        if answered:
            return self._after(*answered[-1])
        if not self.text:
            return None
        return self._continued() or self._begun()

    # What the contact wrote -----------------------------------------------------------------------

    @cached_property
    def now(self) -> datetime:
        return self.given.now or datetime.fromisoformat("1970-01-01T00:00:00+00:00")

    @cached_property
    def wish(self) -> Wish:
        return self._dates(self.text)

    def _dates(self, text: str) -> Wish:
        return find_dates(text, now=self.now, timezone=self.timezone, language=self.situation.language)

    @cached_property
    def want(self) -> Want | None:
        wish = self.wish
        instead = wish.windows and INSTEAD.search(self.situation.words)
        if self._just_booked and (instead or (self._asks and shift_in(self.text))):
            return "move"
        dated = bool(wish.windows or wish.soonest or wish.avoided)
        want = act_of(without_declined(self.text), dated=dated, booked=self._just_booked)
        cannot_come = self._just_booked and wish.avoided and not wish.understood[1:]
        return "cancel" if want == "book" and cannot_come else want

    @property
    def _just_booked(self) -> bool:
        return any(map(self._just_said, ("booked", "requested", "moved")))

    @property
    def has_begun(self) -> bool:
        """A tool was called in this turn."""
        return any(name in _TOOLS for name, _ in self.given.returned)

    @property
    def goes_on(self) -> bool:
        """Chooses one of the times offered or changes what was just booked, and says nothing grave with it."""
        chooses = bool(self.options and self.answer.option)
        changes = self._just_booked and self.want in ("move", "cancel")
        goes_on = chooses or changes or self.steps_back
        return goes_on and all(reading.of(*CONCERNS) < SURE for reading in readings(self.text))

    @cached_property
    def steps_back(self) -> bool:
        """From what we offered or asked last, and names no other time."""
        is_open = self.options or self._changes_open or any(map(self._just_said, ("other_days", "which_service")))
        if not is_open or self._asks or self.wish.windows or self.answer.option or self._says_cancel:
            return False
        words = self.situation.words
        return LEAVES_IT.search(words) is not None or (self._changes_open and KEEPS_IT.search(words) is not None)

    @cached_property
    def _says_cancel(self) -> bool:
        return says_cancel(without_declined(self.text))

    def _just_said(self, key: str) -> bool:
        return said(key, self.last)

    @cached_property
    def _changes_open(self) -> bool:
        """Asked or offered something about a booking that stands."""
        asked = any(map(self._just_said, ("move_when", "may_cancel")))
        return asked or any(said(key, self.offer) for key in ("move_offer", "which_move", "which_cancel"))

    @cached_property
    def _asks(self) -> bool:
        asks = any(part.asks for part in self.situation.parts)
        return "?" in self.text or (asks and self.text.count(" ") > _FEW_WORDS)

    @cached_property
    def last(self) -> str:
        return self.given.replied

    @cached_property
    def offer(self) -> str:
        """Our latest offer, unless something was booked since."""
        mine = [line.text for line in reversed(self.given.said) if line.author != "contact"][:_LOOK_BACK]
        for text in mine:
            if any(said(key, text) for key in ("booked", "requested", "moved", "was_cancelled")):
                return ""
            if options_in(text, self.timezone):
                return text
        return ""

    @cached_property
    def options(self) -> list[Option]:
        return options_in(self.offer, self.timezone)

    @cached_property
    def answer(self) -> Answer:
        return answer_to_offer(self.text, self.options, now=self.now, timezone=self.timezone, language=self.language)

    # In the middle of something -------------------------------------------------------------------

    def _continued(self) -> Step | None:
        if self.steps_back:
            return self._left_alone()
        if said("may_cancel", self.last) and (step := self._about_cancelling()):
            return step
        if said("booking_details", self.last):
            return self._with_details()
        if said("move_when", self.last) and (self.wish.windows or self.wish.soonest):
            return self._listed()
        if self.options:
            return self._answered()
        if said("which_service", self.last) and not self._asks and not self.answer.declines:
            return self._found(self._earlier_words(), service=self.text)
        if said("other_days", self.last) and not self.wish.is_empty:
            return self._found(self._earlier_words())
        return None

    def _left_alone(self) -> Step:
        """They want nothing any more: what is booked stays, what was offered is not booked."""
        return Say(self._reply(self._phrase("stays" if self._changes_open else "not_booked")))

    def _about_cancelling(self) -> Step | None:
        """To the question whether an appointment may be cancelled, or rather moved."""
        if self.wish.windows or self.wish.soonest or self.answer.accepts or self.want:
            return self._listed()
        return self._left_alone() if self.answer.declines and not self._asks else None

    def _with_details(self) -> Step | None:
        """They were asked who they are, and the time is kept meanwhile."""
        if not self.situation.typed and not self.situation.is_reachable:
            if self._asks:
                return None
            return self.situation.hand_on(
                "a time is kept, the contact did not say who they are", self._phrase("request")
            )
        return self._held(moment_in(self.last, self.timezone), quoted_in(self.last))

    def _answered(self) -> Step | None:
        """To an offer, or to the question which appointment is meant."""
        answer, choosing = self.answer, said("which_cancel", self.offer) or said("which_move", self.offer)
        moves = choosing or said("move_offer", self.offer)
        if answer.option:
            with_whom = answer.option.said
            return self._listed() if moves else self._held(answer.option.starts_at, quoted_in(self.offer), with_whom)
        if self.want in ("cancel", "own") or (self.want == "move" and not moves):
            return None
        if choosing:
            return None
        if answer.unsure:
            return Say(self._reply(self._phrase("no_hurry")))
        if answer.wish.windows or answer.wish.soonest:
            return self._listed() if moves else self._another_time()
        return self._without_a_time(moves=moves)

    def _without_a_time(self, *, moves: bool) -> Step | None:
        answer = self.answer
        if answer.later or answer.earlier:
            return self._listed() if moves else self._found(windows=self._beside())
        if answer.declines and not self._asks and len(self.text) < 120:
            return Say(self._reply(self._phrase("other_days")))
        if self.offer != self.last:
            return None
        if answer.accepts and len(self.options) > 1 and len(self.text) < 60:
            return Say(self._reply(*self._numbered_again(), self._phrase("which_time")))
        if said("other_service", self.offer) and not self._asks and len(self.text) < 120 and not moves:
            return self._found(self._earlier_words(), service=self.text)
        return None

    def _another_time(self) -> Step | None:
        """A time that was not offered. Named to the minute it is taken as their choice, else it is looked for."""
        windows = self.answer.wish.windows
        days = {option.starts_at.date() for option in self.options}
        same_day = [window for window in windows if window.start.date() in days]
        if len(days) == 1 and same_day and len(windows) > EVERY_DAY and not same_day[0].best:
            return self._found(windows=[(window.start, window.end) for window in same_day])
        if self.answer.asks:
            return self._found(self.text)
        if len(windows) == 1 and windows[0].best:
            return self._held(windows[0].best, quoted_in(self.offer))
        near = [window for window in same_day if window.best]
        if len(near) == 1 and near[0].best:
            return self._held(near[0].best, quoted_in(self.offer))
        if near and len(windows) > len(near):
            return self._found(windows=[(window.start, window.end) for window in near])
        return self._found(self.text)

    def _beside(self) -> list[tuple[datetime, datetime]]:
        first, last = self.options[0].starts_at, self.options[-1].starts_at
        if self.answer.later:
            return [(last + timedelta(minutes=1), last + timedelta(days=4))]
        return [(self.now, max(first, self.now + timedelta(minutes=1)))]

    def _earlier_words(self) -> str:
        """The wish as it was said before the service was asked for, with what is said now."""
        if not self.wish.is_empty:
            return self.text
        return f"{own_words(self.given.last('contact'))}\n{self.text}"

    # The beginning --------------------------------------------------------------------------------

    def _begun(self) -> Step | None:
        if self.want in ("move", "cancel", "own"):
            return self._listed()
        return self._found(self.text) if self.want == "book" else None

    # Calls ------------------------------------------------------------------------------------------

    def _called(self, tool: str, **arguments: Any) -> Step:
        given = {key: value for key, value in arguments.items() if value is not None}
        return Call(tool, {**given, "language": self.language})

    def _found(
        self,
        wish: str | None = None,
        *,
        service: str | None = None,
        windows: list[tuple[datetime, datetime]] | None = None,
        moving: str | None = None,
    ) -> Step:
        named = service or (quoted_in(self.offer) if self.offer and not moving else None) or self.text[:2000]
        shown = [{"start": start.isoformat(), "end": end.isoformat()} for start, end in windows or ()]
        return self._called(
            "find_slots",
            service=named,
            before="\n".join([*self.given.every("contact")][-3:])[-2000:] or None,
            wish=wish,
            windows=shown[:_MOST_WINDOWS] or None,
            moving=moving,
            words=self._with(),
        )

    def _listed(self) -> Step:
        return self._called("list_bookings")

    def _held(self, starts_at: datetime | None, service: str | None, person: str | None = None) -> Step | None:
        if starts_at is None or service is None:
            return None
        return self._called("hold_slot", service=service, starts_at=starts_at.isoformat(), person=person)

    def _with(self) -> str:
        """Whatever may name somebody: what is said now, and with whom the latest offer was."""
        return " ".join([self.text[:500], *(option.said for option in self.options[:1])])

    # What a tool answered ---------------------------------------------------------------------------

    def _after(self, tool: str, value: Any) -> Step | None:
        if not isinstance(value, dict):
            return self.situation.hand_on(f"{tool} could not be used", self._phrase("request"))
        steps: dict[str, Callable[[Returned], Step | None]] = {
            "find_slots": self._offered,
            "hold_slot": self._after_hold,
            "confirm_booking": self._after_confirm,
            "list_bookings": self._after_list,
            "move_booking": self._after_move,
            "cancel_booking": lambda done: Say(self._reply(self._about("was_cancelled", done))),
        }
        return steps[tool](value)

    def _offered(self, found: Returned) -> Step:
        if not found.get("services") and not found.get("service"):
            return self._by_hand()
        if not found.get("service"):
            names = ", ".join(service["name"] for service in found["services"])
            return Say(self._reply(self._phrase("which_service", services=names)))
        moving = self._moving(found)
        return Say(self._reply(*self._offer_of(found, moving), *self._side_answers()))

    def _offer_of(self, found: Returned, moving: Returned | None = None) -> list[str]:
        service, slots = found["service"], found["slots"]
        if not slots:
            return [self._phrase("nothing_free"), self._phrase("other_days")]
        paragraphs = []
        if "taken" in found:
            paragraphs.append(self._phrase("was_taken" if found["taken"] else "not_bookable", when=found["wanted"]))
        elif not found["as_wished"]:
            paragraphs.append(self._phrase("not_as_wished"))
        if moving:
            which = moving["service"] if len(self._listed_bookings()) == 1 else f"{moving['service']}, {moving['said']}"
            opening = self._phrase("move_offer", which=which)
        else:
            opening = self._phrase("offer", service=service["name"], facts=self._facts(service))
        named = found.get("person")
        lines = [
            f"{number}. {slot['said']}" + (f", {slot['with']}" if named else "") for number, slot in enumerate(slots, 1)
        ]
        one = "shall_i_move" if moving else "shall_i"
        asks = [self._phrase(one if len(slots) == 1 else "which_time")]
        others = [other["name"] for other in found.get("services", ()) if other["name"] != service["name"]]
        if found.get("service_assumed") and others and not moving:
            asks.append(self._phrase("other_service", services=", ".join(others)))
        return [*paragraphs, "\n".join([opening, *lines]), " ".join(asks)]

    def _after_hold(self, held: Returned) -> Step | None:
        if not held["held"]:
            return Say(self._reply(*self._offer_of(held)))
        if held["status"] in ("confirmed", "pending"):
            return self._confirmed(held)
        if not self.situation.is_reachable and not self.situation.is_mail:
            return Say(self._reply(self._phrase("booking_details", when=held["said"], service=held["service"])))
        return self._called("confirm_booking", booking_id=held["booking_id"])

    def _after_confirm(self, done: Returned) -> Step | None:
        if done.get("status") not in ("confirmed", "pending"):
            return Say(self._reply(*self._offer_of(done)))
        return self._confirmed(done)

    def _confirmed(self, done: Returned) -> Step:
        told = self._about("booked" if done["status"] == "confirmed" else "requested", done)
        price = self._phrase("price", price=done["price"]) if done.get("price") else ""
        return Say(self._reply(f"{told} {price}".strip(), *self._side_answers()))

    def _after_move(self, done: Returned) -> Step:
        if not done["moved"]:
            return Say(self._reply(*self._offer_of(done, self._moving(done))))
        return Say(self._reply(self._about("moved", done), *self._side_answers()))

    def _after_list(self, listed: Returned) -> Step | None:
        bookings = [one for one in listed["bookings"] if one["status"] != "held"]
        if not bookings:  # "rather Thursday" was about what was offered
            return self._another_time() if self.options and self.wish.windows else self._by_hand()
        if said("may_cancel", self.last):
            agrees = self.answer.accepts and self.want != "move" and not self.wish.windows
            go_on = self._cancel if agrees or self._says_cancel else self._move
            return go_on(self._chosen_of(bookings, self.last), bookings)
        cancels = self._says_cancel if self._changes_open else self.want == "cancel"
        if cancels and not self.answer.option and not said("which_cancel", self.offer):
            return self._cancel(named_of(bookings, self.wish, moving=False), bookings)
        if said("move_offer", self.offer) or said("which_move", self.offer) or said("move_when", self.last):
            return self._move(self._chosen_of(bookings, self.offer or self.last), bookings)
        if said("which_cancel", self.offer):
            return self._cancel(self._chosen_of(bookings, self.offer), bookings)
        if self.want == "own":
            return Say(self._reply("\n".join([self._phrase("own_bookings"), *map(self._line, bookings)])))
        return self._move(named_of(bookings, self.wish, moving=self.want == "move"), bookings)

    def _cancel(self, booking: Returned | None, bookings: list[Returned]) -> Step:
        if booking is None:
            return self._ask_which("which_cancel", bookings)
        agreed = said("may_cancel", self.last) or said("which_cancel", self.offer)
        if not agreed and not self._says_cancel:  # "I can't make it on Monday" may as well be for another day
            return Say(self._reply(self._about("may_cancel", booking)))
        return self._called("cancel_booking", booking_id=booking["booking_id"])

    def _move(self, booking: Returned | None, bookings: list[Returned]) -> Step:
        if booking is None:
            return self._ask_which("which_move", bookings)
        if said("move_offer", self.offer) and self.answer.option:
            starts_at = self.answer.option.starts_at.isoformat()
            return self._called("move_booking", booking_id=booking["booking_id"], starts_at=starts_at)
        if (
            said("move_offer", self.offer)
            and (self.answer.later or self.answer.earlier)
            and not self.answer.wish.windows
        ):
            return self._found(windows=self._beside(), moving=booking["booking_id"])
        if said("which_move", self.offer):
            return Say(self._reply(self._about("move_when", booking)))
        return self._moved_to(booking)

    def _moved_to(self, booking: Returned) -> Step:
        windows = windows_to(booking, self.text, self.options, self._dates)
        if windows:
            return self._found(windows=windows, moving=booking["booking_id"])
        if self.wish.soonest:
            return self._found(self.text, moving=booking["booking_id"])
        return Say(self._reply(self._about("move_when", booking)))

    # Which of the contact's appointments ------------------------------------------------------------

    def _chosen_of(self, bookings: list[Returned], asked: str) -> Returned | None:
        """By the option that was chosen, else by the time that our own words name."""
        if len(bookings) == 1:
            return bookings[0]
        moment = None if said("move_offer", asked) or not self.answer.option else self.answer.option.starts_at
        moment = moment or moment_in(asked, self.timezone)
        return next((one for one in bookings if datetime.fromisoformat(one["starts_at"]) == moment), None)

    def _ask_which(self, key: str, bookings: list[Returned]) -> Step:
        lines = [f"{number}. {self._line(one)}" for number, one in enumerate(bookings, 1)]
        return Say(self._reply("\n".join([self._phrase(key), *lines])))

    def _line(self, booking: Returned) -> str:
        return f"{booking['said']}: {booking['service']}, {booking['with']}"

    def _moving(self, found: Returned) -> Returned | None:
        """The booking of an offer to move, from this turn's list."""
        fitting = [one for one in self._listed_bookings() if one["service"] == found["service"]["name"]]
        return fitting[0] if fitting else None

    def _listed_bookings(self) -> list[Returned]:
        lists = [value["bookings"] for name, value in self.given.returned if name == "list_bookings" and value]
        return [one for one in lists[-1] if one["status"] != "held"] if lists else []

    # Words --------------------------------------------------------------------------------------------

    def _phrase(self, key: str, **values: str) -> str:
        return self.situation.phrase(key, **values)

    def _reply(self, *paragraphs: str) -> str:
        return self.situation.reply(*paragraphs)

    def _about(self, key: str, booking: Returned) -> str:
        return self._phrase(key, service=booking["service"], when=booking["said"], staff=booking["with"])

    def _facts(self, service: Returned) -> str:
        length = self._phrase("minutes", number=str(service["duration_minutes"]))
        return f"{length}, {service['price']}" if service.get("price") else length

    def _numbered_again(self) -> list[str]:
        return ["\n".join(f"{option.number}. {option.said}" for option in self.options)]

    def _by_hand(self) -> Step:
        """As without a calendar: a person does it."""
        if not self.situation.is_reachable and not self.situation.is_mail:
            return Say(self._reply(*self._side_answers(), self._phrase("ask_details")))
        return self.situation.hand_on(
            "the contact asks for something that a person confirms", *self._side_answers(), self._phrase("request")
        )

    def _side_answers(self) -> list[str]:
        return side_answers(self.situation, self.text, told_elsewhere=self._is_of_the_wish)

    def _is_of_the_wish(self, text: str) -> bool:
        return is_of_the_calendar(text) or bool(
            self.offer
            and answer_to_offer(text, self.options, now=self.now, timezone=self.timezone, language=self.language).option
        )
