"""What agents' model requests use, for the metrics: tokens, and their list price where it is known."""

from pydantic_ai.messages import ModelResponse

from dynaris.agents.known_models import BUILTIN
from dynaris.core import metrics


def count_usage(response: ModelResponse, agent: str) -> None:
    """By the model that answered, which may be the fallback."""
    model, usage = response.model_name or "unknown", response.usage
    metrics.tokens.labels(model, agent, "input").inc(usage.input_tokens)
    metrics.tokens.labels(model, agent, "output").inc(usage.output_tokens)
    if model != BUILTIN and (dollars := _price(response)):
        metrics.cost.labels(model, agent).inc(dollars)


def _price(response: ModelResponse) -> float:
    try:
        return float(response.cost().total_price)
    except (LookupError, ValueError, AssertionError):  # no list has this model, or its name is not known
        return 0.0
