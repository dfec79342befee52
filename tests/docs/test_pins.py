"""What is installed is pinned, in Python and in the web, and no file names the address that it came from."""

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCKS = [(ROOT / name).read_text() for name in ("requirements.lock", "requirements-dev.lock")]


def test_the_locks_hold_the_constraints_and_no_address() -> None:
    uv = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["uv"]
    constraints = {re.split(r"[ ;]", line)[0] for line in uv["constraint-dependencies"]}
    for lock in LOCKS:
        assert "://" not in lock
        assert set(re.findall(r"^([a-z0-9][^\s;\\]*==[^\s;\\]+)", lock, re.MULTILINE)) <= constraints


def test_the_webs_lock_names_no_registry() -> None:
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text())
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert all("integrity" in package for name, package in lock["packages"].items() if name)


def test_the_web_pins_every_package_and_all_of_mantine_alike() -> None:
    package = json.loads((ROOT / "web" / "package.json").read_text())
    wanted = package["dependencies"] | package["devDependencies"]
    assert [version for version in wanted.values() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []
    assert len({version for name, version in wanted.items() if name.startswith("@mantine/")}) == 1
