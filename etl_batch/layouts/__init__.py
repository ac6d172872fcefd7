"""Record layouts: what a fixed-size record is made of, read from a layout file and checked as a whole.

A name is loaded when it is first asked for: who reads records, or looks whether a file has any, needs no layout files,
and with them not the validation, which takes longer to load than a large file takes to probe.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from etl_batch.layouts.build import LayoutDraft, Problem
    from etl_batch.layouts.detection import Fit, Reason, Speaks, plausibility
    from etl_batch.layouts.extents import Extent, extent
    from etl_batch.layouts.fitting import rank, rank_open
    from etl_batch.layouts.guessing import Guess, guess_layout
    from etl_batch.layouts.layout import Layout, LayoutColumn, NumberAt
    from etl_batch.layouts.load import check_layout, load_layouts, parse_layouts
    from etl_batch.layouts.places import SHIPPED_LAYOUTS, store_path
    from etl_batch.layouts.recorded import record_change
    from etl_batch.layouts.store import (
        Catalogue,
        LayoutChange,
        Origin,
        change_store,
        layout_names,
        read_catalogue,
        run_layouts,
        store_version,
    )
    from etl_batch.layouts.tables import describe, render_table
    from etl_batch.layouts.when_asked import RunLayouts

_PLACES = {
    "LayoutDraft": "build",
    "Problem": "build",
    "Fit": "detection",
    "Reason": "detection",
    "Speaks": "detection",
    "plausibility": "detection",
    "Extent": "extents",
    "extent": "extents",
    "Guess": "guessing",
    "guess_layout": "guessing",
    "rank": "fitting",
    "rank_open": "fitting",
    "Layout": "layout",
    "LayoutColumn": "layout",
    "NumberAt": "layout",
    "SHIPPED_LAYOUTS": "places",
    "check_layout": "load",
    "load_layouts": "load",
    "parse_layouts": "load",
    "record_change": "recorded",
    "Catalogue": "store",
    "LayoutChange": "store",
    "Origin": "store",
    "change_store": "store",
    "layout_names": "store",
    "read_catalogue": "store",
    "run_layouts": "store",
    "store_path": "places",
    "RunLayouts": "when_asked",
    "store_version": "store",
    "describe": "tables",
    "render_table": "tables",
}


def __getattr__(name: str) -> Any:
    """What is imported from here, from the module it stands in."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)


__all__ = [
    "SHIPPED_LAYOUTS",
    "Catalogue",
    "LayoutDraft",
    "Extent",
    "Fit",
    "Guess",
    "Layout",
    "LayoutChange",
    "LayoutColumn",
    "NumberAt",
    "Origin",
    "Problem",
    "Reason",
    "RunLayouts",
    "Speaks",
    "change_store",
    "check_layout",
    "describe",
    "extent",
    "guess_layout",
    "layout_names",
    "load_layouts",
    "parse_layouts",
    "plausibility",
    "rank",
    "rank_open",
    "read_catalogue",
    "record_change",
    "render_table",
    "run_layouts",
    "store_path",
    "store_version",
]
