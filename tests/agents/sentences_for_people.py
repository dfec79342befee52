"""What customers of a clinic, a shop, a hotel and a workshop write that a person has to answer, and what not."""

from pathlib import Path

_TEXTS = Path(__file__).with_name("sentences")


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


FOR_A_PERSON = [line for path in sorted(_TEXTS.glob("for_a_person.*.txt")) for line in _lines(path)]
NOT_FOR_A_PERSON = _lines(_TEXTS / "not_for_a_person.txt")
