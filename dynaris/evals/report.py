"""The report: by case and by measure, as Markdown for people and as JSON for comparing."""

from collections.abc import Sequence
from typing import Any

from dynaris.agents.agent_settings import BUILTIN
from dynaris.evals.results import CaseResult, Measured, Report, measured, totals

WORDS = {
    "right_specialist": "the right specialist answered",
    "outcome": "it ended as it should",
    "escalated": "a person took over where one must, and the customer was told",
    "no_false_alarm": "no person was asked where none was needed",
    "right_passage": "knowledge questions answered from the right passage",
    "says": "everything the case wants said was said",
    "nothing_invented": "nothing invented, nothing forbidden said",
    "booked_right": "the calendar is as the customer wanted",
}
TARGETS = {"right_specialist": 0.90, "escalated": 1.0, "nothing_invented": 1.0, "right_passage": 0.70}


def figures(report: Report) -> dict[str, dict[str, Any]]:
    """By name: value, target and whether it holds. The targets are the held-out cases'; others are for comparison."""
    stated: dict[str, dict[str, Any]] = {}
    for name, results in by_set(report).items():
        held_out = name == "held-out"
        prefix = "" if held_out else f"{name.replace('-', '_')}_"
        stated[f"{prefix}cases"] = {"value": len(results), "target": None, "holds": True}
        for measure, found in measured(results).items():
            target = TARGETS.get(measure) if held_out else None
            stated[f"{prefix}{measure}"] = {
                "value": round(found.share, 4),
                "target": target,
                "holds": target is None or found.share >= target,
            }
    return stated


def by_set(report: Report) -> dict[str, list[CaseResult]]:
    names = sorted({result.set for result in report.results}, key=lambda name: (name != "held-out", name))
    return {name: [result for result in report.results if result.set == name] for name in names}


def markdown(report: Report, *, noise: str = "") -> str:
    head = [
        "# Evals",
        "",
        "Scripted customers write to the demo workspace; what it does and says is judged. "
        "[How to add a case](add-an-eval-case.md), and what each measure means.",
        "",
        f"Agent: {report.label}, model `{report.model}`. The conversations take place on "
        f"{report.moment:%A, %d %B %Y at %H:%M} ({report.moment.tzinfo}). "
        f"Made by `make evals` in {report.seconds:.0f} s.",
        "",
    ]
    head += _fallbacks(report)
    parts = [_section(name, results) for name, results in by_set(report).items()]
    return "\n".join([*head, *parts, noise]).rstrip() + "\n"


def _fallbacks(report: Report) -> list[str]:
    """A figure is the asked model's only where that one answered."""
    turns = [turn for result in report.results for turn in result.played.turns]
    fell = [turn for turn in turns if BUILTIN in turn.models] if report.model != BUILTIN else []
    if not fell:
        return []
    return [
        f"**In {len(fell)} of {len(turns)} turns the built-in model answered, because `{report.model}` failed.**",
        "",
    ]


def _section(name: str, results: list[CaseResult]) -> str:
    sums = totals(results)
    title = {"held-out": "Held-out cases", "dev": "Development cases"}.get(name, f"Cases: {name}")
    note = {"held-out": "Written by somebody who saw only the demo's knowledge; nothing was tuned on them. "}.get(
        name, ""
    )
    lines = [
        f"## {title}: {sums.cases}",
        "",
        f"{note}{sums.turns} turns; {sums.input_tokens} input and {sums.output_tokens} output tokens, "
        f"${sums.cost:.4f}; {1000 * sums.seconds / max(1, sums.turns):.0f} ms per turn.",
        "",
        "| Measure | | Held | Of | Share | Target |",
        "|---|---|--:|--:|--:|--:|",
        *(_measure_row(measure, found, held_out=name == "held-out") for measure, found in measured(results).items()),
        "",
        "By channel and language, cases in which every measure held:",
        "",
        *_groups(results),
        "",
        "| Case | Turns | ms | Ended as | Specialist | What failed |",
        "|---|--:|--:|---|---|---|",
        *(_case_row(result) for result in results),
        "",
    ]
    return "\n".join(lines)


def _measure_row(measure: str, found: Measured, *, held_out: bool) -> str:
    target = f"{TARGETS[measure]:.0%}" if held_out and measure in TARGETS else ""
    return f"| {measure} | {WORDS[measure]} | {found.held} | {found.of} | {found.share:.1%} | {target} |"


def _groups(results: Sequence[CaseResult]) -> list[str]:
    groups: dict[str, list[CaseResult]] = {}
    for result in results:
        for key in (result.case.channel, result.case.language):
            groups.setdefault(key, []).append(result)
    return [
        ", ".join(
            f"{key} {sum(not each.failed for each in found)}/{len(found)}" for key, found in sorted(groups.items())
        )
    ]


def _case_row(result: CaseResult) -> str:
    turns = result.played.turns
    failed = "; ".join(f"**{name}**: {_cell(result.verdicts[name].why)}" for name in result.failed)
    agent = turns[0].agent if turns else None
    spent = 1000 * sum(turn.seconds for turn in turns)
    return f"| {result.case.id} | {len(turns)} | {spent:.0f} | {result.played.ended_as} | {agent or '-'} | {failed} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")[:300]


def transcript(result: CaseResult) -> str:
    """Everything that was said and done in a case."""
    case = result.case
    lines = [f"{case.id} [{case.channel}, {case.language}] {case.title}"]
    for turn in result.played.turns:
        lines += [f"  > {line}" for line in turn.wrote.splitlines()]
        lines.append(f"    {turn.agent or 'nobody'}: {turn.ended_as} ({turn.reason or turn.why_agent or ''})")
        lines += [
            f"    * {tool.name} {tool.arguments} -> {str(tool.error or tool.result)[:300]}" for tool in turn.tools
        ]
        lines += [f"  < {line}" for reply in turn.replies for line in reply.splitlines()]
    lines += [f"    in the calendar: {each}" for each in result.played.bookings]
    if result.played.stopped:
        lines.append(f"    stopped: {result.played.stopped}")
    for name, verdict in result.verdicts.items():
        lines.append(f"    {'ok  ' if verdict.holds else 'FAIL'} {name}: {verdict.why}")
    return "\n".join(lines)
