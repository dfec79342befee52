"""What a process counts stays small, whatever tenants name."""

from decimal import Decimal

import pytest

from dynaris.agents.usage import Charge, count_usage
from dynaris.core import metrics
from dynaris.core.ids import new_id


def test_models_beyond_the_first_hundred_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "_models", set())
    agent = f"test-{new_id().hex}"
    for number in range(metrics.MOST_MODELS + 3):
        for _ in range(2):
            charge = Charge(model=f"mine:{number}", input_tokens=1, cost=Decimal("0.5"))
            count_usage(charge, agent)
    labels = ("mine:0", f"mine:{metrics.MOST_MODELS - 1}", f"mine:{metrics.MOST_MODELS}", "other")
    found = [
        metrics.registry.get_sample_value("dynaris_model_cost_usd_total", {"model": name, "agent": agent})
        for name in labels
    ]
    assert found == [1.0, 1.0, None, 3.0]
    assert metrics.model_label("mine:0") == "mine:0"
