"""Which keys a file of lines has, and in what order they first appear: its columns."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING

from etl_batch.formats.jsonl.keys import key_table
from etl_batch.formats.jsonl.members import BadLine, members_of
from etl_batch.formats.jsonl.reader import Finder, Found, LinePlace, decodes, is_utf8, padded
from etl_batch.formats.reading import read_bytes

if TYPE_CHECKING:
    from etl_batch.formats.jsonl.source import JsonLinesSource

MOST_KEYS = 10_000
"""Columns at most: a file whose keys are values would have some a line."""
_ODD_LINES = 64
"""Lines that are left before the keys in them are learnt."""


def keys_in(source: JsonLinesSource, places: Iterable[LinePlace]) -> list[str]:
    """The keys of the good lines of some pieces, in order of appearance, the first `MOST_KEYS`.

    Pieces are looked at by as many threads as there are processors, which kernels keep busy.
    """
    found: dict[str, int] = {}
    left, threads = iter(places), os.cpu_count() or 1
    with ThreadPoolExecutor(threads) as pool:
        # A few at a time: who stops the run waits for no more than these.
        while some := list(islice(left, 2 * threads)):
            known = tuple(found or source.keys)
            for firsts in pool.map(lambda place, keys=known: _Survey(source, place, keys).firsts(), some):
                for key, at in firsts.items():
                    found[key] = min(at, found.get(key, at))
            found = dict(sorted(found.items(), key=lambda item: item[1])[:MOST_KEYS])
    return list(found)


class _Survey:
    """One piece's keys."""

    def __init__(self, source: JsonLinesSource, place: LinePlace, keys: tuple[str, ...]) -> None:
        self.source, self.place, self.keys = source, place, list(keys)
        self.found: dict[str, int] = {}

    def firsts(self) -> dict[str, int]:
        """By key, where in the file its first value is: about, but in the order of the values."""
        if self.place.long:
            return {}
        length = self.place.length
        data = padded(read_bytes(self.source.content, self.place.offset, length, 0), length)
        if not is_utf8(data, length):  # lines that are none have no keys: they become blank ones
            lines = data[:length].tobytes().split(b"\n")
            data = padded(b"\n".join(line if decodes(line) else b" " * len(line) for line in lines), length)
        position = 0
        while position < length:
            finder = Finder(key_table(tuple(self.keys)), data, length, self.source.longest, self.source.flatten)
            known = len(self.keys)
            while position < length and known == len(self.keys):
                found = finder.find(position, _ODD_LINES)
                position = found.next
                self._learn(data[:length].data, found)
            for key, at in zip(self.keys, finder.first.tolist(), strict=False):
                if at >= 0:
                    self._note(key, at)
        return self.found

    def _learn(self, text: memoryview, found: Found) -> None:
        """Note the keys of lines that the kernel left, those that it did not know among them."""
        known = set(self.keys)
        for start, end, _, _ in found.odd.tolist():
            for order, key in enumerate(self._keys_of(text[start:end])):
                self._note(key, start + order)
                if key not in known and len(known) < MOST_KEYS:
                    known.add(key)
                    self.keys.append(key)

    def _keys_of(self, line: memoryview) -> list[str]:
        """The keys of a line, none of one that is no row."""
        if len(line) > self.source.longest:
            return []
        try:
            return list(members_of(bytes(line), self.source.flatten))
        except BadLine:
            return []

    def _note(self, key: str, at: int) -> None:
        at += self.place.offset
        self.found[key] = min(at, self.found.get(key, at))
