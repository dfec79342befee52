"""What a model request used: tokens, and its price from the workspace's own list, else from the kept one."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from dynaris.agents.agent_settings import BUILTIN, to_sixth
from dynaris.core import metrics

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelResponse

    from dynaris.agents.providers import Entry

LIST_DATES = {"0.2.3": "2026-11-12"}  # when each release of the price list came out
OWN_PRICES = "the workspace's own"
ANY_MODEL = "*"  # in an entry's prices
_MILLION = Decimal(1_000_000)
CHARACTERS_PER_TOKEN = 3  # for what a request may cost before it is made; a little too dear
_ANSWER_TOKENS = 1_000  # that it is expected to answer, where nothing smaller is set


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Of one request. `cost` in US dollars, `None`: nobody knows its price."""

    model: str
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost: Decimal | None = Decimal(0)
    source: str | None = None


FREE = Charge(model=BUILTIN)


@cache
def list_name() -> str:
    number = version("genai-prices")
    return " of ".join(filter(None, [f"genai-prices {number}", LIST_DATES.get(number)]))


def load_prices() -> None:
    """Takes a third of a second, once."""
    from genai_prices.data_snapshot import get_snapshot

    get_snapshot()


def charge_of(response: "ModelResponse", name: str, entry: "Entry | None" = None) -> Charge:
    """`name`: the model string that was asked."""
    if response.model_name == BUILTIN:
        return FREE
    usage = response.usage
    cost, source = None, None
    if not usage.unmeasured_requests:
        asked = name.partition(":")[2]
        cost, source = _price(asked, entry, usage.input_tokens, usage.output_tokens, usage.cache_read_tokens)
        if source is None:
            cost = _listed(response, entry)
            source = list_name() if cost is not None else None
    return Charge(
        model=name,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cached_tokens=usage.cache_read_tokens,
        cost=None if cost is None else to_sixth(cost),
        source=source,
    )


def is_free(name: str, entry: "Entry | None") -> bool:
    """By the workspace's own word: what has no price may be dear."""
    if name == BUILTIN:
        return True
    prices = _own(name.partition(":")[2], entry)
    return prices is not None and not any(map(_number, prices.values()))


def expected(name: str, entry: "Entry | None", *, characters: int, most_output: int | None) -> Decimal:
    """About what a request will cost; 0 where its price is unknown."""
    model = name.partition(":")[2]
    sent, said = characters // CHARACTERS_PER_TOKEN, min(most_output or _ANSWER_TOKENS, _ANSWER_TOKENS)
    cost, source = _price(model, entry, sent, said, 0)
    if source is None:
        cost = _listed_for(model, entry.kind if entry else name.partition(":")[0], entry, sent, said)
    return to_sixth(cost or Decimal(0))


def count_usage(charge: Charge, agent: str) -> None:
    """For the metrics; by the model that answered, which may be the fallback."""
    model = metrics.model_label(charge.model)
    metrics.tokens.labels(model, agent, "input").inc(charge.input_tokens)
    metrics.tokens.labels(model, agent, "output").inc(charge.output_tokens)
    if charge.cost:
        metrics.cost.labels(model, agent).inc(float(charge.cost))


def _own(model: str, entry: "Entry | None") -> dict[str, str] | None:
    return entry.prices.get(model) or entry.prices.get(ANY_MODEL) if entry else None


def _price(model: str, entry: "Entry | None", sent: int, said: int, cached: int) -> tuple[Decimal | None, str | None]:
    prices = _own(model, entry)
    if prices is None:
        return None, None
    full = _number(prices.get("input"))
    reduced = _number(prices["cached_input"]) if prices.get("cached_input") is not None else full
    cached = min(cached, sent)
    total = (sent - cached) * full + cached * reduced + said * _number(prices.get("output"))
    return total / _MILLION, OWN_PRICES


def _number(value: Any) -> Decimal:
    try:
        return Decimal(str(value or 0))
    except InvalidOperation:
        return Decimal(0)


def _listed(response: "ModelResponse", entry: "Entry | None") -> Decimal | None:
    if entry is not None and entry.base_url:
        return _at(entry.base_url, response.model_name or "", response.usage)
    try:
        return response.cost().total_price
    except (LookupError, ValueError, AssertionError):  # no list has this model, or its name is not known
        return None


def _listed_for(model: str, provider: str, entry: "Entry | None", sent: int, said: int) -> Decimal | None:
    from genai_prices import Usage, calc_price

    usage = Usage(input_tokens=sent, output_tokens=said)
    if entry is not None and entry.base_url:
        return _at(entry.base_url, model, usage)
    try:
        return calc_price(
            usage, model, provider_id=provider.removesuffix("-chat").removesuffix("-responses")
        ).total_price
    except (LookupError, ValueError):
        return None


def _at(base_url: str, model: str, usage: Any) -> Decimal | None:
    """Only an address that the list knows has its prices: behind another one anything may answer to a known name."""
    from genai_prices import calc_price

    try:
        return calc_price(usage, model, provider_api_url=base_url).total_price
    except (LookupError, ValueError):
        return None
