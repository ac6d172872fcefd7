"""The layouts of a run, loaded when somebody asks for one: most text and Parquet files are told without them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from etl_batch.defaults import AUTO_LAYOUT
from etl_batch.layouts.layout import Layout
from etl_batch.layouts.places import SHIPPED_LAYOUTS, store_path

_SPEAKING_KEYS = ('"magic"', '"match"')


class RunLayouts(Mapping[str, Layout]):
    """What `run_layouts` gives for the same arguments, by name. Any look into it may raise its `LayoutError`."""

    def __init__(self, home: Path, struct_config: Path | None = None, wanted: str = AUTO_LAYOUT) -> None:
        self.home, self.struct_config, self.wanted = home, struct_config, wanted

    def speaking(self, path: Path) -> list[Layout]:
        """Those whose magic bytes or globs may claim a file, before its content is looked at."""
        if self._silent:
            return []
        return [layout for layout in self.values() if layout.magic is not None or layout.matches(str(path))]

    @cached_property
    def _silent(self) -> bool:
        """Whether there are the shipped layouts alone, and none of them has magic bytes or globs by its text."""
        if self.struct_config is not None or store_path(self.home).exists():
            return False
        text = SHIPPED_LAYOUTS.read_text(encoding="utf-8")
        return not any(key in text for key in _SPEAKING_KEYS)

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
