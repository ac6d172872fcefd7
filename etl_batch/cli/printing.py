"""What the command line says: results as one JSON value a line on stdout, and sentences that the engine has kept."""

from __future__ import annotations

from typing import Any

from etl_batch.cli import wording
from etl_batch.language import ENGLISH, spoken
from etl_batch.record.values import json_text
from etl_batch.reporting import wording as report_wording


def print_json(value: Any) -> None:
    """Print a value."""
    print(json_text(value))


def tally(count: int, noun: str) -> str:
    """`1 row`, `1,234 rows`, of a noun from the table, in the signs that a shell's tools can read."""
    one, many = report_wording.NOUNS[noun]
    return f"{wording.COUNT.format(number=count)} {one if count == 1 else many}"


def told(sentence: str) -> str:
    """A sentence of the engine, which works in English, in the language of the shell."""
    if spoken() == ENGLISH:
        return sentence
    from etl_batch.retelling import retold  # it loads every table

    return retold(sentence)
