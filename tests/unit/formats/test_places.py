"""What the place of a file says of its records: keys of folders, the file's name, and clashes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from etl_batch.errors import InputRefused, UsageError
from etl_batch.formats.places import hive_constants, source_name, with_constants
from etl_batch.formats.source import Constant
from etl_batch.reading_options import ReadingOptions
from etl_batch.security.paths import InputFile
from tests.unit.engine_parts import text_source


@pytest.mark.parametrize(
    ("folder", "path", "pairs"),
    [
        ("/d", "year=2024/month=01/a.csv", [("year", "2024"), ("month", "01")]),
        ("/d", "raw/year=2024/x/day=2/a.csv", [("year", "2024"), ("day", "2")]),
        ("/d/year=2024", "month=1/a.csv", [("year", "2024"), ("month", "1")]),
        ("/a=1/d/b=2/c=3", "a.csv", [("b", "2"), ("c", "3")]),
        (None, "/a=1/d/b=2/a.csv", [("b", "2")]),
        ("/d", "city=S%C3%A3o%2FPaulo/a.csv", [("city", "São/Paulo")]),
        ("/d", "k=__HIVE_DEFAULT_PARTITION__/a.csv", [("k", None)]),
        ("/d", "k=/x=a=b/a.csv", [("k", ""), ("x", "a=b")]),
        ("/d", "=x/plain/k=v.csv", []),
        ("/d", "k=%ZZ%FF/a.csv", [("k", "%ZZ\\xff")]),
    ],
)
def test_folders_called_key_value(folder: str | None, path: str, pairs: list[tuple[str, str | None]]) -> None:
    """Those below the folder that was given, and those right above it; names are decoded, the file's own is none."""
    file = InputFile(Path(folder or "/") / path, Path(folder) if folder else None)
    assert hive_constants(file) == [Constant(*pair) for pair in pairs]


def test_one_key_twice() -> None:
    """Nobody can say which value counts."""
    with pytest.raises(InputRefused, match=r"two folders that give 'a' a value"):
        hive_constants(InputFile(Path("/d/a=1/a=2/x.csv"), Path("/d")))


def test_the_files_name() -> None:
    """Below the folder it was found in, bare when it was named; bytes that are no UTF-8 are written out."""
    assert source_name(InputFile(Path("/d/x/a.csv"), Path("/d"))) == "x/a.csv"
    assert source_name(InputFile(Path("/d/x/a.csv"))) == "a.csv"
    assert source_name(InputFile(Path(os.fsdecode(b"/d/a\xff.csv")))) == "a\\xff.csv"


def test_the_constants_of_a_source(tmp_path: Path) -> None:
    """The file's name, then the keys; without the options the source is as it was."""
    source = text_source(tmp_path, "a,b\n1,2\n")
    file = InputFile(Path("/d/k=v/in.csv"), Path("/d"))
    found = with_constants(source, file, ReadingOptions(hive=True, source_column="src"))
    assert found.constants == (Constant("src", "k=v/in.csv"), Constant("k", "v"))
    assert [column.name for column in found.all_columns] == ["a", "b", "src", "k"]
    assert with_constants(source, file, ReadingOptions()) is source


def test_clashes(tmp_path: Path) -> None:
    """A key that the file has is the file's fault, a name that was chosen the user's."""
    source = text_source(tmp_path, "a,b\n1,2\n")
    with pytest.raises(InputRefused, match="has a column 'a'"):
        with_constants(source, InputFile(Path("/d/a=1/in.csv"), Path("/d")), ReadingOptions(hive=True))
    file = InputFile(Path("/d/k=1/in.csv"), Path("/d"))
    for taken in ("b", "k"):
        with pytest.raises(UsageError, match=f"has a column '{taken}' already"):
            with_constants(source, file, ReadingOptions(hive=True, source_column=taken))
