"""Where JSON's values end in a line of text: parts of kernels.

The text has a line feed behind its last byte, so that no walk needs to ask where it ends: none may stand in a value.
"""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.kernel import Bytes, OutBytes, inner

LF, CR, TAB, SPACE = 10, 13, 9, 32
QUOTE, BACKSLASH, COMMA, COLON = 34, 92, 44, 58
OBJECT, OBJECT_END, LIST, LIST_END = 123, 125, 91, 93
PLAIN, ESCAPED, WRONG = 0, 1, -1
"""What a string is: its bytes, its bytes but for escapes, or no string."""
_MINUS, _PLUS, _POINT, _ZERO, _NINE = 45, 43, 46, 48, 57
_SHORT, _LONG, _PAIR = 2, 6, 12
"""Bytes of an escape: a letter, a code of four digits, and two of these."""
_HIGH, _LOW, _BEHIND = 0xD800, 0xDC00, 0xE000
"""Where codes begin that are halves of a character, the second halves, and what stands behind them."""


@inner
def skip_blank(data: Bytes, at: int) -> int:
    """The first place from a byte on that is no blank of a line."""
    while data[at] == SPACE or data[at] == TAB or data[at] == CR:
        at += 1
    return at


@inner
def string_end(data: Bytes, at: int) -> tuple[int, int]:
    """Of the string whose quote stands before a byte the place of the one that closes it, and what it is."""
    kind = PLAIN
    while data[at] != QUOTE:
        if data[at] < SPACE:
            return at, WRONG
        if data[at] == BACKSLASH:
            size = _escape_size(data, at)
            if size == 0:
                return at, WRONG
            kind = ESCAPED
            at += size
        else:
            at += 1
    return at, kind


@inner
def _escape_size(data: Bytes, at: int) -> int:
    """Bytes of the escape at a backslash; 0 when it is none, or stands for half a character."""
    letter = data[at + 1]
    if letter != 117:  # u
        return _SHORT if unescaped(letter) else 0
    code = hex_code(data, at + _SHORT)
    if code < _HIGH:
        return _LONG if code >= 0 else 0
    if code >= _BEHIND:
        return _LONG
    if code >= _LOW or data[at + _LONG] != BACKSLASH or data[at + _LONG + 1] != 117:
        return 0
    other = hex_code(data, at + _LONG + _SHORT)
    return _PAIR if _LOW <= other < _BEHIND else 0


@inner
def unescaped(letter: int) -> int:
    """The byte that a letter behind a backslash stands for; 0 when none does."""
    if letter == QUOTE or letter == BACKSLASH or letter == 47:
        return int(letter)
    if letter == 110:
        return LF
    if letter == 116:
        return TAB
    if letter == 114:
        return CR
    if letter == 98:
        return 8
    return 12 if letter == 102 else 0


@inner
def hex_code(data: Bytes, at: int) -> int:
    """The number that four hexadecimal digits write; -1 when they are none."""
    code = 0
    for place in range(at, at + 4):
        byte = int(data[place])
        letter = byte | 32
        if _ZERO <= byte <= _NINE:
            code = code * 16 + byte - _ZERO
        elif 97 <= letter <= 102:
            code = code * 16 + letter - 87
        else:
            return -1
    return code


@inner
def unescape(data: OutBytes, at: int, end: int) -> int:
    """Write the characters of a string with escapes over it, in UTF-8; returns where they end, no later than before."""
    to = at
    while at < end:
        if data[at] != BACKSLASH:
            data[to] = data[at]
            to, at = to + 1, at + 1
        elif data[at + 1] != 117:
            data[to] = np.uint8(unescaped(data[at + 1]))
            to, at = to + 1, at + _SHORT
        else:
            code = hex_code(data, at + _SHORT)
            at += _LONG
            if _HIGH <= code < _BEHIND:
                code = 0x10000 + ((code - _HIGH) << 10) + hex_code(data, at + _SHORT) - _LOW
                at += _LONG
            to = _write_character(data, to, code)
    return to


