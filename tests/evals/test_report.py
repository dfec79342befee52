"""The report: figures with targets on the held-out cases alone, and what changed between two of them."""

from datetime import UTC, datetime

from dynaris.evals.cases import case_of
from dynaris.evals.comparing import compare
from dynaris.evals.playing import Played, Turn
from dynaris.evals.report import figures, markdown, transcript
from dynaris.evals.results import CaseResult, Report, Verdict
from tests.evals.examples import a_case

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def result(case_id: str, of: str, **held: bool) -> CaseResult:
    verdicts = {name: Verdict(holds=holds, why=f"{name} | {holds}") for name, holds in held.items()}
    turn = Turn(wrote="Is there parking?", outcome="answered", agent="chat", replies=["Yes."], seconds=0.02)
    return CaseResult(
        case=case_of(a_case(id=case_id)),
        set=of,
        played=Played(case_id=case_id, turns=[turn]),
        verdicts=verdicts,
    )


def report(*results: CaseResult, label: str = "one") -> Report:
    return Report(label=label, model="builtin", moment=NOW, made_at=NOW, seconds=1, results=list(results))


def test_a_target_holds_on_the_held_out_cases_and_the_others_are_only_told() -> None:
    stated = figures(
        report(
            result("a-1", "held-out", right_specialist=True, nothing_invented=True),
            result("a-2", "held-out", right_specialist=False, nothing_invented=True),
            result("b-1", "dev", right_specialist=False, nothing_invented=False),
        )
    )
    assert stated["cases"] == {"value": 2, "target": None, "holds": True}
    assert stated["right_specialist"] == {"value": 0.5, "target": 0.9, "holds": False}
    assert stated["nothing_invented"] == {"value": 1.0, "target": 1.0, "holds": True}
    assert stated["dev_nothing_invented"] == {"value": 0.0, "target": None, "holds": True}


def test_a_report_names_every_case_and_what_failed_in_it() -> None:
    page = markdown(report(result("a-1", "held-out", outcome=True), result("b-1", "dev", outcome=False)))
    assert "## Held-out cases: 1" in page
    assert "| b-1 | 1 | 20 | answered | chat | **outcome**: outcome \\| False |" in page
    assert "FAIL outcome" in transcript(result("b-1", "dev", outcome=False))


def test_two_reports_side_by_side_say_which_cases_changed() -> None:
    before = report(result("a-1", "dev", says=True), result("a-2", "dev", says=False), result("old", "dev", says=True))
    after = report(result("a-1", "dev", says=False), result("a-2", "dev", says=True), label="two")
    told = compare(before, after)
    assert "2 cases in both" in told
    assert "only in one of them: old" in told
    assert "| says | 50.0% | 50.0% | a-2 | a-1 |" in told


def test_a_report_says_where_another_model_answered() -> None:
    fell = result("a-1", "dev", says=True)
    turn = fell.played.turns[0].model_copy(update={"models": ["builtin"]})
    fell = fell.model_copy(update={"played": fell.played.model_copy(update={"turns": [turn]})})
    asked = report(fell).model_copy(update={"model": "openai:gpt-5.2"})
    assert "**In 1 of 1 turns the built-in model answered" in markdown(asked)
    assert "built-in model answered" not in markdown(report(fell))
