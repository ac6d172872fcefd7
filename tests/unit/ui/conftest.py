"""What the tests of the views' parts share: runs that are over."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import copied


@pytest.fixture
def home(finished: Path, tmp_path: Path) -> Path:
    """A copy of the finished home that a test may change."""
    return copied(finished, tmp_path / "home")
