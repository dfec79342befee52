"""`dynaris evals`: a database of its own, a report in a folder, one line of JSON at the end."""

import asyncio
import json
import os
import sys
from pathlib import Path

from dynaris.evals.results import Report
from tests.evals.test_report import report, result

CASE = """
[[case]]
id = "chat-en-parking-1"
channel = "webchat"
language = "en"
title = "Asks where to park"
name = "Ann"
turns = ["Is there parking?"]
[case.expect]
specialist = ["chat"]
outcome = "answered"
passages = ["Is there parking?"]
knowledge = true
says = ["Gartenweg"]
"""


async def command(folder: Path, *arguments: str) -> tuple[int | None, str, str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("DYNARIS_", "DATABASE_"))}
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "dynaris.app.cli", "evals", *arguments),
        cwd=folder,
        env={**environment, "HOME": str(folder)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await child.communicate()
    return child.returncode, out.decode(), err.decode()


async def test_own_cases_are_played_reported_and_compared(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(CASE)
    before = report(result("chat-en-parking-1", "own", says=False))
    (tmp_path / "before.json").write_text(before.model_dump_json(by_alias=True))
    code, out, err = await command(tmp_path, "--cases", "mine.toml", "--out", "first", "-v", "--compare", "before.json")
    assert code == 0, err
    assert "  > Is there parking?" in out
    assert "| says | 0.0% | 100.0% | chat-en-parking-1 |  |" in out
    figures = json.loads(out.splitlines()[-1])
    assert figures["own_right_passage"] == {"value": 1.0, "target": None, "holds": True}
    assert "chat-en-parking-1" in (tmp_path / "first" / "evals.md").read_text()
    again = Report.model_validate_json((tmp_path / "first" / "evals.json").read_bytes())
    assert again.results[0].verdicts["says"].holds


async def test_a_wrong_case_or_an_unknown_id_stops_at_once(tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text(CASE.replace('"webchat"', '"fax"'))
    code, _, err = await command(tmp_path, "--cases", "wrong.toml")
    assert (code, "wrong.toml: case 'chat-en-parking-1': channel:" in err) == (1, True)
    code, _, err = await command(tmp_path, "--set", "dev", "--case", "nobody")
    assert (code, "no case of this set has the id nobody" in err) == (1, True)
