"""What HTTP shows and takes of providers of models, and what these cost."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from dynaris.agents.agent_settings import Dollars, ModelString

ProviderName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Address = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]


class Prices(BaseModel):
    """In US dollars for a million tokens."""

    model_config = ConfigDict(extra="forbid")

    input: Dollars = Decimal(0)
    output: Dollars = Decimal(0)
    cached_input: Dollars | None = Field(default=None, description="Like `input` if left out.")


PricesByModel = Annotated[
    dict[Annotated[str, StringConstraints(min_length=1, max_length=200)], Prices],
    Field(max_length=200, description="By the model's name there; `*` is for all others."),
]


class NewProvider(BaseModel):
    """`name` is the first part of model strings: `<name>:<model>`. It may be that of a provider, which it then is."""

    model_config = ConfigDict(extra="forbid")

    name: ProviderName
    kind: Annotated[str, StringConstraints(max_length=50)] = Field(
        description="openai-compatible (vLLM, LM Studio and others), ollama, anthropic, openai, google, …"
    )
    base_url: Address | None = None
    api_key: SecretStr | None = Field(default=None, max_length=2_000, description="Stored encrypted, never shown.")
    prices: PricesByModel = Field(default_factory=dict)


class ProviderChanges(BaseModel):
    """What is left out stays. A null `api_key` takes it out; another `base_url` needs the key again, so that nobody
    reads a stored one at a server of their own; `prices` are replaced as a whole."""

    model_config = ConfigDict(extra="forbid")

    base_url: Address | None = None
    api_key: SecretStr | None = Field(default=None, max_length=2_000)
    prices: PricesByModel | None = None


class ModelProviderView(BaseModel):
    name: str
    kind: str
    base_url: str | None
    has_key: bool
    prices: dict[str, Prices]
    version: int
    error: str | None = Field(description="What it said when a request failed, until it answers again.")
    created_at: datetime


class Providers(BaseModel):
    items: list[ModelProviderView]


class ModelToTry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    model: ModelString


class Tried(BaseModel):
    """Whether a model answers now; `detail` is for people."""

    ok: bool
    detail: str
    seconds: float


class SpendingView(BaseModel):
    """Of the present month in the workspace's time zone, in US dollars, by price lists; providers bill as they do."""

    monthly_cap: Dollars | None
    month: str
    timezone: str
    spent: Dollars
    requests: int = Field(description="To paid models.")
    unpriced: int = Field(description="Of these, with an unknown price: they count nothing. Set the provider's prices.")


class SpendingChanges(BaseModel):
    model_config = ConfigDict(extra="forbid")

    monthly_cap: Dollars | None = Field(description="Null: no cap. 0: no paid model is asked.")


def plain(model: BaseModel) -> dict[str, Any]:
    """What was sent, with secrets opened, for the store."""
    given = model.model_dump(mode="json", exclude_unset=True)
    for name, value in model:
        if isinstance(value, SecretStr):
            given[name] = value.get_secret_value().strip() or None
    return given
