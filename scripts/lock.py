"""Writes every pin: requirements*.lock (with hashes) and the constraints in pyproject.toml.

Run `.venv/bin/python scripts/lock.py` after changing a dependency; `--upgrade` moves every pin. No file
names a package registry: `uv.lock`, which does, is not committed.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
UV = ROOT / ".venv" / "bin" / "uv"
LOCKS = {
    "requirements.lock": ["--no-dev"],
    "requirements-dev.lock": ["--group", "dev", "--all-extras", "--no-extra", "whisper"],  # 75 MB that no test needs
}
_START, _END = "constraint-dependencies = [\n", "]\n"


def uv(*arguments: str) -> str:
    return subprocess.run([UV, *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def pins(text: str) -> list[str]:
    """`name==version` with its marker, one per package, without hashes."""
    lines = re.findall(r"^([a-z0-9][^\s;\\]*==[^\s;\\]+(?: ;[^\\\n]*)?)", text, re.MULTILINE)
    return sorted({line.strip() for line in lines})


def write_constraints(found: list[str]) -> None:
    path = ROOT / "pyproject.toml"
    before, rest = path.read_text().split(_START, 1)
    after = rest.split(_END, 1)[1]
    listed = "".join(f'  "{pin.replace(chr(34), chr(39))}",\n' for pin in found)
    path.write_text(before + _START + listed + _END + after)


def main() -> None:
    write_constraints([])
    (ROOT / "uv.lock").unlink(missing_ok=True)
    uv("lock", *sys.argv[1:])
    for name, options in LOCKS.items():
        text = uv("export", "--no-header", "--no-emit-project", "--no-annotate", *options)
        (ROOT / name).write_text(text)
    write_constraints(pins((ROOT / "requirements-dev.lock").read_text()))


if __name__ == "__main__":
    main()
