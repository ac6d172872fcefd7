"""Sentences of the engine in the words of the form."""

from __future__ import annotations

import re
from functools import cache

from etl_batch.language import speaking, spoken
from etl_batch.settings import rows

_LEFT, _RIGHT = "\N{LEFT DOUBLE QUOTATION MARK}", "\N{RIGHT DOUBLE QUOTATION MARK}"
_FLAG = re.compile(r"--[a-z][a-z-]*")


@cache
def _labels(language: str) -> dict[str, str]:
    """The label of a flag's field, in quotes. The language is what the rows are said in."""
    with speaking(language):
        return {flag: f"{_LEFT}{row.label}{_RIGHT}" for row in rows() for flag in row.flags}


def in_labels(sentence: str) -> str:
    """The same sentence with each flag of the command line named as its field is; what is no setting stays."""
    labels = _labels(spoken())
    return _FLAG.sub(lambda found: labels.get(found[0], found[0]), sentence)
