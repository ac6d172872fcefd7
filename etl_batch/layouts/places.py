"""Where layout files stand."""

from __future__ import annotations

from pathlib import Path

SHIPPED_LAYOUTS = Path(__file__).resolve().parent.parent / "struct_config.json"
STORE_NAME = "struct_config.json"


def store_path(home: Path) -> Path:
    """Where a home keeps its own layouts."""
    return home / ".secrets" / STORE_NAME
