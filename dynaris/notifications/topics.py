"""What our people can be told of: each topic once, with its words and how it reaches them unless they say otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Mail = Literal["at_once", "digest", "off"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    title: str  # as the preferences name it
    about: str
    email: Mail  # "at_once": somebody waits for it
    push: bool = True
    rings: bool = False  # at one member, for some seconds: no mail is as fast
    slack: bool = False  # in the workspace's channel: for what is everybody's, not one member's

    @property
    def is_urgent(self) -> bool:
        return self.rings or self.email == "at_once"


TOPICS: Mapping[str, Topic] = {
    "hand_off": Topic(
        title="Conversations that need a person",
        about="An agent handed a conversation to the team.",
        email="at_once",
        slack=True,
    ),
    "offer": Topic(
        title="Conversations that ring at you",
        about="A conversation is offered to you, for as long as your team lets it ring.",
        email="off",
        rings=True,
    ),
    "given": Topic(
        title="Inquiries given to you",
        about="A colleague gave an inquiry to you, or to your team.",
        email="at_once",
    ),
    "assigned": Topic(
        title="Conversations assigned to you",
        about="A colleague made a conversation yours.",
        email="at_once",
    ),
    "overdue": Topic(
        title="Overdue inquiries",
        about="An inquiry waits for a person beyond its deadline.",
        email="at_once",
        slack=True,
    ),
    "unanswered": Topic(
        title="Conversations still without an answer",
        about="Nobody has answered a conversation that waits for a person.",
        email="at_once",
        slack=True,
    ),
    "sla_warning": Topic(
        title="SLA targets that are nearly due",
        about="A contact waits, and the target for an answer or a resolution is about to be missed.",
        email="at_once",
    ),
    "sla_breached": Topic(
        title="Missed SLA targets",
        about="A target for an answer or a resolution was missed, and the contact still waits.",
        email="at_once",
        slack=True,
    ),
    "window": Topic(
        title="Reply windows that are about to close",
        about="A contact waits on a channel where soon only an approved template may leave, as on WhatsApp.",
        email="at_once",
    ),
    "delivery": Topic(
        title="Replies that did not go out",
        about="A reply could not be sent, or nobody knows whether it arrived.",
        email="at_once",
        slack=True,
    ),
    "failed": Topic(
        title="Inquiries that could not be handled",
        about="An inquiry failed again and again, and got no answer.",
        email="at_once",
        slack=True,
    ),
    "errand": Topic(
        title="Callbacks and other errands",
        about="Somebody asked for something that a person does, such as a call.",
        email="at_once",
        slack=True,
    ),
    "note": Topic(
        title="Notes from agents",
        about="An agent tells a teammate something about a conversation.",
        email="at_once",
    ),
    "asked": Topic(
        title="Bookings that wait for a yes",
        about="A client asks for an appointment; reminders while nobody has answered.",
        email="at_once",
    ),
    "booked": Topic(
        title="New bookings",
        about="A client made an appointment on the booking page.",
        email="digest",
    ),
    "changed": Topic(
        title="Changed bookings",
        about="A client moved, cancelled or declined an appointment, or a request lapsed.",
        email="digest",
    ),
    "snoozed": Topic(
        title="Conversations that are back",
        about="A conversation that was snoozed is open again.",
        email="digest",
    ),
    "spending_cap": Topic(
        title="The spending cap",
        about="The month's spending cap for models is reached.",
        email="at_once",
        slack=True,
    ),
    "test": Topic(
        title="Tests",
        about="You asked for a notification, to see whether it reaches you.",
        email="at_once",
    ),
}
