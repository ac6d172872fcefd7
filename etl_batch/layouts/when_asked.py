"""The layouts of a run, loaded when somebody asks for one: most text and Parquet files are told without them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from etl_batch.defaults import AUTO_LAYOUT
from etl_batch.layouts.layout import Layout, fits_globs
from etl_batch.layouts.places import SHIPPED_LAYOUTS, store_path


class RunLayouts(Mapping[str, Layout]):
    """What `run_layouts` gives for the same arguments, by name. Any look into it may raise its `LayoutError`."""

    def __init__(self, home: Path, struct_config: Path | None = None, wanted: str = AUTO_LAYOUT) -> None:
        self.home, self.struct_config, self.wanted = home, struct_config, wanted

    def speaking(self, path: Path) -> list[Layout]:
        """Those whose magic bytes or globs may claim a file, before its content is looked at."""
        if self._shipped_alone and not _shipped_may_claim(str(path)):
            return []
        return [layout for layout in self.values() if layout.magic is not None or layout.matches(str(path))]

    @cached_property
    def _shipped_alone(self) -> bool:
        return self.struct_config is None and not store_path(self.home).exists()

    @cached_property
    def _loaded(self) -> dict[str, Layout]:
        from etl_batch.layouts.store import run_layouts

        return run_layouts(self.home, self.struct_config, self.wanted)

    def __getitem__(self, name: str) -> Layout:
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaded)

    def __len__(self) -> int:
        return len(self._loaded)


def _shipped_may_claim(filename: str) -> bool:
    """Whether a shipped layout has magic bytes, or globs that fit the name; told without building any layout."""
    return any("magic" in keys or fits_globs(keys.get("match", ()), filename) for keys in _shipped_keys())


@cache
def _shipped_keys() -> list[dict[str, Any]]:
    return list(json.loads(SHIPPED_LAYOUTS.read_text(encoding="utf-8"))["layouts"].values())
