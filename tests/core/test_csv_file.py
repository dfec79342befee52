"""Cells that a spreadsheet would run go out harmless, wherever one may begin, and come back as they were."""

import random

import pytest

from dynaris.core.csv_file import neutral, restored


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("  @SUM(A1)", "'  @SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("Ada;=cmd|' /C calc'!A0;x", "Ada;'=cmd|' /C calc'!A0;x"),  # where cells are parted by semicolons
        ("Ada\n=1", "Ada\n'=1"),  # and where a quote that began in the middle of a cell holds no line together
        ("x;\t=1", "x;'\t=1"),
        ("'=1", "''=1"),
        ("Ada; Bob", "Ada; Bob"),
        ("a=1, b-2", "a=1, b-2"),
    ],
)
def test_a_formula_is_made_text(text: str, written: str) -> None:
    assert neutral(text) == written


def test_what_was_written_is_read_back_whatever_it_was() -> None:
    chance = random.Random(7)
    for _ in range(20_000):
        text = "".join(chance.choice("=;'\n\r\t a-＝") for _ in range(chance.randint(0, 9)))
        assert restored(neutral(text)) == text
