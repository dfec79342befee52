"""How a specialist may end its turn besides a plain-text reply: each is a tool whose call is the decision."""

from functools import lru_cache
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field, create_model

from dynaris.agents.agent_settings import SPECIALISTS, SpecialistName
from dynaris.agents.turn import AgentsReason, Priority


class Escalate(BaseModel):
    """Hand this conversation to a person of the team: you do not know, may not decide, or were asked for a human."""

    reason: str = Field(description="Why a person is needed, for the team.")
    because: AgentsReason = Field(
        default="low_confidence",
        description="asked_for_person: they want a human; low_confidence: you do not know, or are not sure; policy: "
        "it is not yours to decide, such as a complaint, an exception or an emergency.",
    )
    summary: str = Field(description="One or two sentences: what the contact wants and what was done so far.")
    message: str | None = Field(default=None, description="What the contact is told now; say that a person takes over.")


class FollowUp(BaseModel):
    """Come back to this contact at a later date (a reminder, a nurturing step); it ends if they write first."""

    reason: str = Field(description="What the later turn is for.")
    due_at: AwareDatetime = Field(description="When to come back: ISO 8601 with offset, in the future.")
    message: str | None = Field(default=None, description="What the contact is told now, if anything.")


class Wait(BaseModel):
    """Say nothing now and look again later, because something has to happen first."""

    reason: str = Field(description="What is waited for.")
    due_at: AwareDatetime = Field(description="When to look again: ISO 8601 with offset, in the future.")


class Ignore(BaseModel):
    """Nobody needs to answer this: spam, a plain thank-you, a wrong address."""

    reason: str = Field(description="Why no answer is needed.")


class Routing(BaseModel):
    """Which specialist answers."""

    agent: SpecialistName
    reason: str = Field(description="One sentence, for the team.")
    priority: Priority = "normal"
    language: str = Field(default="en", description="ISO 639-1 code of the contact's language.", pattern="^[a-z]{2}$")


@lru_cache(maxsize=64)
def routing_among(names: tuple[str, ...]) -> type[Routing]:
    """The same where a workspace has agents of its own. A specialist's name may stand for one of these."""
    among: Any = Literal[(*SPECIALISTS, *(name for name in names if name not in SPECIALISTS))]
    return create_model("Routing", __base__=Routing, __doc__=Routing.__doc__, agent=(among, ...))


# The names by which models call them.
ESCALATE, FOLLOW_UP, WAIT, IGNORE, ROUTE = "escalate", "follow_up", "wait", "ignore", "route"
