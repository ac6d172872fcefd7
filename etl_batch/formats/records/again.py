"""Rejected records read again by their layout as it is now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np

from etl_batch import sentences
from etl_batch.defaults import AUTO_LAYOUT
from etl_batch.errors import InputRefused, UsageError
from etl_batch.formats.records.decoder import Decoded
from etl_batch.formats.records.headers import HEADERS
from etl_batch.formats.source import Reread, SourceColumn
from etl_batch.kernels.kernel import Longs
from etl_batch.layouts import Layout
from etl_batch.model import Reject
from etl_batch.reading_options import ReadingOptions


def mended_layout(former: Layout, options: ReadingOptions, layouts: Mapping[str, Layout]) -> Layout:
    """The layout that was named, else that of the former one's name; one that is gone, or a header's, as it was.

    Raises `UsageError` when there is none of that name, or when its records are not those that were cut.
    """
    named = options.layout != AUTO_LAYOUT
    name = options.layout if named else former.name
    if name in HEADERS and name not in layouts:
        return former
    if named and name not in layouts and name != former.name:
        known = ", ".join(sorted(layouts))
        raise UsageError(sentences.command_line.NO_LAYOUT_FLAG.format(name=name, known=known), field="layout")
    layout = layouts.get(name, former)
    if layout.words != former.words or (not layout.words and layout.record_size != former.record_size):
        sentence = sentences.replays.OTHER_RECORDS.format(name=name, size=layout.record_size, former=former.record_size)
        raise UsageError(sentence, field="layout")
    return layout


def columns_of(layout: Layout) -> tuple[SourceColumn, ...]:
    """The columns of a file with this layout."""
    return tuple(SourceColumn(field.name, field.type) for field in layout.schema)


@contextmanager
def failing(rejects: Sequence[Reject], whole: Longs, layout: Layout) -> Iterator[None]:
    """Have a field that must not fail name the record where it stands in its file, not among those that are read."""
    try:
        yield
    except InputRefused as error:
        reject = rejects[int(whole[error.record])]
        facts = {"source": reject.source, "offset": reject.offset, "record": reject.record}
        sentence = sentences.inputs.RECORD_FAILS.format(
            **{**facts, "record": reject.record + 1}, detail=error.detail, layout=layout.name
        )
        raise InputRefused(sentence, **{**error.facts, **facts}) from error


def reread_of(decoded: Decoded, whole: Longs, rejects: Sequence[Reject]) -> Reread:
    """What was decoded of those records that are whole; `whole` holds their places, the others stay what they were."""
    rows = whole if decoded.kept is None else whole[decoded.kept]
    left = set(range(len(rejects))) - set(whole.tolist())
    found = {place: rejects[place] for place in left} | {int(whole[each.record]): each for each in decoded.rejects}
    return Reread(decoded.batch.columns, np.asarray(rows, np.int64), found)
