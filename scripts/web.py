"""`build` renews what the package serves to browsers; `check` compiles strictly, and fails where the client drifted."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "web"), str(ROOT / "scripts")]

import building  # noqa: E402
import openapi  # noqa: E402


def main() -> None:
    match sys.argv[1:]:
        case ["build"]:
            building.build(ROOT)
        case ["check"]:
            openapi.main()
            building.run(ROOT, "run", "check")
        case _:
            sys.exit("usage: web.py build | check")


if __name__ == "__main__":
    main()
