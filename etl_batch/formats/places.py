"""What the place of a file says of its records: the columns that stand in the names of its folders, and in its own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote_to_bytes

from etl_batch import sentences
from etl_batch.errors import InputRefused, UsageError
from etl_batch.formats.source import AnySource, Constant
from etl_batch.reading_options import ReadingOptions
from etl_batch.security.paths import InputFile

HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"
"""What Hive and Spark call the folder of the rows whose value is null."""


def with_constants(source: AnySource, file: InputFile, options: ReadingOptions) -> AnySource:
    """The source with the columns that the options make of its place.

    Raises `InputRefused` when a folder's key is a column of the file, `UsageError` when `source_column` is one.
    """
    constants = hive_constants(file) if options.hive else []
    for each in constants:
        if each.name in source.column_names:
            raise InputRefused(sentences.inputs.HIVE_CLASH.format(path=file.path, name=each.name), path=str(file.path))
    name = options.source_column
    if name is not None:
        if name in source.column_names or name in {each.name for each in constants}:
            sentence = sentences.command_line.SOURCE_COLUMN_CLASH.format(path=file.path, name=name)
            raise UsageError(sentence, field="source_column")
        # Before the keys, so that it has one place whatever keys other files have.
        constants.insert(0, Constant(name, source_name(file)))
    return replace(source, constants=tuple(constants)) if constants else source


def source_name(file: InputFile) -> str:
    """The file's path below the folder that it was found in, or its bare name when it was named itself."""
    return _as_text(os.fsencode(file.path.relative_to(file.folder) if file.folder else file.path.name))


def hive_constants(file: InputFile) -> list[Constant]:
    """The columns that its folders called `key=value` make, outermost first.

    They count below the folder that was given, and above it as far as they follow one another without a gap.
    """
    given = file.folder or file.path.parent
    above: list[str] = []
    for name in reversed(given.parts):
        if _pair(name) is None:
            break
        above.insert(0, name)
    below = file.path.parent.relative_to(given).parts
    return _unlike([pair for name in (*above, *below) if (pair := _pair(name)) is not None], file.path)


def _unlike(pairs: Sequence[tuple[str, str | None]], path: Path) -> list[Constant]:
    found: dict[str, str | None] = {}
    for key, value in pairs:
        if key in found:
            raise InputRefused(sentences.inputs.HIVE_TWICE.format(path=path, name=key), path=str(path))
        found[key] = value
    return [Constant(key, value) for key, value in found.items()]


def _pair(name: str) -> tuple[str, str | None] | None:
    """Key and value of a folder's name, in which bytes may stand as `%2F`; None when it is no such name."""
    key, sign, value = name.partition("=")
    if not key or not sign:
        return None
    return _decoded(key), None if value == HIVE_NULL else _decoded(value)


def _decoded(part: str) -> str:
    return _as_text(unquote_to_bytes(os.fsencode(part)))


def _as_text(name: bytes) -> str:
    r"""A name as a cell can hold it: bytes that are no UTF-8 as `\xNN`."""
    return name.decode("utf-8", "backslashreplace")
