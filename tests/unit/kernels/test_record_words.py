"""Words before records, walked and listed: each kernel against a slow twin that takes a step at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from etl_batch.kernels import record_words
from etl_batch.kernels.record_words import (
    AT,
    BLOCK_END,
    CHANGED,
    IN_A_ROW,
    LONGEST_STRETCH,
    LOST,
    STATES,
    STRETCHES,
    list_records,
    spread_records,
    walk_words,
)

IBM = (4, 0, 2, 1, 0, 0)
SHORT = (1, 0, 1, 0, 1, 0)
LITTLE = (4, 2, 2, 0, 4, 0)
BLOCK = (4, 0, 2, 1, 0, 1)


def announced(data, at, word):
    """The bytes that a word announces, itself among them; 0 for a damaged one."""
    size, offset, width, big, added, extended = word
    raw = data[at : at + size]
    if len(raw) < size:
        return 0
    if extended and raw[0] & 0x80:
        return int.from_bytes(raw, "big") - (1 << 31) + added
    if any(raw[:offset] + raw[offset + width :]):
        return 0
    return int.from_bytes(raw[offset : offset + width], "big" if big else "little") + added


def fits(data, at, limit, word, most):
    """The same where it can be right; else 0."""
    length = announced(data, at, word)
    return length if word[0] < length <= most and at + length <= limit else 0


def leads_on(data, at, limit, words, mosts, blocked):
    """Whether enough words follow each other from here."""
    if blocked:
        length = fits(data, at, limit, words[1], mosts[1])
        if not length:
            return False
        limit, at = at + length, at + words[1][0]
    for _ in range(IN_A_ROW):
        if at == limit:
            return True
        length = fits(data, at, limit, words[0], mosts[0])
        if not length:
            return False
        at += length
    return True


def walked(data, words, mosts):
    """Records, words of blocks and damaged stretches of a whole file, in order: kind, first byte, bytes."""
    at, block_end, end, found, lost = 0, 0, len(data), [], False
    while at < end:
        outside = len(words) > 1 and at >= block_end
        which, limit = (1, end) if outside else (0, end if len(words) == 1 else block_end)
        length = 0 if lost else fits(data, at, limit, words[which], mosts[which])
        if length and outside:
            found.append(("block", at, words[1][0]))
            block_end, at = at + length, at + words[1][0]
            continue
        if length:
            found.append(("record", at, length))
            at += length
            continue
        stop = min(at + record_words.LONGEST_STRETCH, limit)
        behind = at if lost else at + 1
        while behind < stop and not leads_on(data, behind, limit, words, mosts, outside):
            behind += 1
        lost = behind == stop and stop < limit
        if behind > at:
            found.append(("damage", at, behind - at))
        at = behind
    return found


def by_kernels(data, words, mosts, window, wanted):
    """The same by the kernels, through windows and in pieces of about `wanted` bytes."""
    lines = np.array([(*word, most) for word, most in zip(words, mosts, strict=True)], np.int64)
    at, state, found = 0, np.zeros(STATES, np.int64), []
    while at < len(data):
        block_end, begin, damaged = int(state[BLOCK_END]), at, []
        while at < min(begin + wanted, len(data)):
            part = np.frombuffer(data[at : at + window], np.uint8)
            lines_out, before = np.empty((3, 2), np.int64), int(state[LOST])
            state[AT] = 0
            walk_words(part, part.size, len(data) - at, begin + wanted - at, lines, state, lines_out)
            damaged += [(int(a) + at - begin, int(n)) for a, n in lines_out[: state[STRETCHES]]]
            assert state[AT] or before != state[LOST]
            at += int(state[AT])
            state[BLOCK_END] -= state[AT]
        piece = np.frombuffer(data[begin:at], np.uint8)
        list_state = np.array([0, block_end, 0, 0], np.int64)
        stretches = np.array(damaged, np.int64).reshape(-1, 2)
        while True:
            starts, lengths = np.empty(2, np.int64), np.empty(2, np.int64)
            count = list_records(piece, piece.size, lines, stretches, list_state, starts, lengths)
            assert count != CHANGED
            if not count:
                break
            found += [
                ("damage" if n < 0 else "record", begin + int(s), abs(int(n)))
                for s, n in zip(starts[:count], lengths[:count], strict=True)
            ]
    return found


def written(payloads, word):
    """Payloads, each behind its word."""
    size, offset, width, big, added, _ = word
    parts = []
    for payload in payloads:
        length = len(payload) + size - added
        parts.append(bytearray(size))
        parts[-1][offset : offset + width] = length.to_bytes(width, "big" if big else "little")
        parts.append(payload)
    return b"".join(parts)


@st.composite
def files(draw):
    """Files of words of any kind, blocked or not, with bytes changed, taken out and put in, or of any bytes."""
    word = draw(st.sampled_from([IBM, SHORT, LITTLE]))
    blocked = draw(st.booleans())
    payloads = st.lists(st.binary(min_size=1, max_size=9) | st.sampled_from([bytes(5), b"\0\6\0\0\1\2"]), max_size=9)
    if blocked:
        data = b"".join(written([written(one, word)], BLOCK) for one in draw(st.lists(payloads, max_size=4)) if one)
    else:
        data = written(draw(payloads), word)
    data = bytearray(data or draw(st.binary(min_size=1, max_size=60)))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(data)))
        data[place : place + draw(st.integers(0, 4))] = draw(st.binary(max_size=3))
    return bytes(data), [word, BLOCK] if blocked else [word], [word[0] + 9, 200] if blocked else [word[0] + 9]


@given(files(), st.integers(1, 40))
@example((b"\0\5\0\0a\0\0\0\0\0\6\0\0bc\0\5\0\0d", [IBM], [13]), 1)
def test_every_byte_in_one_piece(case, wanted):
    """Records and damaged stretches are those of the twin, for any pieces, and no byte is in none or in two."""
    data, words, mosts = case
    expected = walked(data, words, mosts)
    assert sum(length for _, _, length in expected) == len(data)
    assert by_kernels(data, words, mosts, 1 << 20, wanted) == [one for one in expected if one[0] != "block"]


@pytest.mark.parametrize("wanted", [1, 1 << 16, 1 << 20])
@pytest.mark.parametrize("blocked", [False, True])
def test_long_damage(blocked, wanted):
    """Damage longer than a stretch is several stretches, found through the smallest window that may show them."""
    payloads = [bytes([65 + number]) * (number % 9 + 1) for number in range(40)]
    good = written([written(payloads, IBM)], BLOCK) if blocked else written(payloads, IBM)
    data = good + b"\xff" * (2 * LONGEST_STRETCH + 5) + good + b"\xee" * 7
    words, mosts = ([IBM, BLOCK], [13, 4000]) if blocked else ([IBM], [13])
    window = LONGEST_STRETCH + (IN_A_ROW + 2) * 13
    expected = walked(data, words, mosts)
    assert [one[2] for one in expected if one[0] == "damage"] == [LONGEST_STRETCH, LONGEST_STRETCH, 5, 7]
    assert by_kernels(data, words, mosts, window, wanted) == [one for one in expected if one[0] != "block"]


def test_words_that_are_others_now():
    """Records that were changed after they had been walked are told, and nothing is read behind the span."""
    lines = np.array([(*IBM, 13)], np.int64)
    for data in (b"\0\5\0\0a\0\1\0\0", b"\0\5\0\0a\0\x0d\0\0b", b"\0\5\0\0a\0"):
        part, out = np.frombuffer(data, np.uint8), np.empty(9, np.int64)
        state = np.zeros(STATES, np.int64)
        assert list_records(part, part.size, lines, np.empty((0, 2), np.int64), state, out, out.copy()) == CHANGED


@given(st.lists(st.binary(max_size=7), min_size=1), st.integers(1, 9))
def test_records_side_by_side(payloads, record_size):
    """Zeros stand behind a shorter one, and what is too long is cut."""
    data = np.frombuffer(b"".join(payloads) + b"x", np.uint8)
    lengths = np.array([len(one) for one in payloads], np.int64)
    starts = np.cumsum(lengths) - lengths
    out = np.full(len(payloads) * record_size, 9, np.uint8)
    spread_records(data, starts, lengths, record_size, out)
    assert out.tobytes() == b"".join(one[:record_size].ljust(record_size, b"\0") for one in payloads)
