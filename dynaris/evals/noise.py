"""Mail that nobody should answer: collected mails through the whole flow, and what became of each kind.

The samples are not part of the product; where their folder is missing, that is said instead of figures.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from dynaris.channels.contract import Arrival
from dynaris.evals.play import end_of
from dynaris.evals.world import Stage

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples" / "email"

# What each sample is, by the beginning of its path; every other one was written by a person to a person.
KINDS: Mapping[str, str] = {
    "enmime/dsn__": "bounce or delivery report",
    "flanker/bounce__": "bounce or delivery report",
    "flanker/complaints__": "complaint report",
    "flanker/message-external-body": "newsletter or list",
    "mail-parser-spamscope/mail_test_13": "newsletter or list",
    "mail-parser-spamscope/mail_test_16": "newsletter or list",
    "flanker/spam__": "spam without a machine's mark",
    "mail-parser-spamscope/mail_malformed_3": "spam without a machine's mark",
    "mail-parser-spamscope/mail_test_3": "spam without a machine's mark",
    "mail-parser-spamscope/mail_test_8": "spam without a machine's mark",
}
ORDINARY = "ordinary mail"


class Heard(NamedTuple):
    sample: str
    kind: str
    ended: str
    reason: str


async def hear(stage: Stage, folder: Path = SAMPLES) -> list[Heard]:
    """Each sample as the only mail of its sender."""
    account = stage.accounts["email"]
    heard: list[Heard] = []
    for path in await asyncio.to_thread(lambda: sorted(folder.rglob("*.eml"))):
        name = path.relative_to(folder).as_posix()
        meta = {"mail_from": f"envelope.{len(heard)}@example.com"}
        arrival = Arrival(external_id=name, lane=f"email:{name}", raw=path.read_bytes(), meta=meta)
        row = await end_of(stage, account, arrival)
        ended = row["outcome"] or f"waiting for a {row['waiting_for']}"
        heard.append(Heard(name, kind_of(name), ended, row["reason"] or ""))
    return heard


def kind_of(name: str) -> str:
    return next((kind for start, kind in KINDS.items() if name.startswith(start)), ORDINARY)


def table(heard: Sequence[Heard]) -> str:
    if not heard:
        return f"## Noise\n\n**Not measured: the samples are not at `{'/'.join(SAMPLES.parts[-4:])}`.**\n"
    kinds = sorted({each.kind for each in heard}, key=lambda kind: (kind == ORDINARY, kind))
    lines = [
        f"## Noise: {len(heard)} collected mails",
        "",
        "Each went through the whole flow. A machine's mail must be ignored, an ordinary one never. "
        "Other: it waits for the person who has that conversation already, or it could not be read.",
        "",
        "| Kind | Mails | Ignored | Answered | Handed off | Other | Why ignored |",
        "|---|--:|--:|--:|--:|--:|---|",
    ]
    for kind in kinds:
        of_kind = [each for each in heard if each.kind == kind]
        ended = Counter(each.ended for each in of_kind)
        others = sum(ended.values()) - ended["ignored"] - ended["answered"] - ended["handed_off"]
        reasons = Counter(each.reason.partition(":")[0] for each in of_kind if each.ended == "ignored")
        said = "; ".join(f"{reason} ({count})" for reason, count in reasons.most_common())
        lines.append(
            f"| {kind} | {len(of_kind)} | {ended['ignored']} | {ended['answered']} | {ended['handed_off']} | {others} "
            f"| {said.replace('|', '/')} |"
        )
    return "\n".join([*lines, ""])


def figures(heard: Sequence[Heard]) -> dict[str, dict[str, object]]:
    """Of machines' mail, the share that is ignored; of people's, the share that is."""
    machines = [each for each in heard if each.kind not in (ORDINARY, "spam without a machine's mark")]
    people = [each for each in heard if each.kind == ORDINARY]
    shares = {
        "noise_machines_ignored": machines,
        "noise_ordinary_ignored": people,
    }
    return {
        name: {
            "value": round(sum(each.ended == "ignored" for each in found) / len(found), 4) if found else None,
            "target": None,
            "holds": True,
        }
        for name, found in shares.items()
    }
