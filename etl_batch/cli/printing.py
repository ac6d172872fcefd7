"""What the command line says: results as one JSON value a line on stdout, and sentences that the engine has kept."""

from __future__ import annotations

from typing import Any

from etl_batch.language import ENGLISH, spoken
from etl_batch.record.values import json_text


def print_json(value: Any) -> None:
    """Print a value."""
    print(json_text(value))


def told(sentence: str) -> str:
    """A sentence of the engine, which works in English, in the language of the shell."""
    if spoken() == ENGLISH:
        return sentence
    from etl_batch.retelling import retold  # it loads every table

    return retold(sentence)
