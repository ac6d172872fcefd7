"""Sentences of the engine in the words of the form."""

from __future__ import annotations

import re

from etl_batch.settings import SETTINGS

_FLAG = re.compile(r"--[a-z][a-z-]*")
_LABELS = {
    flag: f"\N{LEFT DOUBLE QUOTATION MARK}{row.label}\N{RIGHT DOUBLE QUOTATION MARK}"
    for row in SETTINGS
    for flag in row.flags
}


def in_labels(sentence: str) -> str:
    """The same sentence with each flag of the command line named as its field is; what is no setting stays."""
    return _FLAG.sub(lambda found: _LABELS.get(found[0], found[0]), sentence)
