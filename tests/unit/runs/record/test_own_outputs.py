"""The list of outputs with escaped cells: only the very bytes are on it, whatever else stands there."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from etl_batch.errors import OutputFailed
from etl_batch.runs.record.own_outputs import NAME, own_outputs, remember_output

CONTENT = b"a\n'=1\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose list has one output between lines that say nothing."""
    (tmp_path / ".secrets").mkdir()
    (tmp_path / ".secrets" / NAME).write_bytes(
        b'\n[1]\n"x"\n{"bytes": "7"}\n{"bytes": 6}\n\xff{\n' + b"x" * 5000 + b"\n"
    )
    remember_output(tmp_path, "r1", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    with (tmp_path / ".secrets" / NAME).open("ab") as file:
        file.write(b'{"bytes": 6, "sha2')
    return tmp_path


def digest(path: Path) -> str | None:
    """Of a file, where there is one."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def listed(home: Path, **files: bytes) -> set[str]:
    """The names of these files that are on the list."""
    for name, content in files.items():
        (home / name).write_bytes(content)
    found = own_outputs(home, {home / name: len(content) for name, content in files.items()}, digest)
    return {path.name for path in found}


def test_only_the_very_bytes(home: Path) -> None:
    """Neither the size alone nor the place makes an output of a file."""
    assert listed(home, one=CONTENT, two=CONTENT[:-2] + b"2\n", three=CONTENT + b"\n", four=CONTENT) == {"one", "four"}


def test_without_a_list_or_a_file(tmp_path: Path, home: Path) -> None:
    """No list, no own output; a file that is gone is none either."""
    assert own_outputs(tmp_path / "elsewhere", {home / "one": 6}, digest) == set()
    assert own_outputs(home, {home / "gone": len(CONTENT)}, digest) == set()


def test_a_list_that_cannot_be_written(tmp_path: Path) -> None:
    """It is an output that could not be written; nothing is published then."""
    with pytest.raises(OutputFailed):
        remember_output(tmp_path / "none", "r1", 1, "0")
