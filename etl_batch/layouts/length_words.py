"""Records of variable length, as a layout declares them: the words that say how long each is, checked."""

from __future__ import annotations

from collections.abc import Iterator

from etl_batch import sentences
from etl_batch.layouts.kinds import KINDS
from etl_batch.layouts.layout import LengthWord
from etl_batch.layouts.spec import LayoutSpec, LengthWordSpec

MAX_VARIABLE_SIZE = 1 << 20
"""Bytes of a record of variable length: some are looked ahead at where a word is damaged."""
_MAX_BLOCK = (1 << 31) - 1


def word_problems(spec: LayoutSpec, record_size: int) -> Iterator[str]:
    """What is wrong with the keys about words."""
    fixed = spec.record_format == "fixed"
    if fixed and spec.length_word is not None:
        yield sentences.problems.WORD_OF_FIXED.format(key="length_word")
    if spec.record_format != "bdw" and spec.block_word is not None:
        yield sentences.problems.WORD_OF_NO_BLOCK
    if fixed:
        return
    if spec.record_count is not None:
        yield sentences.problems.COUNT_OF_VARIABLE
    if record_size > MAX_VARIABLE_SIZE:
        yield sentences.problems.RECORD_TOO_LARGE.format(record_size=record_size, most=MAX_VARIABLE_SIZE)
    for key, word in (("length_word", spec.length_word), ("block_word", spec.block_word)):
        if word is not None and word.offset + KINDS[word.type].sizes[0] > word.size:
            yield sentences.problems.WORD_TOO_SHORT.format(key=key, size=word.size, type=word.type, offset=word.offset)


def length_words(spec: LayoutSpec, record_size: int) -> tuple[LengthWord, ...]:
    """The word before a record of at most so many bytes, and where records stand in blocks the one before a block."""
    if spec.record_format == "fixed":
        return ()
    word = spec.length_word or LengthWordSpec()
    record = _word(word, word.size + record_size)
    if spec.record_format == "rdw":
        return (record,)
    # IBM's large blocks: a set highest bit makes all 31 others the length. A block word of another form has none.
    return record, _word(spec.block_word or LengthWordSpec(), _MAX_BLOCK, extended=spec.block_word is None)


def _word(spec: LengthWordSpec, most: int, *, extended: bool = False) -> LengthWord:
    width = KINDS[spec.type].sizes[0]
    return LengthWord(spec.size, spec.offset, width, spec.endian == "big", spec.includes_word, extended, most)
