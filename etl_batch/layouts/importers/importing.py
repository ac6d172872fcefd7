"""From a file in somebody's language to one layout, checked as every layout is; what is not expressed is said."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etl_batch import sentences
from etl_batch.errors import LayoutError
from etl_batch.layouts.importers.c_struct import import_c_struct
from etl_batch.layouts.importers.copybook import import_copybook
from etl_batch.layouts.importers.kaitai import import_kaitai
from etl_batch.layouts.importers.numpy_dtype import import_numpy
from etl_batch.layouts.importers.parts import MAX_TEXT_BYTES, Found, Wanted
from etl_batch.layouts.layout import Layout
from etl_batch.layouts.load import FILE_VERSION, draft, layout_error
from etl_batch.layouts.values import text_encoding

FORMATS: dict[str, Callable[[str, Wanted], Found]] = {
    "copybook": import_copybook,
    "c": import_c_struct,
    "kaitai": import_kaitai,
    "numpy": import_numpy,
}
"""By the name of a language, what reads it."""
_SUFFIXES = {
    **dict.fromkeys((".cpy", ".cbl", ".cob", ".cobol", ".copybook"), "copybook"),
    **dict.fromkeys((".h", ".c", ".hpp", ".hh"), "c"),
    ".ksy": "kaitai",
    ".dtype": "numpy",
}
_SIGNS = (
    ("kaitai", re.compile(r"^(meta|seq):\s*$", re.M)),
    ("c", re.compile(r"\bstruct\b[^;{]{0,200}\{")),
    ("copybook", re.compile(r"^.{0,7}\s*\d{1,2}\s+[A-Z][\w-]*\b.{0,200}\.\s*$", re.M | re.I)),
    ("numpy", re.compile(r"\A\s*(\[|\{|['\"(<>=|]|(np\.|numpy\.)?dtype\(|[\d()]*[a-zA-Z]\d*\s*(,|\Z))")),
)
MAX_DESCRIPTION = 2000


@dataclass(frozen=True, slots=True)
class Imported:
    """One layout that was made of a file."""

    name: str
    format: str
    layout: Layout
    definition: dict[str, Any]
    """The layout as a layout file writes it."""
    notes: tuple[str, ...]
    """What was left out, and what was taken in one of several ways."""

    @property
    def file(self) -> dict[str, Any]:
        """A whole layout file."""
        return {"version": FILE_VERSION, "layouts": {self.name: self.definition}}


def import_layout(path: Path, wanted: Wanted, *, name: str | None = None, format: str | None = None) -> Imported:  # noqa: A002 - the option's name
    """The layout that a file describes, named `name`, else as the record is there, else as the file.

    Raises `LayoutError`: for a file that cannot be read or told, with line and field for what no layout expresses, and
    with every problem that a layout file would have.
    """
    text = _read(path)
    language = format or _language(path, text)
    if wanted.encoding is not None:
        _check_encoding(wanted.encoding)
    found = FORMATS[language](text, wanted)
    chosen = name or found.record or path.stem
    description = " ".join([sentences.imports.FROM.format(file=path.name), *found.notes])
    definition = {"description": description[:MAX_DESCRIPTION], **found.layout}
    checked = draft(chosen, definition)
    if checked.layout is None:
        raise layout_error(checked.problems, str(path))
    return Imported(chosen, language, checked.layout, definition, found.notes)


def _check_encoding(encoding: str) -> None:
    try:
        text_encoding(encoding)
    except ValueError as error:
        raise LayoutError(sentences.imports.ENCODING.format(reason=error)) from error


def _read(path: Path) -> str:
    """The file's text: UTF-8, else Windows-1252, which comments may be in."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_TEXT_BYTES + 1)
    except OSError as error:
        raise LayoutError(sentences.imports.UNREADABLE.format(path=path, reason=error.strerror)) from error
    if len(raw) > MAX_TEXT_BYTES:
        raise LayoutError(sentences.imports.FILE_TOO_LARGE.format(most=MAX_TEXT_BYTES))
    if b"\0" in raw:
        raise LayoutError(sentences.imports.NO_TEXT.format(path=path))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _language(path: Path, text: str) -> str:
    """The language by the file's suffix, else by what it says."""
    known = _SUFFIXES.get(path.suffix.lower())
    if known is not None:
        return known
    found = next((language for language, sign in _SIGNS if sign.search(text)), None)
    if found is None:
        raise LayoutError(sentences.imports.NO_LANGUAGE.format(path=path, known=", ".join(FORMATS)))
    return found


def file_text(imported: Imported) -> str:
    """A layout file for people: indented, each field in a line of its own."""
    head = {key: value for key, value in imported.definition.items() if key != "fields"}
    keys = "".join(f"      {_json(key)}: {_json(value)},\n" for key, value in head.items())
    fields = ",\n".join(f"        {_json(field)}" for field in imported.definition["fields"])
    return (
        f'{{\n  "version": {FILE_VERSION},\n  "layouts": {{\n    {_json(imported.name)}: {{\n'
        f'{keys}      "fields": [\n{fields}\n      ]\n    }}\n  }}\n}}\n'
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
