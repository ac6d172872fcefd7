"""The verb `layouts import`: a layout from another language, printed, written to a file or saved in the home."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from etl_batch import sentences
from etl_batch.cli.configuration import login_name
from etl_batch.cli.home import home_of
from etl_batch.cli.printing import print_json, told
from etl_batch.errors import OutputFailed, UsageError
from etl_batch.layouts import LayoutChange, record_change

if TYPE_CHECKING:
    from etl_batch.layouts.importers import Imported


def run_import(parsed: argparse.Namespace) -> int:
    """Import one layout. Notes of what was left out go to stderr, and stand in the layout's description."""
    from etl_batch.layouts.importers import Wanted, file_text, import_layout  # no other verb needs the languages

    wanted = Wanted(parsed.record, parsed.alignment, parsed.encoding, parsed.endian)
    imported = import_layout(parsed.file, wanted, name=parsed.name, format=parsed.format)
    for note in imported.notes:
        print(f"etl: {told(note)}", file=sys.stderr)
    if parsed.output is not None:
        _write(parsed.output, file_text(imported))
        _say(parsed, imported, sentences.imports.WRITTEN.format(name=imported.name, path=parsed.output))
    elif parsed.save:
        text = json.dumps(imported.definition, ensure_ascii=False)
        record_change(home_of(parsed), LayoutChange(imported.name, text), parsed.user or login_name())
        _say(parsed, imported, sentences.imports.SAVED.format(name=imported.name))
    elif parsed.json:
        print_json(imported.file)
    else:
        print(file_text(imported), end="")
    return 0


def _say(parsed: argparse.Namespace, imported: Imported, sentence: str) -> None:
    if not parsed.json:
        print(sentence)
        return
    layout = imported.layout
    facts = {"name": imported.name, "format": imported.format, "record_size": layout.record_size}
    print_json({**facts, "columns": [column.name for column in layout.columns], "notes": list(imported.notes)})


def _write(path: Path, text: str) -> None:
    """Write a new file; one that exists may be somebody's work, and stays."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageError(sentences.imports.EXISTS.format(path=path)) from error
    except OSError as error:
        raise OutputFailed(sentences.imports.CANNOT_WRITE.format(path=path, reason=error.strerror)) from error
