"""The settings that a command line names."""

from __future__ import annotations

import argparse
from typing import Any

from etl_batch.settings import SETTINGS, Setting


def given(parsed: argparse.Namespace) -> dict[str, Any]:
    """The settings that the arguments name, by the configuration's names."""
    found = {row: getattr(parsed, row.name, None) for row in SETTINGS}
    return {row.name: _value(row, value) for row, value in found.items() if value is not None}


def _value(row: Setting, value: Any) -> Any:
    if row.kind.many:
        return tuple(value)
    return value.absolute() if row.kind.path else value
