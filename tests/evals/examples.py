"""A case as people write it, to be changed by tests."""

from typing import Any


def a_case(**changes: Any) -> dict[str, Any]:
    given = {
        "id": "chat-en-parking-1",
        "channel": "webchat",
        "language": "en",
        "title": "Asks where to park",
        "name": "Ann",
        "turns": ["Is there parking?"],
        "expect": {
            "specialist": ["chat"],
            "outcome": "answered",
            "passages": ["Is there parking?"],
            "knowledge": True,
            "says": ["garage"],
        },
    }
    return {**given, **changes}
