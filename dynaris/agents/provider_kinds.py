"""Which providers a workspace may name, and the models made of such an entry; loads the agent library at use."""

import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx2
    from pydantic_ai.models import Model

COMPATIBLE = "openai-compatible"
OWN_SERVERS = frozenset({COMPATIBLE, "ollama", "vllm"})  # these have no address of their own, and may need no key
_WEB_PORTS, _FIRST_FREE_PORT = (80, 443), 1024  # what listens below, as mail servers do, must not hear from us
_NO_KEY = "no-key"  # for a server that asks for none; the library insists on one


def may_be_called(port: int) -> bool:
    return port in _WEB_PORTS or _FIRST_FREE_PORT <= port < 65_536


def parts_of(kind: str) -> frozenset[str]:
    """What an entry of this kind takes: `api_key` and perhaps `base_url`. Raises ValueError.

    Providers that would take what they lack (addresses, roles) from this machine's environment are left out: that is
    the operator's.
    """
    if kind == COMPATIBLE:
        return frozenset({"api_key", "base_url"})
    from pydantic_ai.exceptions import UserError
    from pydantic_ai.providers import infer_provider_class

    try:
        found = infer_provider_class(kind)
    except ImportError as error:
        raise ValueError(f"{kind!r} needs a library that is not installed here") from error
    except (UserError, ValueError):
        raise ValueError(f"no kind of provider is called {kind[:50]!r}; there are {_EXAMPLES}") from None
    taken = inspect.signature(found.__init__).parameters.keys()
    if not {"api_key", "http_client"} <= taken or taken & _OF_THE_MACHINE:
        raise ValueError(f"{kind!r} cannot be set up with an API key alone; there are {_EXAMPLES}")
    return frozenset(taken & {"api_key", "base_url"})


_OF_THE_MACHINE = {"credentials", "azure_endpoint", "api_base", "integration_id"}
_EXAMPLES = "openai-compatible, ollama, openai, anthropic, google, openrouter, deepseek and others with an API key"


def model_of(
    kind: str, name: str, model: str, *, api_key: str | None, base_url: str | None, client: "httpx2.AsyncClient"
) -> "Model":
    """Raises UserError, ValueError or ImportError. Retries are the run's own (agents/journal_model.py)."""
    from pydantic_ai.models import infer_model

    provider = _provider(kind, name, api_key or _NO_KEY, base_url, client)
    if kind == COMPATIBLE:
        from pydantic_ai.models.openai import OpenAIChatModel

        return OpenAIChatModel(model, provider=provider)
    return infer_model(f"{kind}:{model}", lambda _: provider)


def _provider(kind: str, name: str, api_key: str, base_url: str | None, client: "httpx2.AsyncClient") -> Any:
    if kind == COMPATIBLE:
        from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

        assert base_url
        return _cleaned(OpenAICompatibleProvider(name, base_url=base_url, api_key=api_key, http_client=client))
    from pydantic_ai.providers import infer_provider_class

    at = base_url or _DEFAULTS.get(kind)
    more = {"base_url": at} if at else {}
    found: Any = infer_provider_class(kind)
    return _cleaned(found(api_key=api_key, http_client=client, **more))


# Of clients that would take another address from the environment.
_DEFAULTS = {
    **dict.fromkeys(("openai", "openai-chat", "openai-responses"), "https://api.openai.com/v1"),
    "anthropic": "https://api.anthropic.com",
}


def _cleaned(provider: Any) -> Any:
    """Without what its library took from the environment: the operator's organisation, token and headers are not for a
    workspace's server."""
    inner: Any = getattr(provider, "client", None)
    for name in ("organization", "project", "auth_token"):
        if getattr(inner, name, None) is not None:
            setattr(inner, name, None)
    if getattr(inner, "_custom_headers", None):
        inner._custom_headers = {}
    return without_retries(provider)


def without_retries(provider: Any) -> Any:
    """Where the provider's own library would try again by itself, for longer than a run may wait."""
    inner: Any = getattr(provider, "client", None)
    if hasattr(inner, "max_retries"):
        inner.max_retries = 0
    return provider
