"""The answer to a mailed link that works no more, as the routes that open such links describe it."""

from typing import Any

from dynaris.core.http import PROBLEM_JSON

GONE: dict[int | str, dict[str, Any]] = {
    410: {
        "description": "The link was used, has expired or was taken back.",
        "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}
