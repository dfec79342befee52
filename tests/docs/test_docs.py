"""The pages say what the code does, and the check that guards them notices when they do not."""

import importlib
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import psycopg
import pytest

ROOT = Path(__file__).parents[2]
RUNBOOK = "docs/runbooks/lost-reply.md"


@pytest.fixture(scope="module")
def check() -> Iterator[ModuleType]:
    sys.path.insert(0, str(ROOT / "scripts"))
    yield importlib.import_module("check_docs")
    sys.path.remove(str(ROOT / "scripts"))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The pages and what they speak of, to be spoiled."""
    for folder in ("docs", "changes"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("*.webp"))
    for folder in ("dynaris", "scripts", "tests"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    for name in ("README.md", "Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def spoil(page: Path, old: str, new: str) -> None:
    text = page.read_text()
    assert old in text
    page.write_text(text.replace(old, new))


def test_the_pages_say_what_the_code_does(check: ModuleType) -> None:
    assert check.problems(ROOT) == []


SPOILED = (
    (RUNBOOK, "| `ignored` |", "| ignored |", "'ignored' has no row below 'Outcomes'"),
    (RUNBOOK, "| `run` | Manual", "| Manual", "'run' has no row below 'What an event waits for'"),
    (RUNBOOK, "| `unknown` | The provider", "| The provider", "'unknown' has no row below 'Status of an outbox"),
    (RUNBOOK, "| `overdue` |", "| `late` |", "'late' below 'What the watchdog does' is not in the code"),
    ("docs/errors.md", "| `conflict` |", "| |", "'conflict' has no row below 'Codes'"),
    ("docs/http-api.md", "| `/api/approvals` |", "| |", "'/api/approvals' has no row below 'Routes'"),
    (
        "docs/settings.md",
        "| `DYNARIS_PORT` | `8000`",
        "| `DYNARIS_PORT` | `80`",
        "docs/settings.md is not what the code says",
    ),
    ("docs/matching.md", "× 0.4", "× 0.5", "docs/matching.md is not what the code says"),
    ("docs/settings.md", "| `dynaris migrate` |", "| |", "docs/settings.md is not what the code says"),
    ("docs/architecture.md", "| `same_number` |", "| |", "'same_number' has no row below 'Matching a sender'"),
    ("docs/add-a-channel.md", "| `resend_safe` |", "| |", "'resend_safe' has no row below 'Traits'"),
    ("docs/integrations/README.md", "(generic.md)", "", "no line that links generic.md"),
    ("README.md", "make bench", "make fast", "README.md does not mention `make bench`"),
    ("README.md", "](docs/architecture.md", "](docs/plan.md", "the link docs/plan.md leads nowhere"),
    ("README.md", "](docs/architecture.md", "](docs/architecture.md#no", "names a heading that is not there"),
    ("README.md", "dynaris trace ", "dynaris account explain ", "there is no command `dynaris account explain`"),
    ("README.md", "dynaris trace ", "dynaris trace --loud ", "`dynaris trace` has no option --loud"),
    ("docs/glossary.md", "# Glossary", "# Glossary\n\n`DYNARIS_SPEED`", "DYNARIS_SPEED is no setting"),
    ("docs/glossary.md", "# Glossary", "# Glossary\n\n`pipeline/guess.py`", "there is no file pipeline/guess.py"),
)


@pytest.mark.parametrize("on_first", [True, False])
def test_each_place_that_no_longer_fits_is_named(check: ModuleType, copy: Path, on_first: bool) -> None:
    """All at once, since each look costs a second; two of the same words or complaint one after the other."""
    met: set[str] = set()
    wanted = []
    for page, old, new, complaint in SPOILED:
        if met.isdisjoint((page + old, complaint)) is on_first:
            spoil(copy / page, old, new)
            wanted.append(complaint)
        met |= {page + old, complaint}
    assert wanted
    found = check.problems(copy)
    assert [one for one in wanted if not any(one in problem for problem in found)] == [], found


def test_a_channel_without_its_page_is_named(check: ModuleType, copy: Path) -> None:
    (copy / "docs" / "integrations" / "webchat.md").unlink()
    assert any("the page of the channel 'webchat'" in problem for problem in check.check_channels(copy))


def test_a_refusal_with_an_unknown_code_is_named(check: ModuleType, tmp_path: Path) -> None:
    code = tmp_path / "dynaris" / "channels" / "adapter.py"
    code.parent.mkdir(parents=True)
    code.write_text("Rejected('no', 422, 'invalid_input')\nRejected('no', 400, 'odd')\n")
    assert list(check.check_refusals(tmp_path)) == ["dynaris/channels/adapter.py:2: 'odd' is no code of core/errors.py"]


def test_a_call_that_cannot_be_made_is_named(check: ModuleType, tmp_path: Path) -> None:
    remedies = tmp_path / "dynaris" / "doctor.py"
    remedies.parent.mkdir()
    remedies.write_text('A = "POST /api/knowledge, PATCH /api/accounts/{id}."\nB = "POST /api/knowledge/sources"\n')
    assert list(check.check_routes(tmp_path)) == ["dynaris/doctor.py: there is no POST /api/knowledge/sources"]


def test_long_files_are_named_and_migrations_may_be_long(check: ModuleType, tmp_path: Path) -> None:
    versions = tmp_path / "dynaris" / "migrations" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / "tests").mkdir()
    (tmp_path / "dynaris" / "long.py").write_text("\n" * 501)
    (versions / "0999_long.py").write_text("\n" * 5_000)
    (tmp_path / "tests" / "test_long.py").write_text("\n" * 800)
    assert list(check.check_sizes(tmp_path)) == ["dynaris/long.py has 501 lines; 500 are the most"]


async def test_the_queries_of_the_runbook_run(database_url: str) -> None:
    queries = re.findall(r"^```sql\n(.*?)^```", (ROOT / RUNBOOK).read_text(), re.MULTILINE | re.DOTALL)
    assert len(queries) >= 5
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        for query in queries:
            filled = re.sub(r":'\w+'", "'00000000-0000-0000-0000-000000000000'", query)
            await connection.execute(filled)  # type: ignore[arg-type] - the page's own text
