"""Answers of people's routes that others do not have."""

from typing import Any

from dynaris.core.http import PROBLEM_JSON

GONE: dict[int | str, dict[str, Any]] = {
    410: {
        "description": "The link was used, has expired or was taken back.",
        "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}
