"""A home for probes."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home."""
    for name in ("data", "output", "report"):
        (tmp_path / name).mkdir()
    return tmp_path
