"""Results as one JSON value a line on stdout."""

from __future__ import annotations

import json
from typing import Any


def print_json(value: Any) -> None:
    """Print a value."""
    print(json.dumps(value, ensure_ascii=False, default=str))
