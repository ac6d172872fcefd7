"""Sentences of the engine in the words of the console: fields in place of flags, screens and short names of paths.

The engine says one thing at both of its doors, in the words of the command line, and keeps it in the record of a run.
Whoever reads it on a screen has fields and links instead of flags and files of the server.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from etl_batch.retelling import retold
from etl_batch.settings import SETTINGS, setting
from etl_batch.ui.shared import wording

_NAMES = {flag: row.name for row in SETTINGS for flag in row.flags}
_CHOICES = "|".join(sorted({re.escape(choice) for row in SETTINGS for choice in row.choices if choice.isalpha()}))
_FLAG = re.compile(rf"(?<![\w-])(--[a-z][a-z-]*)(?:\x20(none|[0-9][0-9.,]*[0-9%]|[0-9]|{_CHOICES})(?![\w%-]))?")
"""A flag, with its value where that is one beyond doubt: a number, none, or one of the few that a setting has."""
_PATH_BEGINS = r"(?<![^\s\"'(=,:])"


def in_labels(sentence: str) -> str:
    """The same sentence with each flag of the command line named as its field is; what is no setting stays."""
    return _FLAG.sub(_label, sentence)


def _label(found: re.Match[str]) -> str:
    flag, value = found.groups()
    if flag not in _NAMES:
        return found[0]
    label = setting(_NAMES[flag]).label
    return wording.FIELD.format(label=label) if value is None else wording.FIELD_AT.format(label=label, value=value)


def in_console(sentence: str, home: Path) -> str:
    """A sentence of the engine as a screen says it; `home` is the folder from which paths are named."""
    sentence = retold(sentence)
    for command, words in wording.IN_CONSOLE.items():
        sentence = sentence.replace(command, words)
    below = f"{home.absolute()}{os.sep}"
    rejects = re.compile(rf"{_PATH_BEGINS}{re.escape(below)}output/runs/[^/\s]+/rejects\.jsonl")
    sentence = rejects.sub(lambda _: wording.REJECTS_SCREEN, sentence)
    return in_labels(re.sub(_PATH_BEGINS + re.escape(below), "", sentence))
