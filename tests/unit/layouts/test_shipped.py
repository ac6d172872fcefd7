"""The layouts that ship: each on bytes that something else has written, or that are put together by its definition."""

from __future__ import annotations

import shutil
import struct
import subprocess
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from etl_batch.formats.look import Reading
from etl_batch.formats.registry import detect
from etl_batch.layouts import load_layouts
from tests.unit.engine_parts import read_all

LAYOUTS = load_layouts(None)
SHOWN = [
    (
        "[2] [00000] [~~  ] [reboot  ] [~           ] [5.10.0-8-amd64      ] "
        "[0.0.0.0        ] [2026-01-02T03:04:05,000006+00:00]"
    ),
    (
        "[7] [04711] [ts/0] [alice   ] [pts/0       ] [10.0.0.7            ] "
        "[10.0.0.7       ] [2026-01-02T04:00:00,999999+00:00]"
    ),
    (
        "[8] [04711] [ts/0] [        ] [pts/0       ] [                    ] "
        "[0.0.0.0        ] [2026-01-02T05:00:00,000000+00:00]"
    ),
]


def test_their_names() -> None:
    """The layout that was there before keeps its name and its place."""
    assert list(LAYOUTS) == ["default", "utmp", "stl", "example-cobol"]


@pytest.mark.skipif(shutil.which("utmpdump") is None, reason="util-linux writes the file")
@pytest.mark.parametrize("name", ["wtmp", "btmp.1", "utmp"])
def test_utmp(tmp_path: Path, name: str) -> None:
    """What `utmpdump` of util-linux has written is found by its name and read as it was."""
    path = tmp_path / name
    written = subprocess.run(
        ["utmpdump", "-r"], input=("\n".join(SHOWN) + "\n").encode(), capture_output=True, check=True
    )
    path.write_bytes(written.stdout)
    source = detect(path, 0, Reading(LAYOUTS))
    assert source.record_layout is LAYOUTS["utmp"]
    found = read_all(source, 400)
    assert found.rejects == []
    rows = [dict(zip(source.column_names, row, strict=True)) for row in found.rows]
    assert [(row["type"], row["pid"], row["user"], row["line"], row["host"]) for row in rows] == [
        ("boot_time", 0, "reboot", "~", "5.10.0-8-amd64"),
        ("user_process", 4711, "alice", "pts/0", "10.0.0.7"),
        ("dead_process", 4711, "", "pts/0", ""),
    ]
    assert [row["microseconds"] for row in rows] == [6, 999_999, 0]
    assert rows[0]["time"] == datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001 - columns have no zone
    assert rows[1]["address"][:4] == bytes([10, 0, 0, 7])


def test_stl(tmp_path: Path) -> None:
    """Facets as the format has them: a normal, three corners and a count of attribute bytes."""
    facets = [tuple(float(12 * number + place) for place in range(12)) for number in range(3)]
    raw = b"solid or not".ljust(80, b"\0") + struct.pack("<I", 3)
    raw += b"".join(struct.pack("<12fH", *facet, number) for number, facet in enumerate(facets))
    path = tmp_path / "part.stl"
    path.write_bytes(raw)
    source = detect(path, 0, Reading(LAYOUTS))
    assert source.record_layout is LAYOUTS["stl"]
    assert source.column_names[:4] == ["normal.x", "normal.y", "normal.z", "vertex_0.x"]
    assert read_all(source, 60).rows == [(*facet, number) for number, facet in enumerate(facets)]


def test_the_cobol_example(tmp_path: Path) -> None:
    """Digits, signs and text as a mainframe's compiler lays them out, byte for byte."""
    parts = [
        "f0f0f0f1f2f3f4f5f6",
        "c2d9f0f1",
        "d4899393859940d14b" + "40" * 15,
        "f2f0f2f6f0f1f3f1",
        "c1",
        "00000123456d",
        "f0f0f0f5f0f0f0f0d0",
        "4ef0f0f1f2f5f0",
        "0007",
        "0001e240",
        "000000100c000000200d000000300f000000000c",
        "123456",
        "404040",
    ]
    raw = bytes.fromhex("".join(parts))
    path = tmp_path / "a.example-cobol"
    path.write_bytes(raw * 2)
    source = detect(path, 0, Reading(LAYOUTS))
    assert source.record_layout is LAYOUTS["example-cobol"]
    found = read_all(source, 1000)
    assert found.rejects == []
    row = dict(zip(source.column_names, found.rows[1], strict=True))
    assert row == {
        "account": 123456, "branch": "BR01", "holder": "Miller J.", "opened.year": 2026,
        "opened.month": 1, "opened.day": 31,
        "status": "active", "balance": Decimal("-1234.56"), "limit": Decimal("-5000.00"), "change": Decimal("12.50"),
        "movements": 7, "rate": Decimal("1.23456"), "turnover_0": Decimal("1.00"), "turnover_1": Decimal("-2.00"),
        "turnover_2": Decimal("3.00"), "turnover_3": Decimal("0.00"), "key": 123456,
    }  # fmt: skip
