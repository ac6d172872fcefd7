"""Results as one JSON value a line on stdout."""

from __future__ import annotations

from typing import Any

from etl_batch.record.values import json_text


def print_json(value: Any) -> None:
    """Print a value."""
    print(json_text(value))
