"""Whether a model's name could work at all: the agent library knows its provider."""

BUILTIN = "builtin"  # as in model_choice.py, which costs the library at once


def check_model(name: str) -> None:
    """Raises ValueError. Whether the provider's own library and its key are there is the worker's to find out."""
    provider, _, model = name.partition(":")
    if name != BUILTIN and not (model.strip() and _is_provider(provider)):
        raise ValueError(f"{name!r} is neither `builtin` nor provider:name with a provider such as anthropic or openai")


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
