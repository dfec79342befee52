"""Who answers: an agent by itself, an agent with a person's approval, a person, or nobody."""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from dynaris.agents.turn import Policy, automatic_effects
from dynaris.pipeline.inquiry import Inquiry
from dynaris.pipeline.outcome import WaitingFor


@dataclass(frozen=True, slots=True)
class AgentAnswers:
    policy: Policy
    reason: str


@dataclass(frozen=True, slots=True)
class PersonAnswers:
    """The event waits."""

    waiting_for: WaitingFor
    reason: str


@dataclass(frozen=True, slots=True)
class TeamAnswers:
    """People are asked to take the conversation before any agent is, and the contact is told so: a team that the number
    is mapped to, or whoever takes it first."""

    because: Literal["mapping", "vip"]
    reason: str
    team_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PersonActs:
    """Something is done instead of an answer (contract.Errand); the event waits until it is."""


@dataclass(frozen=True, slots=True)
class NobodyAnswers:
    reason: str


Decision = AgentAnswers | TeamAnswers | PersonAnswers | PersonActs | NobodyAnswers


def decide(inquiry: Inquiry) -> Decision:
    started_by = inquiry.meta.get("run_by")
    if without := _without_agent(inquiry, asked_for=bool(started_by)):
        return without
    if inquiry.mapped_team and not inquiry.handed_back and not started_by:
        reason = f"{inquiry.mapped_team.name} answers on this number now"
        return TeamAnswers("mapping", reason, inquiry.mapped_team.team_id)
    if started_by:
        return AgentAnswers(_policy(inquiry, frozenset({"read"})), f"started by {started_by}: every action is approved")
    if not is_automatic(inquiry.auto_mode, inquiry.account.channel):
        return PersonAnswers("run", f"Manual mode on {inquiry.account.channel}")
    if inquiry.vip and not inquiry.wake:
        return TeamAnswers("vip", f"contacts tagged {inquiry.vip} are answered by people first")
    return AgentAnswers(_policy(inquiry, automatic_effects(inquiry.auto_mode)), "Auto mode")


def _without_agent(inquiry: Inquiry, *, asked_for: bool) -> Decision | None:
    """What keeps every agent out, and what only keeps out one that no teammate asked for."""
    if inquiry.held:
        who = "a teammate holds" if inquiry.holder == "member" else "the team was asked to take"
        return PersonAnswers("person", f"{who} this conversation")
    if inquiry.wish and not inquiry.errand and not asked_for:
        return NobodyAnswers(f"the contact wrote {inquiry.wish.upper()}")
    if inquiry.blocked:
        return PersonAnswers("person", inquiry.blocked)
    if inquiry.errand and not asked_for:
        return PersonActs()
    if inquiry.unanswered and not asked_for:
        return NobodyAnswers(inquiry.unanswered)
    if inquiry.unanswerable:
        return PersonAnswers("person", inquiry.unanswerable)
    doubt = inquiry.meta.get("doubt")
    return PersonAnswers("run", str(doubt)) if doubt and not asked_for else None


def is_automatic(auto_mode: dict[str, Any], channel: str) -> bool:
    return bool(auto_mode.get("enabled")) and auto_mode.get("channels", {}).get(channel, True)


def _policy(inquiry: Inquiry, automatic: frozenset[Any]) -> Policy:
    if inquiry.needs_person:
        automatic = frozenset({"read"})
    if inquiry.meta.get("already_sent"):
        automatic -= {"send", "spend"}  # a replay does neither a second time by itself
    return Policy(
        automatic=automatic,
        needs_person=inquiry.needs_person,
        trusted_recipients=inquiry.trusted_recipients,
    )
