"""Which model a name means: the built-in one, or any that the agent library knows, its key from the environment."""

from functools import lru_cache

from pydantic_ai.models import Model, infer_model

from dynaris.agents.agent_settings import BUILTIN
from dynaris.agents.provider_kinds import without_retries
from dynaris.core import tracing


class ModelUnavailable(Exception):
    """This model cannot be used here; the text says what is missing."""


def model_named(name: str) -> Model:
    """`builtin`, or a string such as `openai:gpt-5.2`. Made once per process; traced where traces are on."""
    return tracing.instrumented(_made(name))


@lru_cache(maxsize=200)  # names are what workspaces type
def _made(name: str) -> Model:
    if name == BUILTIN:
        from dynaris.agents.builtin_model import BuiltinModel

        return BuiltinModel()
    try:
        made = infer_model(name)
        without_retries(made.provider)
        return made
    except ImportError as error:
        raise ModelUnavailable(f"{name}: its library is not installed; install `dynaris[models]`") from error
    except Exception as error:  # no key, no such provider, or what each provider's library raises for lack of one
        raise ModelUnavailable(f"{name}: {error}") from error
