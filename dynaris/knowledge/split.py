"""How a source becomes passages: Markdown by headings, text by paragraphs, FAQs by pairs."""

import re
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from dynaris.core.errors import InvalidInput

Kind = Literal["text", "markdown", "faq"]

WANTED = 800  # characters a passage grows to
LONGEST = 1600  # a single paragraph may be this long before it is cut
LONGEST_HEADING = 500
MOST_PASSAGES = 5000

_HEADING = re.compile(r"(#{1,6})[ \t]+(\S.*)")
_FENCE = re.compile(r"^\s*(?:```|~~~)")
_QUESTION = re.compile(r"(?:\*\*)?(?:Q|F|Question|Frage|P|Pregunta)[:.](.+)", re.IGNORECASE)
_ANSWER = re.compile(r"(?:\*\*)?(?:A|R|Answer|Antwort|Respuesta|Réponse)[:.](.*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Piece:
    heading: str
    text: str
    page: str | None = None  # as a person names the place: "12", "slide 3", "Prices!2-10"
    link: str | None = None


def split(kind: Kind, title: str, content: str) -> list[Piece]:
    """The passages of a source. Raises InvalidInput where there is nothing to find in it."""
    if kind == "faq":
        found = _faq(content)
    elif kind == "markdown":
        found = _markdown(title, content)
    else:
        found = [Piece(title, text) for text in _paragraphs(content)]
    if not found:
        raise InvalidInput(f"expected {kind} content with at least one passage, got none")
    if len(found) > MOST_PASSAGES:
        raise InvalidInput(f"expected at most {MOST_PASSAGES} passages, got {len(found)}; make several sources of it")
    return [Piece(piece.heading[:LONGEST_HEADING], piece.text) for piece in found]


def _markdown(title: str, content: str) -> list[Piece]:
    found: list[Piece] = []
    path: list[tuple[int, str]] = []
    lines: list[str] = []
    fenced = False

    def close() -> None:
        heading = " › ".join(name for _, name in path) or title
        found.extend(Piece(heading, text) for text in _paragraphs("\n".join(lines)))
        lines.clear()

    for line in content.splitlines():
        fenced ^= bool(_FENCE.match(line))
        heading = None if fenced else _HEADING.match(line)
        if heading is None:
            lines.append(line)
            continue
        close()
        level = len(heading[1])
        path = [entry for entry in path if entry[0] < level] + [(level, heading[2].rstrip("# \t"))]
    close()
    return found


def _paragraphs(content: str) -> list[str]:
    """Paragraphs, short neighbours together; one that is too long is cut between sentences."""
    found: list[str] = []
    for paragraph in re.split(r"\n\s*\n", content):
        for piece in _cut(paragraph.strip()):
            if found and len(found[-1]) + len(piece) + 2 <= WANTED:
                found[-1] += "\n\n" + piece
            else:
                found.append(piece)
    return found


def _cut(paragraph: str) -> list[str]:
    pieces: list[str] = []
    while len(paragraph) > LONGEST:
        window = paragraph[:LONGEST]
        at = max((match.end() for match in re.finditer(r"[.!?]\s+|\n", window)), default=0)
        at = at if at > WANTED // 2 else window.rfind(" ") + 1 or LONGEST
        pieces.append(paragraph[:at].strip())
        paragraph = paragraph[at:].strip()
    return [*pieces, paragraph] if paragraph else pieces


def _faq(content: str) -> list[Piece]:
    return [Piece(question, piece) for question, answer in pairs_in(content) if question for piece in _cut(answer)]


def pairs_in(content: str) -> list[tuple[str, str]]:
    """Questions with their answers. Raises `InvalidInput`."""
    return _pairs_of_json(content) if content.lstrip().startswith(("[", "{")) else _pairs_of_text(content)


def _pairs_of_json(content: str) -> list[tuple[str, str]]:
    """`[{"question": …, "answer": …}, …]`, or that under the key `faq`."""
    try:
        data: Any = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"expected FAQ pairs as JSON, got something else: {error}") from error
    rows = data.get("faq") if isinstance(data, dict) else data
    if not isinstance(rows, list):
        raise InvalidInput("expected a list of question and answer pairs")
    pairs: list[tuple[str, str]] = []
    for row in rows:
        question, answer = (row.get("question"), row.get("answer")) if isinstance(row, dict) else (None, None)
        if not isinstance(question, str) or not isinstance(answer, str):
            raise InvalidInput('expected each FAQ pair as {"question": "…", "answer": "…"}')
        pairs.append((question.strip(), answer.strip()))
    return pairs


def _pairs_of_text(content: str) -> list[tuple[str, str]]:
    """Lines `Q: …` and `A: …`; an answer goes on until the next question."""
    pairs: list[tuple[str, list[str]]] = []
    for line in content.splitlines():
        if question := _QUESTION.match(line.lstrip()):
            pairs.append((question[1].strip("* \t"), []))
        elif pairs:
            answer = _ANSWER.match(line.lstrip()) if not pairs[-1][1] else None
            pairs[-1][1].append(answer[1].lstrip("* \t") if answer else line)
    return [(question, "\n".join(lines).strip()) for question, lines in pairs]
