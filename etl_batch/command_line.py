"""The command that does the same as a configuration, for people to read and copy; no engine is started by it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from etl_batch.config import RunConfig
from etl_batch.defaults import ENGINE
from etl_batch.settings import SETTINGS, Setting, SettingKind
from etl_batch.spelling import quoted


def arguments(config: RunConfig) -> list[str]:
    """The words from the verb on; what another machine would take for granted as well is left out.

    Parsed again they are the same configuration, whatever its names look like.
    """
    return ["run", *(word for row in SETTINGS for word in _words(row, getattr(config, row.name)))]


def _words(row: Setting, value: Any) -> Iterator[str]:
    if value is None:
        yield from row.negation[:1] if row.negation else ()
    elif row.kind.many:
        for each in value:
            yield from _flag(row, each)
    elif row.told or value != row.default:
        yield from (row.flag,) if row.kind is SettingKind.SWITCH else _flag(row, str(value))


def _flag(row: Setting, value: str) -> tuple[str, ...]:
    # A word of its own that begins with a dash would be taken for a flag.
    return (f"{row.flag}={value}",) if value.startswith("-") else (row.flags[0], value)


def command_line(config: RunConfig) -> str:
    """The line for a shell of this machine, which does the same from any folder."""
    roots = os.environ.get("ETL_ALLOWED_ROOTS")
    allowed = f"ETL_ALLOWED_ROOTS={quoted(roots)} " if roots else ""
    return allowed + shell_line([sys.executable, str(ENGINE), *arguments(config)])


def shell_line(words: Iterable[str]) -> str:
    """The words as a line for a shell, which can be shown whatever they hold."""
    return " ".join(map(quoted, words))
