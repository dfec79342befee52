"""The web is built where its sources changed, and only there."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

SOURCE = Path(__file__).parents[2] / "web" / "building.py"


@pytest.fixture
def building(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """With an `npm` that writes what it was asked for."""
    spec = importlib.util.spec_from_file_location("building", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(module, "run", lambda root, *words: asked.append(words))
    module.asked = asked  # type: ignore[attr-defined]
    return module


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "web" / "app").mkdir(parents=True)
    (tmp_path / "web" / "app" / "main.tsx").write_text("1")
    return tmp_path


def test_what_did_not_change_is_not_built_again(building: ModuleType, checkout: Path) -> None:
    building.build(checkout)
    building.build(checkout)
    assert building.asked == [("run", "build")]


def test_a_change_is_built(building: ModuleType, checkout: Path) -> None:
    building.build(checkout)
    (checkout / "web" / "app" / "main.tsx").write_text("2")
    (checkout / "web" / "app" / "new.tsx").write_text("3")
    assert not building.is_current(checkout)
    building.build(checkout)
    assert len(building.asked) == 2


def test_what_only_looks_like_a_source_builds_nothing(building: ModuleType, checkout: Path) -> None:
    building.build(checkout)
    for name in ("node_modules/a/b.js", "api/schema.d.ts", "README.md"):
        path = checkout / "web" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    assert building.is_current(checkout)


def test_a_release_without_sources_needs_no_node(building: ModuleType, checkout: Path) -> None:
    building.build(checkout)
    (checkout / "web" / "app" / "main.tsx").unlink()
    building.build(checkout)
    assert len(building.asked) == 1


def test_a_build_that_failed_is_not_taken_for_one(
    building: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise SystemExit("npm failed")

    monkeypatch.setattr(building, "run", fail)
    with pytest.raises(SystemExit):
        building.build(checkout)
    assert not building.is_current(checkout)
