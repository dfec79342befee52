"""Costs by the prices that held when a call ended."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from dynaris.billing.costs import Price, Unit, cost_of
from dynaris.core.ids import new_id

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def price(unit: Unit, amount: str, model: str = "nova-3", since: int = -30, until: int | None = None) -> Price:
    end = None if until is None else NOW + timedelta(days=until)
    return Price(new_id(), "deepgram", model, unit, Decimal(amount), NOW + timedelta(days=since), end)


def heard(seconds: float, model: str = "nova-3", provider: str = "deepgram") -> dict[str, Any]:
    return {"stt": [{"provider": provider, "model": model, "duration_seconds": seconds}]}


@pytest.mark.parametrize(
    ("seconds", "amount", "cost"),
    [
        (60, "0.0077", "0.007700"),
        (1, "0.0001", "0.000002"),  # 0.00000166…
        (3, "0.00001", "0.000001"),  # exactly half a millionth
        (0.1, "0.0003", "0.000001"),  # 0.0000005
        (61.5, "0.0077", "0.007893"),  # 0.0078925
        (0, "1", "0.000000"),
    ],
)
def test_speech_costs_by_the_minute_to_six_places_half_up(seconds: float, amount: str, cost: str) -> None:
    total, _ = cost_of(heard(seconds), [price("stt_minute", amount)], NOW)
    assert f"{total:f}" == cost


def test_tokens_and_characters_cost_by_the_thousand() -> None:
    prices = [price("llm_input_1k", "0.15"), price("llm_output_1k", "0.6"), price("tts_1k", "0.015")]
    metrics = {
        "llm": [{"provider": "deepgram", "model": "nova-3", "input_tokens": 1_234, "output_tokens": 56}],
        "tts": [{"provider": "deepgram", "model": "nova-3", "characters": 789}],
    }
    total, evidence = cost_of(metrics, prices, NOW)
    assert [part["cost"] for part in evidence] == ["0.185100", "0.033600", "0.011835"]
    assert f"{total:f}" == "0.230535"
    assert {part["price_id"] for part in evidence} == {str(one.id) for one in prices}


def test_the_price_of_that_time_holds_and_a_models_own_before_one_for_all() -> None:
    old, new = price("stt_minute", "1", until=0), price("stt_minute", "2", since=0)
    assert cost_of(heard(60), [old, new], NOW)[0] == 2, "a price holds from its first moment, and not at its last"
    assert cost_of(heard(60), [old, new], NOW - timedelta(seconds=1))[0] == 1
    every = price("stt_minute", "5", model="*", since=-1)
    assert cost_of(heard(60), [every, new], NOW)[0] == 2
    assert cost_of(heard(60, model="other"), [every, new], NOW)[0] == 5
    young = price("stt_minute", "3", since=-1)
    assert cost_of(heard(60), [young, price("stt_minute", "9")], NOW)[0] == 3, "of two that hold the younger"


def test_what_has_no_price_counts_nothing_and_says_so_and_what_runs_here_is_free() -> None:
    total, (part,) = cost_of(heard(60), [price("tts_1k", "1")], NOW)
    assert (total, part["price"], part["cost"]) == (0, None, None)
    total, (part,) = cost_of(heard(60, provider="local"), [], NOW)
    assert (total, part["price"], part["cost"]) == (0, "0", "0.000000")
