"""What a call's usage costs: seconds of hearing by the minute, tokens and characters by the thousand, each part to six
places, half up."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal, get_args
from uuid import UUID

Unit = Literal["stt_minute", "llm_input_1k", "llm_output_1k", "tts_1k"]
UNITS: tuple[Unit, ...] = get_args(Unit)
ANY_MODEL = "*"
LOCAL = frozenset({"local", "builtin"})  # what runs here, and nobody bills

_SIXTH = Decimal("0.000001")
# Of each part of the metrics: what is counted, how many of it one price is for, and which.
_COUNTED: tuple[tuple[str, str, int, Unit], ...] = (
    ("stt", "duration_seconds", 60, "stt_minute"),
    ("llm", "input_tokens", 1_000, "llm_input_1k"),
    ("llm", "output_tokens", 1_000, "llm_output_1k"),
    ("tts", "characters", 1_000, "tts_1k"),
)


@dataclass(frozen=True, slots=True)
class Price:
    id: UUID
    provider: str
    model: str
    unit: Unit
    amount: Decimal
    effective_from: datetime
    effective_to: datetime | None

    def holds(self, at: datetime) -> bool:
        return self.effective_from <= at and (self.effective_to is None or at < self.effective_to)


def cost_of(
    metrics: Mapping[str, Sequence[Mapping[str, Any]]], prices: Iterable[Price], at: datetime
) -> tuple[Decimal, list[dict[str, Any]]]:
    """The sum of what has a price, and each part with the price that it was computed with; `price` is null where none
    held, and such a part costs nothing here."""
    held = [price for price in prices if price.holds(at)]
    evidence = list(_parts(metrics, held))
    return sum((Decimal(part["cost"]) for part in evidence if part["cost"]), Decimal("0.000000")), evidence


def _parts(metrics: Mapping[str, Sequence[Mapping[str, Any]]], prices: Sequence[Price]) -> Iterator[dict[str, Any]]:
    for kind, counted, per, unit in _COUNTED:
        for used in metrics.get(kind, ()):
            quantity = Decimal(str(used.get(counted) or 0))
            if not quantity:
                continue
            provider, model = str(used.get("provider") or ""), str(used.get("model") or "")
            price = _price(prices, provider, model, unit)
            amount = Decimal(0) if provider in LOCAL else price.amount if price else None
            cost = None if amount is None else (quantity / per * amount).quantize(_SIXTH, ROUND_HALF_UP)
            yield {
                "part": kind,
                "provider": provider,
                "model": model,
                "counted": counted,
                "quantity": f"{quantity:f}",
                "unit": unit,
                "price": None if amount is None else f"{amount:f}",
                "price_id": str(price.id) if price and provider not in LOCAL else None,
                "cost": None if cost is None else f"{cost:f}",
            }


def _price(prices: Sequence[Price], provider: str, model: str, unit: Unit) -> Price | None:
    """The model's own before one for all of the provider's; of several that hold the youngest."""
    fitting = [
        price
        for price in prices
        if (price.provider, price.unit) == (provider, unit) and price.model in (model, ANY_MODEL)
    ]
    return max(fitting, key=lambda price: (price.model == model, price.effective_from), default=None)
