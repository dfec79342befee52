"""Secrets are compared in constant time: how long a refusal takes tells nobody how much of a guess was right."""

import ast
import re
from pathlib import Path

import dynaris

ROOT = Path(dynaris.__file__).parent
_SECRET = re.compile(r"(^|_)(token|secret|signature|digest|hmac|mac|otp|password|recovery_code|api_key|token_hash)s?$")
_NOT_OURS = ("sandbox/",)  # its password is printed in the docs
FILES = [
    path
    for path in sorted(ROOT.rglob("*.py"))
    if not path.name.startswith("test_") and not str(path.relative_to(ROOT)).startswith(_NOT_OURS)
]


def test_no_secret_is_compared_by_equality() -> None:
    for path in FILES:
        _check(path)


def _check(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Compare) and any(isinstance(one, ast.Eq | ast.NotEq | ast.In) for one in node.ops):
            sides = [node.left, *node.comparators]
            if any(isinstance(side, ast.Constant) for side in sides):
                continue  # a fixed word is no secret
            secret = [name for name in map(_name, sides) if _SECRET.search(name)]
            assert not secret, f"{path.name}:{node.lineno} compares {secret[0]}: use core.crypto.same"


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        return _name(node.func)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
