"""How a turn ends where no model comes to an answer: a person takes over, never silence."""

import structlog
from pydantic_ai.exceptions import UnexpectedModelBehavior, UsageLimitExceeded

from dynaris.agents.own_words import unspoken
from dynaris.agents.spending import LimitReached
from dynaris.agents.toolbox import TurnState
from dynaris.agents.turn import Done
from dynaris.agents.variables import missing
from dynaris.core import metrics

log = structlog.get_logger()

_NO_USE = "the agent's model answered again and again in a way that is no use"
_TOO_MANY = {
    "steps": "the agent needed more steps than it may take",
    "tool_calls": "the agent needed more tool calls than it may make",
}


async def nobody_asked(state: TurnState) -> Done | None:
    """Where no model can be asked: the contact writes in a language that the agent leaves to people, or the agent's
    prompt has places that nothing was given for."""
    request, journal = state.request, state.journal
    if language := unspoken(request.text, request.settings):
        kind, more = "language", {"language": language, "answers_in": request.settings.languages}
        spoken = ", ".join(request.settings.languages or ())
        reason = f"the contact writes in {language}, and {request.agent} answers in {spoken}"
    elif unfilled := missing(request.settings, request.variables):
        kind, more = "variables", {"missing": unfilled}
        reason = f"{request.agent} needs to be told {', '.join(unfilled)}, and was not"
    else:
        return None
    if not any(note["kind"] == kind for note in journal.notes):
        await journal.note({"kind": kind, **more})
    summary = f"The contact wrote: {request.text[:300]}"
    return Done(decision="escalate", escalate=True, reason=reason, because="policy", summary=summary)


async def given_up(state: TurnState, text: str, error: Exception) -> Done:
    """The agent did not come to an end."""
    request, journal = state.request, state.journal
    log.warning("agents.turn_failed", run_id=str(request.run_id), error=error)
    if isinstance(error, LimitReached):
        reason = str(error)
    elif isinstance(error, UsageLimitExceeded):
        limit = "tool_calls" if "tool_calls_limit" in str(error) else "steps"
        metrics.limits_reached.labels(limit).inc()
        reason = _TOO_MANY[limit]
    elif isinstance(error, TimeoutError):
        metrics.limits_reached.labels("seconds").inc()
        reason = "the agent took too long"
    elif isinstance(error, UnexpectedModelBehavior):
        reason = _NO_USE
    else:
        reason = f"the agent could not answer: {type(error).__name__}"
    if not any(note["kind"] == "failure" for note in journal.notes):
        await journal.note({"kind": "failure", "error": repr(error)[:1_000]})
    summary = f"The contact wrote: {text[:300]}" if text else ""
    return Done(decision="escalate", escalate=True, reason=reason, because="failure", summary=summary)
