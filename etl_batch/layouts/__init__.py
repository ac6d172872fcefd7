"""Record layouts: what a fixed-size record is made of, read from a layout file and checked as a whole."""

from etl_batch.layouts.detection import plausibility
from etl_batch.layouts.extents import Extent, extent
from etl_batch.layouts.layout import Layout, LayoutColumn, NumberAt
from etl_batch.layouts.load import SHIPPED_LAYOUTS, load_layouts, parse_layouts
from etl_batch.layouts.tables import describe, render_table

__all__ = [
    "SHIPPED_LAYOUTS",
    "Extent",
    "Layout",
    "LayoutColumn",
    "NumberAt",
    "describe",
    "extent",
    "load_layouts",
    "parse_layouts",
    "plausibility",
    "render_table",
]
