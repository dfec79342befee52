"""Keeps `web/api/openapi.json`, from which the web's API client is made; `--write` renews it."""

import json
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1])]

from types import SimpleNamespace  # noqa: E402
from typing import Any, cast  # noqa: E402

from dynaris.app import web  # noqa: E402
from dynaris.core.settings import Settings  # noqa: E402

PATH = Path(__file__).parents[1] / "web" / "api" / "openapi.json"


def described() -> str:
    """The API without the sandbox, whose pages no client calls."""
    settings = Settings.model_construct(home=Path("unused"), public_url=None, host="", port=0, sandbox_pages=False)
    app = web.create_app(cast(Any, SimpleNamespace(db=None, settings=settings)), cast(Any, None))
    description = app.openapi()
    description["info"]["version"] = "0"  # a release alone changes no client
    return json.dumps(description, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> None:
    wanted = described()
    if "--write" in sys.argv[1:]:
        PATH.parent.mkdir(parents=True, exist_ok=True)
        PATH.write_text(wanted)
    elif not PATH.exists() or PATH.read_text() != wanted:
        sys.exit("web/api/openapi.json is not what the code answers: run `python scripts/openapi.py --write`")


if __name__ == "__main__":
    main()
