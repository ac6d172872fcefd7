"""What an uploaded file was called before the upload: it is stored under a safe name, with a note beside it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from etl_batch.record.values import read_object

if TYPE_CHECKING:
    from etl_batch.record.run import InputRecord


def original_name(path: Path) -> str | None:
    """The name an uploaded file had before it was given a safe one; None for files that were not uploaded."""
    name = (read_object(path.with_name(f".{path.name}.json")) or {}).get("original_name")
    return name if isinstance(name, str) and name else None


def noted_name(home: Path, given: str) -> str | None:
    """The same for an input as it was given, taken from the home: uploads stand in `data/`, and nowhere else."""
    path = home / given
    return original_name(path) if path.parent == home / "data" else None


def name_of(home: Path, given: str, inputs: Iterable[InputRecord] = ()) -> str:
    """What a person calls an input: as it was uploaded, else the last part of its path.

    `inputs` are those of the run's record, which has the name when the note is gone.
    """
    base = PurePath(given).name
    kept = next(
        (each.original_name for each in inputs if each.original_name and PurePath(each.path).name == base), None
    )
    return kept or noted_name(home, given) or base or given
