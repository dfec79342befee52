"""Cases are read from TOML; a wrong one is refused with its file, its id, the field and what was expected."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from dynaris.core.errors import InvalidInput
from dynaris.evals.cases import case_of, filled, placeholders, read_cases, read_set
from dynaris.evals.schemas import NewRun
from tests.evals.examples import a_case

GOOD = """
[[case]]
id = "mail-de-parking-1"
channel = "email"
language = "de"
title = "Asks where to park"
subject = "Parken"
name = "Jonas Becker"
turns = ["Wo kann ich parken?", "Um {first_slot} bitte"]
[case.expect]
specialist = ["chat"]
outcome = "answered"
says = ['\\bGarage']
[case.expect.booking]
service = "Sports massage"
weekday = "tuesday"
from = "15:00"
until = "19:00"
"""


def test_a_file_is_read_as_people_write_it(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(GOOD)
    [case] = read_cases([tmp_path])
    assert (case.subject, case.expect.says) == ("Parken", ["\\bGarage"])
    assert case.expect.booking
    assert (case.expect.booking.earliest.hour, case.expect.booking.week) == (15, 0)
    assert placeholders(case.turns[1]) == [0]
    assert filled(case.turns[1], ["15:30"]) == "Um 15:30 bitte"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"channel": "fax"}, "channel: Input should be 'email', 'webchat' or 'whatsapp', not 'fax'"),
    ({"subject": "Hello"}, "its fields together: expected a `subject` on the channel email, and on no other"),
    ({"turns": []}, "turns: List should have at least 1 item"),
    ({"turns": ["at {first_slot}"]}, "turns: expected no {first_slot} in the first turn"),
    ({"turns": ["x", "at {tomorrow}"]}, "turns: expected no placeholder but first_slot, second_slot, third_slot"),
    ({"mood": "angry"}, "mood: Extra inputs are not permitted, not 'angry'"),
    ({"expect": {"outcome": "won"}}, "expect.outcome: Input should be 'answered', 'handed_off' or 'ignored'"),
    ({"expect": {"outcome": "answered", "escalate": True}}, "expect: expected the outcome handed_off"),
    ({"expect": {"outcome": "answered", "knowledge": True}}, "expect: expected `passages` with at least one title"),
    ({"expect": {"outcome": "answered", "says": ["(69"]}}, "expect.says.0: expected a regular expression"),
    ({"expect": {"outcome": "answered", "specialist": ["dentist"]}}, "expect.specialist.0: Input should be"),
]


@pytest.mark.parametrize(("changes", "said"), WRONG, ids=[said for _, said in WRONG])
def test_a_wrong_case_says_where_and_what_was_expected(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        case_of(a_case(**changes), "dev.toml: ")
    assert str(refused.value).startswith(f"dev.toml: case 'chat-en-parking-1': {said}")


def test_a_file_that_is_no_toml_or_has_other_tables_is_refused_by_its_name(tmp_path: Path) -> None:
    for text, said in (("[[case", "TOML was expected"), ("[case]\nid = 1", "[[case]] tables"), ("x = 1", "not x")):
        (tmp_path / "wrong.toml").write_text(text)
        with pytest.raises(InvalidInput) as refused:
            read_cases([tmp_path / "wrong.toml"])
        assert "wrong.toml" in str(refused.value)
        assert said in str(refused.value)


def test_two_cases_never_share_an_id(tmp_path: Path) -> None:
    (tmp_path / "twice.toml").write_text(GOOD + GOOD)
    with pytest.raises(InvalidInput, match="mail-de-parking-1"):
        read_cases([tmp_path])


def test_the_products_own_cases_are_many_and_of_every_kind() -> None:
    cases = read_set("dev")
    assert not {each.id for each in cases} & {each.id for each in read_set("held-out")}
    assert len(cases) >= 70
    assert {case.channel for case in cases} == {"email", "webchat", "whatsapp"}
    assert {case.language for case in cases} == {"en", "de", "es", "fr"}
    assert sum(len(case.turns) > 1 for case in cases) >= 15


def test_the_examples_of_the_page_on_cases_are_cases() -> None:
    page = (Path(__file__).parents[2] / "docs" / "add-an-eval-case.md").read_text()
    [written] = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    [posted] = re.findall(r"-d '(\{.*?\})'\n", page, re.DOTALL)
    assert [case_of(table).id for table in tomllib.loads(written)["case"]] == ["mail-en-book-1"]
    assert len(NewRun.model_validate_json(posted).cases) == 1
