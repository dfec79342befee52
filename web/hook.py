"""The build hook: what the web's sources make is part of the wheel, also of an editable one."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface  # pyright: ignore[reportMissingImports]

sys.path.insert(0, str(Path(__file__).parent))
import building


class WebHook(BuildHookInterface):
    def dependencies(self) -> list[str]:
        root = Path(self.root)
        return [] if building.is_current(root) or building.system_node() else [building.NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        building.build(Path(self.root))
