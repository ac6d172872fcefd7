"""Audit records as CSV: whatever stands in them, the rows are those that the standard library would have written."""

from __future__ import annotations

import csv
import io
import json
import random
import re

import pytest

from console.audit_csv import COLUMNS, rows_of
from etl_batch.security.audit_format import Seal
from etl_batch.security.escaping import PLAIN_NUMBER, RISKY, unescape

SEAL = Seal(b"k" * 32)
WORDS = [
    "ann",
    "",
    "a,b",
    'say "hi"',
    "=cmd()",
    "-1",
    "'quoted",
    "zoë",
    "two\nlines",
    "back\\slash",
    "@x",
    '"',
    "tab\t",
    "\x01",
]
DETAILS = [
    {},
    {"a": 1},
    {"ts": "x", "b": [None, 1.5, "c,d"]},
    {"said": 'a "b"'},
    {"é": "ü"},
    {"outcome": "ok", "prev": "0"},
]


def lines_of(records):
    """The records as the log has them."""
    lines, prev = [], "0" * 64
    for record in records:
        line, prev = SEAL.line({**record, "prev": prev})
        lines.append(line)
    return lines


def random_records(generator, count, ordinary):
    """So many records, a share of whose words is ordinary."""

    def word():
        return f"word-{generator.randrange(100)}" if generator.random() < ordinary else generator.choice(WORDS)

    return [
        {
            "seq": seq,
            "ts": "2026-01-01T00:00:00.000Z",
            **{name: word() for name in ("user", "action", "target", "outcome")},
            "detail": {"n": seq} if generator.random() < ordinary else generator.choice(DETAILS),
        }
        for seq in range(1, count + 1)
    ]


def read_back(rows):
    """The cells of some rows, by column; `detail` as what it says."""
    found = [dict(zip(COLUMNS, row, strict=True)) for row in csv.reader(io.StringIO(rows.decode(), newline=""))]
    return [
        {name: unescape(cell) for name, cell in row.items()}
        | {"seq": int(row["seq"]), "detail": json.loads(row["detail"])}
        for row in found
    ]


def formulas(rows):
    """The cells that a spreadsheet would run."""
    read = csv.reader(io.StringIO(rows.decode("utf-8", "replace"), newline=""))
    return [
        cell
        for row in read
        for cell in row
        if re.match(RISKY, cell) and not re.match(PLAIN_NUMBER, cell) and cell[0] != "'"
    ]


@pytest.mark.parametrize("ordinary", [0.0, 0.5, 0.9, 0.99, 1.0])
@pytest.mark.parametrize("seed", range(4))
def test_every_cell_comes_back(seed, ordinary):
    """Plain lines and those that need care, in any mixture: each cell is what the record says, none is a formula."""
    records = random_records(random.Random(seed), 200, ordinary)
    rows = rows_of(b"".join(lines_of(records)))
    assert read_back(rows) == records, f"seed {seed}"
    assert formulas(rows) == []


def test_plain_lines_are_cut_as_parsed_ones_are():
    """The quick way and the careful one write the same bytes."""
    lines = lines_of(random_records(random.Random(1), 50, 1.0))
    careful = [rows_of(line.replace(b'"word', b'"\\u0077ord')) for line in lines]
    assert rows_of(b"".join(lines)) == b"".join(careful)


@pytest.mark.parametrize("seed", range(30))
def test_damage_makes_no_formula_and_takes_no_other_row_along(seed):
    """Bytes changed anywhere in one line: no error, all other rows are as they were, nothing begins as a formula."""
    generator = random.Random(seed)
    lines = lines_of(random_records(generator, 20, 0.9))
    hit = generator.randrange(20)
    damaged = bytearray(lines[hit][:-1])
    for _ in range(generator.randrange(1, 4)):
        damaged[generator.randrange(len(damaged))] = generator.choice(b'=+-@,"{}\\\r\x00\x01\x80ab1')
    rows = rows_of(b"".join([*lines[:hit], bytes(damaged) + b"\n", *lines[hit + 1 :]]))
    before, after = rows_of(b"".join(lines[:hit])), rows_of(b"".join(lines[hit + 1 :]))
    assert rows.startswith(before), f"seed {seed}"
    assert rows.endswith(after), f"seed {seed}"
    assert formulas(rows[len(before) : len(rows) - len(after)]) == []


@pytest.mark.parametrize(
    "block", [b"", b"\n", b"x\n", b'{"seq":1}\n', b"\xff\n", b"{" * 400 + b"\n", b'{"seq":1,' * 60 + b"\n"]
)
def test_what_is_no_record_of_the_log_is_no_trouble(block):
    """Lines of another form are left out, or give the cells that they have."""
    assert rows_of(block) in (b"", b"1,null,null,null,null,null,null\n")
