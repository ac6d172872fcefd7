"""What a file is: its content decides, its name only breaks ties."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from etl_batch.defaults import AUTO_LAYOUT
from etl_batch.errors import FormatRefused, InputRefused, UsageError
from etl_batch.formats.parquet.reader import open_parquet, parquet_columns
from etl_batch.formats.source import Source, SourceColumn
from etl_batch.formats.text.dialect import read_names, sniff_dialect, sniff_encoding
from etl_batch.formats.text.splitting import header_end
from etl_batch.layouts import Layout, RunLayouts, extent, rank
from etl_batch.model import Dialect, FileFormat

SAMPLE_BYTES = 1 << 20
_CERTAIN, _LIKELY = 0.9, 0.5
_OTHER_FORMATS = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
    (b"PK\x03\x04", "zip (or an Excel workbook)"),
    (b"SQLite format 3", "SQLite"),
    (b"%PDF", "PDF"),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """How the user wants files to be read (`--layout`, `--force-text-fallback`), and the layouts there are."""

    layouts: Mapping[str, Layout]
    layout: str = AUTO_LAYOUT
    force_text: bool = False
    sample_bytes: int = SAMPLE_BYTES
    """Bytes of the file's start that are looked at; a list of many files looks at fewer."""

    def speaking(self, path: Path) -> list[Layout]:
        """The layouts whose magic bytes or globs may claim a file."""
        if isinstance(self.layouts, RunLayouts):
            return self.layouts.speaking(path)
        return [layout for layout in self.layouts.values() if layout.magic is not None or layout.matches(str(path))]


def detect(path: Path, ordinal: int, reading: Reading) -> Source:
    """The source that a file is. Raises `InputRefused` or `FormatRefused` with what was tried."""
    size, sample = _look(path, reading.sample_bytes)
    if reading.layout != AUTO_LAYOUT:
        if reading.layout not in reading.layouts:
            known = ", ".join(sorted(reading.layouts))
            raise UsageError(f"--layout: there is no layout {reading.layout!r}; known are {known}.")
        return _binary(path, ordinal, size, reading.layouts[reading.layout])
    tried: list[str] = []
    if not reading.force_text:
        source = _as_parquet(path, ordinal, size, sample, tried) or _as_layout(
            path, ordinal, size, reading, _CERTAIN, named=True, tried=[]
        )
        if source is not None:
            return source
    _refuse_other_formats(path, sample)
    source = _as_text(path, ordinal, size, sample, reading.force_text, tried)
    if source is None and not reading.force_text:
        source = _as_layout(path, ordinal, size, reading, _LIKELY, named=False, tried=tried)
    if source is None:
        raise FormatRefused(
            f"{path} fits no reader (tried: {'; '.join(tried)}). Name its record layout with --layout, "
            "or describe it in a --struct-config file.",
            tried=tried,
        )
    return source


def _look(path: Path, sample_bytes: int) -> tuple[int, bytes]:
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            sample = file.read(sample_bytes)
    except OSError as error:
        raise InputRefused(f"{path} cannot be read ({error.strerror}). Check its permissions.") from error
    if size == 0:
        raise InputRefused(f"{path} is empty. Remove it from the input, or write it again.")
    return size, sample


def _as_parquet(path: Path, ordinal: int, size: int, sample: bytes, tried: list[str]) -> Source | None:
    if not sample.startswith(b"PAR1"):
        tried.append("Parquet: no PAR1 at the start")
        return None
    columns = parquet_columns(open_parquet(str(path)).schema_arrow)
    if not columns:
        raise FormatRefused(f"{path} is a Parquet file without columns. Remove it from the input.", tried=["parquet"])
    return Source(ordinal, str(path), FileFormat.PARQUET, size, columns)


def _as_layout(
    path: Path, ordinal: int, size: int, reading: Reading, least: float, *, named: bool, tried: list[str]
) -> Source | None:
    """The best fitting layout; `named`: only those whose magic or globs speak for this file."""
    layouts = reading.speaking(path) if named else list(reading.layouts.values())
    # Three places of a file are looked at, so each takes a third of what the start alone may.
    fits = rank(layouts, path, reading.sample_bytes // 3)
    tried += [f"layout {fit.layout}: {fit.score:.0%} ({fit.summary.rstrip('.')})" for fit in fits]
    if fits and fits[0].score >= least:
        return _binary(path, ordinal, size, reading.layouts[fits[0].layout])
    return None


def _binary(path: Path, ordinal: int, size: int, layout: Layout) -> Source:
    where = extent(layout, str(path), size)
    columns = tuple(SourceColumn(field.name, field.type) for field in layout.schema)
    return Source(ordinal, str(path), FileFormat.BINARY, size, columns, where.first, layout)


def _as_text(path: Path, ordinal: int, size: int, sample: bytes, forced: bool, tried: list[str]) -> Source | None:
    dialect = sniff_dialect(sample, size <= len(sample), forced)
    if dialect is None:
        tried.append("text: too many control characters")
        return None
    if dialect.encoding == "utf-8" and size > len(sample) and sample.isascii():
        dialect = _late_encoding(path, size, dialect)
    names = read_names(sample, dialect)
    if not names:
        raise InputRefused(f"{path} holds nothing but blank lines. Remove it from the input, or write it again.")
    start = _first_record(sample, dialect)
    columns = tuple(SourceColumn(name, pa.string(), text=True) for name in names)
    return Source(ordinal, str(path), FileFormat.CSV, size, columns, start, None, dialect)


def _late_encoding(path: Path, size: int, dialect: Dialect) -> Dialect:
    """Where the start of a file is plain ASCII, look for Latin-1 letters further on, at sixteen places."""
    blocks = []
    with path.open("rb") as file:
        for place in range(1, 17):
            file.seek(size * place // 17)
            blocks.append(file.read(SAMPLE_BYTES // 16))
    encoding, _ = sniff_encoding(b"".join(blocks)) or ("utf-8", 0)
    return replace(dialect, encoding="latin-1") if encoding == "latin-1" else dialect


def _first_record(sample: bytes, dialect: Dialect) -> int:
    """Byte offset of the first data record: behind the byte order mark and the header record."""
    if not dialect.header:
        return dialect.bom
    errors = "surrogatepass" if dialect.encoding.startswith("utf-16") else "surrogateescape"
    body = sample[dialect.bom :]
    if dialect.encoding.startswith("utf-16"):
        body = body[: len(body) // 2 * 2]
    text = body.decode(dialect.encoding, errors).encode("utf-8", errors)
    before = text[: header_end(text, dialect.delimiter)]
    return dialect.bom + len(before.decode("utf-8", errors).encode(dialect.encoding, errors))


def _refuse_other_formats(path: Path, sample: bytes) -> None:
    for magic, name in _OTHER_FORMATS:
        if sample.startswith(magic):
            raise FormatRefused(
                f"{path} is {name}. Unpack or export it to CSV, Parquet or records first.", tried=[name]
            )
