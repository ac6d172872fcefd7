"""`layouts import` as a command: what it prints is a layout file that a run reads with, or stands in the home."""

from __future__ import annotations

import ctypes
import json

import pytest

from etl_batch.security.audit import AuditLog

HEADER = """\
struct sale {
    unsigned int id;
    char shop[6];
    double price;      /* padding before it */
    int flags : 3;
};
"""


class Sale(ctypes.Structure):
    """The struct as this machine's compiler lays it out."""

    _fields_ = (
        ("id", ctypes.c_uint),
        ("shop", ctypes.c_char * 6),
        ("price", ctypes.c_double),
        ("flags", ctypes.c_int, 3),
    )


@pytest.fixture
def described(home):
    """A home with a header, and a file of the records it describes."""
    (home.data / "sale.h").write_text(HEADER)
    records = (Sale(number, b"north" if number % 2 else b"south", number / 4, number % 4) for number in range(300))
    (home.data / "sales.bin").write_bytes(b"".join(bytes(record) for record in records))
    return home


def rows(home) -> list[str]:
    """The first rows of the output."""
    return home.csv().decode().splitlines()[:3]


def test_what_is_printed_is_a_layout_file(described, tmp_path):
    """Its output, saved, reads the records; with --json it is the same on one line."""
    answer = described.etl("layouts", "import", described.data / "sale.h")
    assert answer.code == 0, answer.err
    path = tmp_path / "layouts.json"
    path.write_text(answer.out)
    described.run("-i", described.data / "sales.bin", "--struct-config", path, "--layout", "sale")
    assert rows(described) == ["id,shop,price,flags", "0,south,0,0", "1,north,0.25,1"]
    as_json = described.etl("layouts", "import", described.data / "sale.h", "--json")
    assert as_json.out.count("\n") == 1
    assert json.loads(as_json.out) == json.loads(answer.out)


def test_a_saved_layout_is_used_and_on_record(described):
    """--save puts it among the home's own, where a run finds it; a second time it is somebody's already."""
    answer = described.etl("layouts", "import", described.data / "sale.h", "--save", "--name", "till", "--user", "ann")
    assert answer.code == 0, answer.err
    (found,) = AuditLog(described.path).search(action="layout.save")
    assert (found["target"], found["user"], found["outcome"]) == ("till", "ann", "ok")
    assert described.run("-i", described.data / "sales.bin")["inputs"][0]["layout"] == "till"
    again = described.etl("layouts", "import", described.data / "sale.h", "--save", "--name", "till")
    assert (again.code, again.out) == (2, "")
    assert "already" in again.err


def test_a_new_file_is_written_and_no_old_one_replaced(described, tmp_path):
    """-o writes a layout file once; what stands there stays."""
    path = tmp_path / "new.json"
    answer = described.etl("layouts", "import", described.data / "sale.h", "-o", path, "--json")
    assert answer.code == 0, answer.err
    assert json.loads(answer.out)["columns"] == ["id", "shop", "price", "flags"]
    before = path.read_bytes()
    assert described.etl("layouts", "check", path).code == 0
    assert described.etl("layouts", "import", described.data / "sale.h", "-o", path).code == 2
    assert path.read_bytes() == before
    assert described.etl("layouts", "import", described.data / "sale.h", "-o", tmp_path / "no" / "x.json").code == 5


def test_what_is_not_expressed_is_exit_2_and_one_sentence(described):
    """Nothing is printed that could be taken for a layout."""
    (described.data / "odd.h").write_text("struct odd {\n  int a;\n  void *next;\n};\n")
    answer = described.etl("layouts", "import", described.data / "odd.h")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("etl: Line 3")
    assert answer.err.count("\n") == 1


def test_what_is_left_out_is_told(described):
    """On stderr, so that stdout stays a layout file, and in the layout itself."""
    (described.data / "r.cpy").write_text("       01 R.\n           05 A PIC 9.\n           05 B REDEFINES A PIC X.\n")
    answer = described.etl("layouts", "import", described.data / "r.cpy")
    assert "B (line 3) is left out" in answer.err
    assert "B (line 3) is left out" in json.loads(answer.out)["layouts"]["R"]["description"]
