"""A look into a text: its encoding, its dialect, and where its table stands."""

from __future__ import annotations

from dataclasses import dataclass, replace

from etl_batch import sentences
from etl_batch.errors import FormatRefused
from etl_batch.formats.look import Look
from etl_batch.formats.text.declared import declared_dialect
from etl_batch.formats.text.encoding import Encoding, decide
from etl_batch.formats.text.others import other_document
from etl_batch.formats.text.sample import SampleText
from etl_batch.formats.text.sniffing import USUAL, declared_by_file, sniff
from etl_batch.formats.text.table import ROW_NAME, Table, find_table
from etl_batch.formats.text.transcoding import Transcoder
from etl_batch.model import Dialect
from etl_batch.reading_options import ReadingOptions

_LATER_BLOCKS, _LATER_BYTES = 16, 64 << 10
_MOST_PREAMBLE = 1 << 16
"""Characters of a preamble that are kept."""
_FIRST_BYTES = 64 << 10
"""Bytes of a file from which its dialect is told, as long as they hold records enough."""
_ENOUGH = 16


@dataclass(frozen=True, slots=True)
class Seen:
    """What a text was found to be."""

    dialect: Dialect
    names: tuple[str, ...]
    start: int
    """Byte of the file at which the body begins."""
    preamble: str
    above: int
    """Records of the preamble."""
    notes: tuple[str, ...]


def look_into(look: Look, *, forced: bool) -> Seen | None:
    """What a file is as text; None when it is none. Raises `FormatRefused` for a document, `UsageError`."""
    options = look.reading.options
    encoding = decide(_blocks(look), declared=options.encoding, forced=forced)
    if encoding is None:
        return None
    known = declared_dialect(options, encoding.name)
    first = _sample(look, encoding, _FIRST_BYTES)
    document = None if forced else other_document(first.text.decode("utf-8", "replace"), whole=first.whole)
    if document is not None:
        raise FormatRefused(sentences.inputs.OTHER_FORMAT.format(path=look.path, name=document), tried=[document])
    seen = _told(look, first, known, encoding, options)
    if not first.whole and seen.table_records < _ENOUGH:
        seen = _told(look, _sample(look, encoding, len(look.start)), known, encoding, options)
    return seen.seen


@dataclass(frozen=True, slots=True)
class _Told:
    seen: Seen
    table_records: int


def _blocks(look: Look) -> list[bytes]:
    """The start of the file, and blocks from places all over the rest."""
    blocks = [look.start]
    if not look.whole:
        with look.content.opened() as file:
            rest = range(1, _LATER_BLOCKS + 1)
            blocks += [file.read(_LATER_BYTES, look.size * place // (_LATER_BLOCKS + 1) // 4 * 4) for place in rest]
    return blocks


def _sample(look: Look, encoding: Encoding, most: int) -> SampleText:
    """The text of the first bytes, behind the byte order mark."""
    raw = look.start[encoding.bom : most]
    text = bytes(Transcoder(0, encoding.name).to_utf8(memoryview(raw)))
    return SampleText.of(text, whole=look.whole and most >= len(look.start))


def _told(look: Look, sample: SampleText, known: Dialect, encoding: Encoding, options: ReadingOptions) -> _Told:
    text = sample.text
    passed, skipped = _passed_over(text, options)
    if passed and options.delimiter is None:
        declared = declared_by_file(text.decode("utf-8", "replace"))
        if declared is not None:
            known, options = replace(known, delimiter=declared[0]), replace(options, delimiter=declared[0])
    rest = SampleText.of(text[passed:], whole=sample.whole)
    newline = "\r" if b"\r" in text and b"\n" not in text else "\n"
    known = replace(known, bom=encoding.bom, newline=newline)
    tried = sniff(rest, known, options)
    table = find_table(rest, tried, options.header)
    offsets = Transcoder(encoding.bom, encoding.name)
    offsets.to_utf8(memoryview(look.start)[encoding.bom :])
    preamble = text[: passed + table.header_at].decode("utf-8", "replace")
    names = table.names or tuple(f"column_{number}" for number in range(1, table.width + 1))
    seen = Seen(
        table.dialect,
        names,
        offsets.in_file(passed + table.begin),
        preamble[:_MOST_PREAMBLE],
        skipped + table.above,
        tuple(_notes(look, encoding, table, options)),
    )
    return _Told(seen, len(tried.rows))


def _passed_over(text: bytes, options: ReadingOptions) -> tuple[int, int]:
    """Bytes and lines that are no part of the table: as many as were declared, and a line that names the delimiter."""
    at = 0
    lines = options.skip_lines or 0
    for _ in range(lines):
        ends = [place for place in (text.find(b"\n", at), text.find(b"\r", at)) if place >= 0]
        if not ends:
            return len(text), lines
        at = min(ends) + (2 if text[min(ends) : min(ends) + 2] == b"\r\n" else 1)
    declared = declared_by_file(text[at : at + 64].decode("utf-8", "replace"))
    if declared is None:
        return at, lines
    return at + len(text[at : at + 64].decode("utf-8", "replace")[: declared[1]].encode()), lines + 1


def _notes(look: Look, encoding: Encoding, table: Table, options: ReadingOptions) -> list[str]:
    """What could have been read otherwise."""
    dialect = table.dialect
    said = [
        (dialect.run > 0 or dialect.delimiter not in USUAL, sentences.inputs.ODD_DELIMITER, options.delimiter),
        (dialect.spaced == 2, sentences.inputs.SPACES, None),
        (dialect.comment is not None, sentences.inputs.COMMENTS, options.comment),
        (dialect.tail, sentences.inputs.TAIL, None),
        (table.above == 1, sentences.inputs.ONE_LINE_ABOVE, options.skip_lines),
        (table.above > 1, sentences.inputs.ABOVE_THE_TABLE, options.skip_lines),
        (dialect.header_rows > 1, sentences.inputs.HEADER_ROWS, options.header),
        (not dialect.header, sentences.inputs.NO_HEADER, options.header),
        (table.names[:1] == (ROW_NAME,), sentences.inputs.ROW_NAMES, None),
    ]
    facts = {
        "path": look.path,
        "number": table.above if table.above else dialect.header_rows,
        "sign": dialect.comment,
        "name": ROW_NAME,
        "delimiter": sentences.inputs.BLANKS if dialect.run else repr(dialect.delimiter),
    }
    notes = [] if encoding.note is None else [encoding.note]
    return notes + [sentence.format(**facts) for guessed, sentence, declared in said if guessed and declared is None]
