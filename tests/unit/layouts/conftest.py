"""Layouts for tests, written the way a user writes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from etl_batch.layouts import Layout, parse_layouts


@pytest.fixture
def make_layout() -> Callable[..., Layout]:
    """Builds the layout `records` from its keys; a list stands for `fields`."""

    def make(fields: list[dict[str, Any]] | None = None, **keys: Any) -> Layout:
        written = keys if fields is None else {"fields": fields, **keys}
        return parse_layouts(json.dumps({"version": 1, "layouts": {"records": written}}))["records"]

    return make
