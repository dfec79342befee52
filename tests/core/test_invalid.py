"""Faults of a value are told without the validation library's own words."""

from typing import Any, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from dynaris.core.invalid import faults_in, told, written


class Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")

    hours: dict[Literal["monday", "sunday"], list[str]] = {}
    span: str = Field(default="", pattern=written(r"^\d\d-\d\d$", "hours like 09-17"))
    line: str = Field(default="", pattern=r"^[^\x00]*$")
    other: str = Field(default="", pattern="^[a-c]*$", max_length=3)
    count: int = Field(default=1, le=5)
    id: UUID | None = None
    named: str

    @field_validator("named")
    @classmethod
    def _named(cls, named: str) -> str:
        if named == "nobody":
            raise ValueError("nobody is called that")
        return named


@pytest.mark.parametrize(
    ("sent", "field", "message"),
    [
        ({"hours": {"funday": []}}, "hours.funday", "expected 'monday' or 'sunday'"),
        ({"hours": {"monday": "9"}}, "hours.monday", "expected a list"),
        ({"hours": {"monday": [1]}}, "hours.monday.0", "expected text"),
        ({"span": "nine"}, "span", "expected hours like 09-17"),
        ({"line": "a\x00"}, "line", "control characters are not possible here"),
        ({"other": "xyz"}, "other", "it is not written as expected here"),
        ({"other": "aaaa"}, "other", "expected at most 3 characters"),
        ({"count": 6}, "count", "expected less than or equal to 5"),
        ({"count": "x"}, "count", "expected a whole number"),
        ({"id": "x"}, "id", "expected an id, like 01a1fda6-58f3-75e5-b81f-bf669e1fccbd"),
        ({"named": "nobody"}, "named", "nobody is called that"),
        ({"named": None}, "named", "expected text"),
        ({"colour": "red"}, "colour", "there is no such field"),
    ],
)
def test_a_fault_names_its_field_and_what_was_expected(sent: dict[str, Any], field: str, message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Sent.model_validate({"named": "Ann", **sent})
    assert faults_in(refused.value) == [{"field": field, "message": message}]


def test_faults_are_told_in_one_line_below_where_they_stand() -> None:
    with pytest.raises(ValidationError) as refused:
        Sent.model_validate({"count": "x"})
    assert told(faults_in(refused.value, below="settings")) == (
        "settings.count: expected a whole number; settings.named: this is required"
    )
