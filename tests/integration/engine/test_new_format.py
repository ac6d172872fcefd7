"""A fourth format, made in this file and registered by one call, is a format like the others everywhere."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl_batch import service
from etl_batch.browsing import browse
from etl_batch.config import RunConfig
from etl_batch.formats import registry
from etl_batch.formats.blocks import BlockPlan, plan_pieces
from etl_batch.formats.look import Look
from etl_batch.formats.reading import read_bytes
from etl_batch.formats.source import Claim, Piece, Places, SampledRows, Slab, Source, SourceColumn
from etl_batch.model import Counts, Reject
from etl_batch.previews import preview
from etl_batch.probing import estimate_path
from etl_batch.security.guard import allowed_roots

MAGIC = b"#pairs\n"
COLUMNS = (SourceColumn("name", pa.string(), text=True), SourceColumn("amount", pa.int64()))


@dataclass(frozen=True)
class PairSource(Source[tuple[int, int]]):
    """Lines of `name=amount` behind a magic line. A place: first byte and length."""

    format: ClassVar[str] = "pairs"
    title: ClassVar[str] = "pairs"

    @classmethod
    def detect(cls, look: Look, claim: Claim) -> PairSource | None:
        """By its first line."""
        if claim is not Claim.SIGNED or not look.start.startswith(MAGIC):
            return None
        return cls(look.ordinal, str(look.path), look.size, COLUMNS)

    def sample(self) -> Iterator[SampledRows]:
        """The first piece."""
        place = next(self.cut(4096)).place
        for slab in self.read(place, 0):
            yield SampledRows(slab.batch(self.column_names), place[1])

    def cut(self, chunk_bytes: int) -> Iterator[Piece[tuple[int, int]]]:
        """Whole lines."""
        text = Path(self.path).read_bytes()
        begin = len(MAGIC)
        while begin < len(text):
            end = text.find(b"\n", min(begin + chunk_bytes, len(text)) - 1) + 1 or len(text)
            yield Piece((begin, end - begin), end - begin)
            begin = end

    def read(self, place: tuple[int, int], retries: int) -> Iterator[Slab]:
        """The good lines, and the others as rejects at their offsets."""
        begin, length = place
        text = bytes(read_bytes(self.content, begin, length, retries)[:length])
        names, amounts, places, rejects, records = [], [], [], [], 0
        for line in text.splitlines(keepends=True):
            name, _, amount = line.decode().rstrip("\n").rpartition("=")
            if amount.isdigit():
                names.append(name)
                amounts.append(int(amount))
                places.append(begin)
            else:
                rejects.append(
                    Reject(self.path, begin, records, "no_amount", "amount", "no whole number", line.decode().rstrip())
                )
            records += 1
            begin += len(line)
        batch = pa.RecordBatch.from_arrays([pa.array(names, pa.string()), pa.array(amounts, pa.int64())], COLUMN_NAMES)
        stands = Places.of(np.array(places, np.int64))
        yield Slab.of(batch, records, rejects=rejects, places=stands)

    @classmethod
    def probe(cls, sources: Sequence[PairSource], fraction: float, record_bytes: float) -> BlockPlan:
        """By the pieces that a run would cut."""
        return plan_pieces(sources, fraction)


COLUMN_NAMES = [column.name for column in COLUMNS]


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    """The one call, and back."""
    registry.register(PairSource)
    yield
    registry.unregister(PairSource)


@pytest.fixture
def source(home) -> Path:
    """Ten thousand lines, two of them broken."""
    path = home.data / "stock.pairs"
    lines = [f"=A{number % 7}={number}" if number % 2 else f"item {number % 5}={number}" for number in range(10_000)]
    lines[17], lines[9_000] = "broken", "also=broken"
    path.write_bytes(MAGIC + "\n".join(lines).encode() + b"\n")
    return path


def run(home: Path, source: Path, workers: int) -> RunConfig:
    """A configuration over the file, in chunks far smaller than it."""
    return RunConfig(
        inputs=(str(source),),
        output_csv=home / "output" / f"{workers}.csv",
        output_parquet=home / "output" / f"{workers}.parquet",
        workers=workers,
        chunk_bytes=4096,
        home=home,
    )


def test_it_is_told_from_the_others_and_previewed(home, source: Path) -> None:
    """A folder's listing, and the preview of a launch, show it with its columns and first records."""
    (entry,) = browse(home.data, allowed_roots(home.path)).entries
    assert entry.format == "pairs"
    shown = preview(source, home.path)
    assert shown.source.format == "pairs"
    assert [column.name for column in shown.columns] == COLUMN_NAMES
    assert shown.rows[0] == {"name": "item 0", "amount": "0"}


def test_it_is_probed(home, source: Path) -> None:
    """Everything of a small file is read, so the totals are exact."""
    found = estimate_path(source, home.path, stratum="name", measures=["amount"], sample_frac=1.0)
    assert found.format == "pairs"
    assert found.population_rows.exact == 9_998
    assert found.rejected_rows.estimate == 2
    assert found.measures["amount"].estimate == sum(pq_amounts(home, source))


def pq_amounts(home, source: Path) -> list[int]:
    """The amounts as a run with one worker writes them."""
    service.execute(run(home.path, source, 1))
    amounts: list[int] = pq.read_table(home.output / "1.parquet").column("amount").to_pylist()
    return amounts


def test_it_is_run_by_any_number_of_workers(home, source: Path) -> None:
    """The same bytes for 1 and 3 workers, rejects at their offsets, and the conservation equation."""
    one = service.execute(run(home.path, source, 1))
    three = service.execute(run(home.path, source, 3))
    assert (home.output / "1.csv").read_bytes() == (home.output / "3.csv").read_bytes()
    assert pq.read_table(home.output / "1.parquet").equals(pq.read_table(home.output / "3.parquet"))
    assert one.counts == three.counts == Counts(records_in=10_000, written=9_998, rejected=2, skipped=0)
    rejects = home.rejects(three.to_json())
    assert [reject["record"] for reject in rejects] == [17, 9_000]
    for reject in rejects:
        with source.open("rb") as file:
            raw = os.pread(file.fileno(), len(reject["raw"]), reject["offset"])
        assert raw.decode() == reject["raw"]


def test_it_is_reported(home, source: Path) -> None:
    """The report names the format beside the file, and a cell that could harm a spreadsheet is escaped."""
    record = service.execute(run(home.path, source, 1))
    report = (home.path / "report" / f"{record.run_id}.html").read_text()
    assert "stock.pairs" in report
    assert "pairs" in report.split("stock.pairs", 1)[1]
    assert record.escaped_cells == 4_999
    assert b"'=A1,1\n" in (home.output / "1.csv").read_bytes()
    assert record.inputs[0].format == "pairs"
