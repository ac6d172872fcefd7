"""Records of variable length: the words before them that say how long each is, walked from one to the next.

A place is a byte of the window `data`, of which `known` bytes are there; the file's records end at `end`, which may lie
behind them. `words` has a line for the word of a record and one for that of a block, as the constants below say.
"""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.kernel import Bytes, LongGrid, Longs, OutBytes, OutLongGrid, OutLongs, inner, kernel

SIZE, OFFSET, WIDTH, BIG, ADDED, EXTENDED, MOST = range(7)
"""Columns of `words`: bytes of the word; where in it the length stands, in how many bytes and whether the highest comes
first; what is to be added to it (the word's size where it does not count itself); whether a set highest bit means that
all 4 bytes are the length; and the most bytes, word included, that there can be."""
RECORD, BLOCK = 0, 1
"""Lines of `words`; without the second, records do not stand in blocks."""
AT, BLOCK_END, LOST, STRETCHES = range(4)
"""Places in `state`: the next byte; where its block ends; whether a damaged stretch goes on there; damaged stretches so
far."""
STATES = 4
IN_A_ROW = 4
"""So many words that lead from one to the next are no accident."""
LONGEST_STRETCH = 1 << 16
"""A longer damaged stretch is several."""
CHANGED = -1


@kernel
def walk_words(
    data: Bytes, known: int, end: int, wanted: int, words: LongGrid, state: OutLongs, damaged: OutLongGrid
) -> int:
    """Go from record to record until one begins at byte `wanted` or behind it; returns where the walk stands.

    Bytes behind which the words are damaged become stretches, a line of `damaged` each: the first byte and how many. A
    stretch ends where `IN_A_ROW` words lead from one to the next, or to the end of the records or of the block, and at
    `LONGEST_STRETCH` bytes. The walk stands still before what the window is too short for, or `damaged` is.
    """
    at, block_end, lost, stretches = int(state[AT]), int(state[BLOCK_END]), int(state[LOST]), 0
    blocked = words.shape[0] > BLOCK
    ahead = IN_A_ROW * words[RECORD, MOST] + words[words.shape[0] - 1, SIZE]
    while at < min(wanted, end):
        inside = not blocked or at < block_end
        which, limit = (RECORD, end if not blocked else block_end) if inside else (BLOCK, end)
        if not lost:
            size = words[which, SIZE]
            if at + size > known and known < end:
                break
            length = _length(data, at, known, words, which)
            if size < length <= words[which, MOST] and at + length <= limit:
                if which == BLOCK:
                    block_end = at + length
                    at += size
                    continue
                if at + length > known:
                    break
                at += length
                continue
        stop = min(at + LONGEST_STRETCH, limit)
        if known < min(stop + ahead, end) or stretches == damaged.shape[0]:
            break
        behind = at if lost else at + 1
        while behind < stop and not _leads_on(data, behind, known, limit, words, which):
            behind += 1
        lost = 1 if behind == stop and stop < limit else 0
        if behind > at:
            damaged[stretches, 0], damaged[stretches, 1] = at, behind - at
            stretches += 1
        at = behind
    state[AT], state[BLOCK_END], state[LOST], state[STRETCHES] = at, block_end, lost, stretches
    return at


@kernel
def list_records(
    data: Bytes,
    size: int,
    words: LongGrid,
    damaged: LongGrid,
    state: OutLongs,
    starts: OutLongs,
    lengths: OutLongs,
) -> int:
    """The next records of a walk that ended at byte `size`: where each one's word begins, and its bytes with the word.

    A damaged stretch stands among them with its length below nought. Returns how many they are, nought at the end, or
    `CHANGED` when the words are not those that were walked.
    """
    at, block_end, stretch = state[AT], state[BLOCK_END], state[STRETCHES]
    blocked = words.shape[0] > BLOCK
    count = 0
    while at < size and count < starts.size:
        if stretch < damaged.shape[0] and damaged[stretch, 0] == at:
            length = damaged[stretch, 1]
            starts[count], lengths[count] = at, -length
            stretch += 1
        else:
            which = BLOCK if blocked and at >= block_end else RECORD
            length = _length(data, at, size, words, which)
            if length <= words[which, SIZE] or length > words[which, MOST]:
                return CHANGED
            if which == BLOCK:
                block_end = at + length
                at += words[which, SIZE]
                continue
            starts[count], lengths[count] = at, length
        at += length
        count += 1
        if at > size:
            return CHANGED
    state[AT], state[BLOCK_END], state[STRETCHES] = at, block_end, stretch
    return count


@kernel
def spread_records(data: Bytes, starts: Longs, lengths: Longs, record_size: int, out: OutBytes) -> None:
    """Copy records of any length into places of `record_size` bytes each, and zeros behind a shorter one."""
    for row in range(starts.size):
        begin, to, length = starts[row], row * record_size, min(lengths[row], record_size)
        for place in range(length):
            out[to + place] = data[begin + place]
        for place in range(length, record_size):
            out[to + place] = 0


@inner
def _length(data: Bytes, at: int, known: int, words: LongGrid, which: int) -> int:
    """The bytes from a word to the end of what it stands before; nought where none can be told."""
    size = words[which, SIZE]
    if at + size > known:
        return 0
    if words[which, EXTENDED] and data[at] >= 0x80:
        number = np.int64(data[at]) & 0x7F
        for place in range(at + 1, at + 4):
            number = number << 8 | np.int64(data[place])
        return int(number + words[which, ADDED])
    begin = at + words[which, OFFSET]
    number = np.int64(0)
    for place in range(at, at + size):
        byte = np.int64(data[place])
        if place < begin or place >= begin + words[which, WIDTH]:
            # Segments of spanned records, and damage: what stands beside the length is zero.
            if byte:
                return 0
        elif words[which, BIG]:
            number = number << 8 | byte
        else:
            number |= byte << (8 * (place - begin))
    return int(number + words[which, ADDED])


@inner
def _leads_on(data: Bytes, at: int, known: int, limit: int, words: LongGrid, which: int) -> bool:
    """Whether words lead on from here: those of a block's first records too, if it is one that is looked for."""
    if which == BLOCK:
        length = _length(data, at, known, words, BLOCK)
        if length <= words[BLOCK, SIZE] or length > words[BLOCK, MOST] or at + length > limit:
            return False
        limit = at + length
        at += words[BLOCK, SIZE]
    for _ in range(IN_A_ROW):
        if at == limit:
            return True
        length = _length(data, at, known, words, RECORD)
        if length <= words[RECORD, SIZE] or length > words[RECORD, MOST] or at + length > limit:
            return False
        at += length
    return True
