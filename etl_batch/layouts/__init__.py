"""Record layouts: what a fixed-size record is made of, read from a layout file and checked as a whole."""

from etl_batch.layouts.build import Draft, Problem
from etl_batch.layouts.detection import Fit, Reason, Speaks, plausibility
from etl_batch.layouts.extents import Extent, extent
from etl_batch.layouts.fitting import rank, rank_open
from etl_batch.layouts.layout import Layout, LayoutColumn, NumberAt
from etl_batch.layouts.load import SHIPPED_LAYOUTS, check_layout, load_layouts, parse_layouts
from etl_batch.layouts.store import (
    Catalogue,
    LayoutChange,
    Origin,
    change_store,
    layout_names,
    read_catalogue,
    run_layouts,
    store_path,
    store_version,
)
from etl_batch.layouts.tables import describe, render_table

__all__ = [
    "SHIPPED_LAYOUTS",
    "Catalogue",
    "Draft",
    "Extent",
    "Fit",
    "Layout",
    "LayoutChange",
    "LayoutColumn",
    "NumberAt",
    "Origin",
    "Problem",
    "Reason",
    "Speaks",
    "change_store",
    "check_layout",
    "describe",
    "extent",
    "layout_names",
    "load_layouts",
    "parse_layouts",
    "plausibility",
    "rank",
    "rank_open",
    "read_catalogue",
    "render_table",
    "run_layouts",
    "store_path",
    "store_version",
]
