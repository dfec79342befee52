"""Whether a name could work at all: a model's, whose provider the agent library knows, or a specialist's."""

from typing import get_args

from dynaris.agents.turn import SpecialistName

BUILTIN = "builtin"  # as in model_choice.py, which costs the library at once


def check_model(name: str) -> None:
    """Raises ValueError. Whether the provider's own library and its key are there is the worker's to find out."""
    provider, _, model = name.partition(":")
    if name != BUILTIN and not (model.strip() and _is_provider(provider)):
        raise ValueError(f"{name!r} is neither `builtin` nor provider:name with a provider such as anthropic or openai")


def check_agent(name: str) -> None:
    """Raises ValueError."""
    if name not in get_args(SpecialistName):
        raise ValueError(f"no specialist is called {name[:50]!r}; there are {', '.join(get_args(SpecialistName))}")


def _is_provider(name: str) -> bool:
    # At its first use: a web process seldom needs this library.
    from pydantic_ai.exceptions import UserError
    from pydantic_ai.providers import infer_provider_class

    try:
        infer_provider_class(name)
    except ImportError:  # known, and its own library is not installed here
        return True
    except (UserError, ValueError):
        return False
    return True
