"""Descriptions of records as files, and what they are imported as."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from etl_batch.layouts.importers import Imported, Wanted, import_layout


@pytest.fixture
def bring_in(tmp_path: Path) -> Callable[..., Imported]:
    """Imports a text from a file of this name."""

    def bring(text: str, name: str, **wanted: str) -> Imported:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return import_layout(path, Wanted(**wanted))  # type: ignore[arg-type]

    return bring
