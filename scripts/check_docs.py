"""Fails when the documentation no longer says what the code does; `--write` renews its generated parts.

Each check takes the folder of the repository and answers with one line for each thing that is wrong.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import reference  # noqa: E402 - what the code itself says about settings, commands, routes and words

ROOT = Path(__file__).parents[1]
MOST_LINES, MOST_TEST_LINES = 500, 800
GENERATED: dict[str, dict[str, Callable[[], str]]] = {
    "docs/settings.md": {"settings": reference.settings_table, "commands": reference.commands_table},
    "docs/matching.md": {
        "matching": lambda: reference.rules_table(reference.rules.MATCHING),
        "duplicates": lambda: reference.rules_table(reference.rules.DUPLICATES),
    },
}

# Words that must have a row in the table below a heading: page, heading, where the code keeps them.
TABLES: tuple[tuple[str, str, Callable[[], list[str]]], ...] = (
    ("docs/errors.md", "Codes", reference.error_codes),
    ("docs/http-api.md", "Routes", reference.route_families),
    ("docs/runbooks/lost-reply.md", "Status of an event", lambda: reference.allowed("event", "status")),
    ("docs/runbooks/lost-reply.md", "What an event waits for", reference.waits),
    ("docs/runbooks/lost-reply.md", "Outcomes", reference.outcomes),
    ("docs/runbooks/lost-reply.md", "Status of an outbox row", lambda: reference.allowed("outbox", "status")),
    ("docs/runbooks/lost-reply.md", "Delivery of a message", reference.deliveries),
    ("docs/runbooks/lost-reply.md", "Status of a run", lambda: reference.allowed("run", "status")),
    ("docs/runbooks/lost-reply.md", "Status of an approval", lambda: reference.allowed("approval", "status")),
    ("docs/runbooks/lost-reply.md", "Status of a follow-up", lambda: reference.allowed("follow_up", "status")),
    ("docs/runbooks/lost-reply.md", "What the watchdog does", reference.watchdog_duties),
    ("docs/runbooks/lost-reply.md", "Steps of a story", reference.trace_steps),
    ("docs/architecture.md", "Matching a sender", reference.matching_rules),
    ("docs/add-a-channel.md", "Traits", reference.traits),
    ("docs/notifications.md", "Topics", reference.topics),
    ("docs/glossary.md", "Specialists", reference.specialists),
    ("docs/glossary.md", "Tools", reference.tools),
)


def check_tables(root: Path) -> Iterator[str]:
    for page, heading, words in TABLES:
        path = root / page
        if not path.exists():
            yield f"{page} is missing"
            continue
        rows = set(re.findall(r"^\| `([^`]+)`", section(path.read_text(), heading), re.MULTILINE))
        known = words()
        yield from (f"{page}: {word!r} has no row below {heading!r}" for word in known if word not in rows)
        yield from (f"{page}: {word!r} below {heading!r} is not in the code" for word in sorted(rows - set(known)))


def section(text: str, heading: str) -> str:
    """From a heading to the next one of any level."""
    found = re.search(rf"^#+ {re.escape(heading)}$(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def check_generated(root: Path) -> Iterator[str]:
    for name, parts in GENERATED.items():
        path = root / name
        if not path.exists() or renewed(path.read_text(), parts) != path.read_text():
            yield f"{name} is not what the code says: run `python scripts/check_docs.py --write`"


def renewed(page: str, parts: dict[str, Callable[[], str]]) -> str:
    for name, written in parts.items():
        text = written()
        block = re.compile(rf"(<!-- generated: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        page = block.sub(lambda found, text=text: f"{found[1]}{text}{found[2]}", page)
    return page


def check_channels(root: Path) -> Iterator[str]:
    folder = root / "docs" / "integrations"
    overview = folder / "README.md"
    listed = overview.read_text() if overview.exists() else ""
    for name in reference.channel_names():
        if not (folder / f"{name}.md").exists():
            yield f"docs/integrations/{name}.md is missing: the page of the channel {name!r}"
        if f"({name}.md)" not in listed:
            yield f"docs/integrations/README.md has no line that links {name}.md"


def check_make(root: Path) -> Iterator[str]:
    readme = (root / "README.md").read_text()
    targets = re.search(r"^\.PHONY: (.+)$", (root / "Makefile").read_text(), re.MULTILINE)
    for target in targets[1].split() if targets else ():
        if not re.search(rf"\bmake {target}\b", readme):
            yield f"README.md does not mention `make {target}`"


def check_commands(root: Path) -> Iterator[str]:
    """What a page tells people to type exists, with these options."""
    known = reference.commands()
    for page in pages(root):
        for line in re.findall(r"(?:^|[`/ (])dynaris ((?:[a-z-]+|--)[^`\n]*)", page.read_text(), re.MULTILINE):
            words = re.split(r"[\s|;#>&]", line)[:2]
            command = next((" ".join(words[:n]) for n in (2, 1) if " ".join(words[:n]) in known), None)
            in_code = words[0] in {name.split()[0] for name in known}
            if command is None and in_code:
                yield f"{where(page, root)}: there is no command `dynaris {' '.join(words)}`"
            for option in re.findall(r"--[a-z][a-z-]*", line.split("#")[0]) if command else ():
                if option not in known[command or ""]:
                    yield f"{where(page, root)}: `dynaris {command}` has no option {option}"


def check_names(root: Path) -> Iterator[str]:
    """Variables and files that pages name exist."""
    variables = set(reference.variables())
    for page in pages(root):
        text = page.read_text()
        for name in sorted(set(re.findall(r"\bDYNARIS_[A-Z_]+[A-Z]", text)) - variables):
            yield f"{where(page, root)}: {name} is no setting"
        for name in sorted(set(re.findall(r"`([\w.-]+(?:/[\w.-]+)+\.(?:py|md|toml|json|lock))`", text))):
            if not any((base / name).exists() for base in (root, root / "dynaris", page.parent)):
                yield f"{where(page, root)}: there is no file {name}"


def check_links(root: Path) -> Iterator[str]:
    for page in pages(root):
        text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
        for link in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:", link):
                continue
            path, _, anchor = link.partition("#")
            target = (page.parent / path).resolve() if path else page
            if not target.exists():
                yield f"{where(page, root)}: the link {link} leads nowhere"
            elif anchor and anchor not in anchors(target):
                yield f"{where(page, root)}: {link} names a heading that is not there"


def anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def check_refusals(root: Path) -> Iterator[str]:
    """The codes with which channels refuse an arrival are codes of the error tree."""
    known = set(reference.error_codes())
    for path in (root / "dynaris" / "channels").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Rejected" and len(call.args) > 2:
                code = call.args[2]
                if isinstance(code, ast.Constant) and code.value not in known:
                    yield f"{where(path, root)}:{call.lineno}: {code.value!r} is no code of core/errors.py"


def check_routes(root: Path) -> Iterator[str]:
    """What pages, and words in the code such as a remedy, tell people to call can be called."""
    known = reference.routes()
    for path in (*pages(root), *(root / "dynaris").rglob("*.py")):
        for method, named in re.findall(r"\b(GET|POST|PUT|PATCH|DELETE) (/api/[\w{}/.-]+)", path.read_text()):
            if (method, re.sub(r"\{[^}]*\}", "{}", named.rstrip("."))) not in known:
                yield f"{where(path, root)}: there is no {method} {named}"


def check_sizes(root: Path) -> Iterator[str]:
    for path in files(root, "*.py"):
        name = where(path, root)
        if name.startswith("dynaris/migrations/versions/"):
            continue
        most = MOST_TEST_LINES if name.startswith("tests/") or path.name.startswith("test_") else MOST_LINES
        lines = path.read_bytes().count(b"\n")
        if lines > most:
            yield f"{name} has {lines} lines; {most} are the most"


def pages(root: Path) -> Iterator[Path]:
    return files(root, "*.md")


def files(root: Path, pattern: str) -> Iterator[Path]:
    yield from sorted(root.glob(pattern))
    for folder in ("dynaris", "tests", "benchmarks", "scripts", "docs", "changes"):
        yield from sorted(path for path in (root / folder).rglob(pattern) if "fixtures" not in path.parts)


def where(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


CHECKS = (
    check_tables,
    check_generated,
    check_channels,
    check_make,
    check_commands,
    check_names,
    check_links,
    check_refusals,
    check_routes,
    check_sizes,
)


def problems(root: Path) -> list[str]:
    return [problem for check in CHECKS for problem in check(root)]


def main() -> int:
    if "--write" in sys.argv[1:]:
        for name, parts in GENERATED.items():
            path = ROOT / name
            path.write_text(renewed(path.read_text(), parts))
    found = problems(ROOT)
    for problem in found:
        print(problem)
    print("docs: " + (f"{len(found)} problems" if found else "they say what the code does"))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