@inner
def _write_character(data: OutBytes, to: int, code: int) -> int:
    """Write a character in UTF-8; returns the place behind it."""
    if code < 0x80:
        data[to] = np.uint8(code)
        return to + 1
    size = 2 if code < 0x800 else 3 if code < 0x10000 else 4
    for place in range(size - 1, 0, -1):
        data[to + place] = np.uint8(0x80 | (code & 0x3F))
        code >>= 6
    data[to] = np.uint8(((0xF00 >> size) & 0xFF) | code)
    return to + size


@inner
def scalar_end(data: Bytes, at: int) -> int:
    """The place behind a string, a number or a word; -1 when it is none of these."""
    byte = data[at]
    if byte == QUOTE:
        end, kind = string_end(data, at + 1)
        return end + 1 if kind != WRONG else -1
    if byte == _MINUS or _ZERO <= byte <= _NINE:
        return _number_end(data, at)
    return _word_end(data, at)


@inner
def _number_end(data: Bytes, at: int) -> int:
    if data[at] == _MINUS:
        at += 1
        if data[at] == 73:
            return _word_end(data, at)
    if data[at] == _ZERO:
        at += 1
    else:
        end = _digits_end(data, at)
        if end == at:
            return -1
        at = end
    if data[at] == _POINT:
        end = _digits_end(data, at + 1)
        if end == at + 1:
            return -1
        at = end
    if data[at] | 32 == 101:
        at += 1
        if data[at] == _MINUS or data[at] == _PLUS:
            at += 1
        end = _digits_end(data, at)
        if end == at:
            return -1
        at = end
    return at


@inner
def _digits_end(data: Bytes, at: int) -> int:
    while _ZERO <= data[at] <= _NINE:
        at += 1
    return at


@inner
def _word_end(data: Bytes, at: int) -> int:
    """The place behind `true`, `false`, `null`, `NaN` or `Infinity`, which most writers of JSON write; -1 at others."""
    first = data[at]
    if first == 116 and data[at + 1] == 114 and data[at + 2] == 117 and data[at + 3] == 101:
        return at + 4
    if first == 110 and data[at + 1] == 117 and data[at + 2] == 108 and data[at + 3] == 108:
        return at + 4
    if first == 78 and data[at + 1] == 97 and data[at + 2] == 78:
        return at + 3
    if first == 102 and data[at + 1] == 97 and data[at + 2] == 108 and data[at + 3] == 115 and data[at + 4] == 101:
        return at + 5
    infinite = first == 73 and data[at + 1] == 110 and data[at + 2] == 102 and data[at + 3] == 105
    if infinite and data[at + 4] == 110 and data[at + 5] == 105 and data[at + 6] == 116 and data[at + 7] == 121:
        return at + 8
    return -1


@inner
def nested_end(data: Bytes, at: int, stack: OutBytes) -> int:
    """The place behind an object or a list; -1 when it is none, or holds more, one in the other, than `stack` does."""
    depth = 0
    while True:
        byte = data[at]
        if byte == OBJECT or byte == LIST:
            if depth == len(stack):
                return -1
            stack[depth] = byte
            depth += 1
            at = skip_blank(data, at + 1)
            if data[at] != byte + 2:
                at = value_of(data, at) if byte == OBJECT else at
                if at < 0:
                    return -1
                continue
        else:
            at = scalar_end(data, at)
            if at < 0:
                return -1
            at = skip_blank(data, at)
        # Behind a value, or at the end of an empty object or list.
        while depth and data[at] == stack[depth - 1] + 2:
            depth -= 1
            if depth == 0:
                return at + 1
            at = skip_blank(data, at + 1)
        if data[at] != COMMA:
            return -1
        at = skip_blank(data, at + 1)
        if stack[depth - 1] == OBJECT:
            at = value_of(data, at)
            if at < 0:
                return -1


@inner
def value_of(data: Bytes, at: int) -> int:
    """Where the value of the key begins that stands at a byte; -1 when no key does."""
    if data[at] != QUOTE:
        return -1
    at, kind = string_end(data, at + 1)
    if kind == WRONG:
        return -1
    at = skip_blank(data, at + 1)
    return skip_blank(data, at + 1) if data[at] == COLON else -1
