"""Every topic that the code tells is registered, and every registered one is told."""

import ast
from pathlib import Path

import dynaris
from dynaris.notifications.links import PATHS
from dynaris.notifications.topics import TOPICS

SOURCE = Path(dynaris.__file__).parent
SUBJECTS = SOURCE.parent / "web" / "app" / "screens" / "notifications" / "subjects.ts"


def topics_told() -> dict[str, set[str]]:
    """By topic, the files that tell it."""
    found: dict[str, set[str]] = {}
    for path in SOURCE.rglob("*.py"):
        if path.parent.name == "notifications" and path.stem != "preference_routes":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "notify":
                (topic,) = [each.value for each in node.keywords if each.arg == "topic"]
                assert isinstance(topic, ast.Constant), f"{path}: a topic is written out"
                found.setdefault(str(topic.value), set()).add(path.stem)
    return found


def test_callers_and_the_registry_know_the_same_topics() -> None:
    assert set(topics_told()) == set(TOPICS)


def test_links_lead_where_the_bell_leads() -> None:
    shown = SUBJECTS.read_text()
    for kind, path in PATHS.items():
        if kind not in ("model_spending", "member"):
            assert f"{kind}: " in shown
            assert path.replace("{}", "${id}") in shown
