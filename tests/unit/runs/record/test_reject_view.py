"""Rejects page by page, by reason, source and field, from files of any length."""

from __future__ import annotations

import base64
import json
import random
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from etl_batch.errors import InputRefused
from etl_batch.model import Reject
from etl_batch.runs.record import reject_view
from etl_batch.runs.record.hexdump import commands, hex_lines
from etl_batch.runs.record.reject_view import (
    RejectFilter,
    index_of,
    matching_lines,
    read_page,
)

ALL = RejectFilter()
REASONS = ("field_count", "invalid_text", "out_of_range")


def kind(number: int) -> tuple[str, str, str | None]:
    """Reason, source and field, unevenly mixed."""
    source = f'/data/{"ä" if number % 3 else "b"} "{number // 60_000}".csv'
    return REASONS[(number * number) % 3], source, None if number % 5 else "value"


def reject(number: int, **changes: object) -> Reject:
    """One reject as the engine makes it."""
    reason, source, field = kind(number)
    values = {
        "source": source,
        "offset": number * 10,
        "record": number,
        "reason": reason,
        "field": field,
        "detail": f'detail of {number}: \\ " {{"reason": "no"}}',
        "raw": f"{number},raw\n" * (number % 4),
    }
    return Reject(**{**values, **changes})


def write(path: Path, rejects) -> Path:
    """The lines as the engine writes them."""
    with path.open("wb") as out:
        for each in rejects:
            out.write((json.dumps(each.to_json(), ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace"))
    return path


@pytest.fixture(scope="module")
def many(tmp_path_factory) -> Path:
    """200,000 rejects."""
    path = tmp_path_factory.mktemp("many") / "rejects.jsonl"
    with path.open("w", encoding="utf-8") as out:
        for number in range(200_000):
            each = reject(number)
            line = {name: getattr(each, name) for name in Reject.__slots__ if name != "raw_encoding"}
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
    return path


def counted(path: Path):
    """The finished index."""
    task = index_of(path)
    assert task.wait(120)
    assert task.error is None
    return task.result


def test_the_index_counts_every_kind(many):
    """Reasons, sources and fields add up to what was written, and memory follows the blocks, not the rejects."""
    totals = counted(many).totals()
    expected = Counter(map(kind, range(200_000)))
    assert totals == expected
    assert len(counted(many).begins) < many.stat().st_size / reject_view.BLOCK_BYTES + 2
    assert counted(many).unreadable == 0


@pytest.mark.parametrize(
    "wanted",
    [
        ALL,
        RejectFilter(reason="out_of_range"),
        RejectFilter(reason="field_count", field="value"),
        RejectFilter(source='/data/b "2".csv', field=""),
        RejectFilter(reason="invalid_text", source='/data/ä "0".csv'),
    ],
)
def test_pages_of_a_filter_hold_what_fits(many, wanted):
    """The first, the last and pages in the middle hold exactly the rejects that a full reading finds there."""
    counted(many)
    numbers = [n for n in range(200_000) if wanted.fits(kind(n))]
    places = [0, 1, len(numbers) // 3, len(numbers) // 2 + 7, max(0, len(numbers) - 3)]
    for first in places:
        page = read_page(many, wanted, first, 50)
        assert [line.record for line in page] == numbers[first : first + 50]
    assert read_page(many, wanted, len(numbers), 50) == []
    assert read_page(many, wanted, len(numbers) + 10**6, 50) == []


def test_a_page_in_the_middle_reads_only_its_blocks(many, monkeypatch):
    """However many rejects stand before it, a page costs a few blocks."""
    counted(many)
    read = []
    real = reject_view.os.pread

    def noting(descriptor: int, size: int, offset: int) -> bytes:
        read.append(size)
        return real(descriptor, size, offset)

    monkeypatch.setattr(reject_view.os, "pread", noting)
    assert len(read_page(many, RejectFilter(reason="out_of_range"), 0, 50)) == 0
    assert len(read_page(many, RejectFilter(reason="field_count"), 30_000, 50)) == 50
    assert sum(read) <= 4 * reject_view.BLOCK_BYTES


def test_a_filtered_download_has_the_lines_as_they_stand(many):
    """The lines that fit, byte for byte, in bounded pieces."""
    wanted = RejectFilter(reason="invalid_text", field="value")
    pieces = list(matching_lines(many, wanted))
    lines = many.read_bytes().splitlines(keepends=True)
    expected = [line for line in lines if b'"reason": "invalid_text", "field": "value"' in line]
    assert b"".join(pieces) == b"".join(expected)
    assert max(map(len, pieces)) <= 2 * reject_view.BLOCK_BYTES


def test_the_index_is_of_use_while_it_grows(many, monkeypatch):
    """Before any counting the first page is there, and later ones are not, instead of reading the whole file."""
    task = reject_view.Task(1)
    monkeypatch.setattr(reject_view, "index_of", lambda _path: task)
    assert [line.record for line in read_page(many, ALL, 0, 5)] == [0, 1, 2, 3, 4]
    assert read_page(many, ALL, 150_000, 5) == []


def test_a_file_that_grew_is_counted_anew(tmp_path):
    """The index belongs to the content it was made of."""
    path = write(tmp_path / "rejects.jsonl", map(reject, range(3)))
    assert counted(path).totals().total() == 3
    write(path, map(reject, range(7)))
    assert counted(path).totals().total() == 7


def test_lines_that_are_no_rejects_are_counted_and_passed_over(tmp_path):
    """Holes of a run that was killed, half a line at the end, other JSON and another order of keys."""
    path = tmp_path / "rejects.jsonl"
    good = json.dumps(reject(1).to_json())
    turned = json.dumps(dict(reversed(reject(2).to_json().items())))
    path.write_bytes(f"{good}\n\0\0\0\0\n[1]\n{turned}\n{{}}\n{good[:50]}".encode())
    index = counted(path)
    assert (index.totals().total(), index.unreadable) == (2, 4)
    assert [line.record for line in read_page(path, ALL, 0, 10)] == [1, 2]


def test_records_of_any_bytes_and_size(tmp_path):
    """Bytes come back as they were, text too, whatever is in it; a record of 3 MB is one reject among others."""
    content = random.Random(1).randbytes(3_000_000)
    rejects = [
        reject(1, raw=base64.b64encode(content).decode(), raw_encoding="base64"),
        reject(2, raw="\u202e\x00\r\n\u2028é", source="/data/\udcff.csv"),
        reject(3, raw="not base64!", raw_encoding="base64"),
        reject(4, raw=""),
    ]
    path = write(tmp_path / "rejects.jsonl", rejects)
    assert counted(path).totals().total() == 4
    first, second, third, fourth = read_page(path, ALL, 0, 10)
    assert (first.raw, first.is_text) == (content, False)
    assert (second.raw.decode(), second.source) == ("\u202e\x00\r\n\u2028é", "/data/\udcff.csv")
    assert (third.raw, third.is_text) == (b"not base64!", True)
    assert fourth.raw == b""


def test_no_file_is_told_in_words(tmp_path):
    """A file that is gone is refused, not a crash."""
    with pytest.raises(InputRefused, match="cannot be read"):
        index_of(tmp_path / "rejects.jsonl")


def test_hex_lines_are_those_of_xxd():
    """Offset, pairs and characters stand as everybody knows them."""
    lines = hex_lines(bytes(range(0x30, 0x45)), 0x1F0)
    assert [line.offset for line in lines] == ["000001f0", "00000200"]
    assert lines[0].pairs == "30 31 32 33 34 35 36 37  38 39 3a 3b 3c 3d 3e 3f"
    assert (lines[0].text, lines[1].text) == ("0123456789:;<=>?", "@ABCD")
    assert hex_lines(b"\x00\x7f\xff~")[0].text == "...~"
    assert len(lines[1].pairs) == len(lines[0].pairs)


def test_commands_show_the_same_bytes(tmp_path):
    """Both commands, run by a shell on a file with a hostile name, print the bytes of the place."""
    path = tmp_path / "it's $(touch x) `y` *.bin"
    path.write_bytes(bytes(range(256)))
    dd = commands(str(path), 65, 4).splitlines()[1].replace("| xxd -g 1", "")
    done = subprocess.run(dd, shell=True, capture_output=True, cwd=tmp_path, check=True)
    assert done.stdout == b"ABCD"
    assert "-s 65 -l 4" in commands(str(path), 65, 4)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
