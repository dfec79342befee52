"""Two reports side by side: which cases changed, by measure."""

from dynaris.evals.results import Report, measured


def compare(before: Report, after: Report) -> str:
    """Of the cases that both have."""
    old = {result.case.id: result for result in before.results}
    new = {result.case.id: result for result in after.results}
    shared = [case_id for case_id in new if case_id in old]
    was, now = measured([old[each] for each in shared]), measured([new[each] for each in shared])
    lines = [
        f"{len(shared)} cases in both; before: {before.label} ({before.model}), after: {after.label} ({after.model})",
        *(f"only in one of them: {case_id}" for case_id in sorted(old.keys() ^ new.keys())),
        "",
        "| Measure | Before | After | Better | Worse |",
        "|---|--:|--:|---|---|",
    ]
    for name in dict.fromkeys((*was, *now)):
        better, worse = [], []
        for each in shared:
            held = [report[each].verdicts.get(name) for report in (old, new)]
            sides = [verdict.holds if verdict else None for verdict in held]
            if sides[0] is not sides[1]:
                (better if sides[1] or sides[0] is False else worse).append(each)
        shares = [f"{side[name].share:.1%}" if name in side else "-" for side in (was, now)]
        lines.append(f"| {name} | {shares[0]} | {shares[1]} | {', '.join(better)} | {', '.join(worse)} |")
    return "\n".join(lines)
