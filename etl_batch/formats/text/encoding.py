"""Which encoding a text is in: by its mark, by its pattern, or by how likely its bytes are; or that it is no text."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from etl_batch import sentences
from etl_batch.errors import UsageError
from etl_batch.formats.text.code_tables import UNITS
from etl_batch.formats.text.likelihood import reading_in_utf_8, readings, words_of

UTF_8 = "utf-8"
_MARKS = (
    (codecs.BOM_UTF8, UTF_8),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_CONTROL = bytes(set(range(32)) - set(b"\t\n\r\f\x1b\x01\x1e\x1f"))
_SIGNS = frozenset(b"\t\n\r ,;|\"'.-:/0123456789")
_STATEFUL = ("utf-7", "hz", "iso2022", "idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined")
"""No text, or text in which a byte means one thing here and another there: it cannot be cut."""
_NAMES = {"ansi": "cp1252", "utf-8-sig": UTF_8, "utf8-sig": UTF_8, "utf-8-bom": UTF_8}
"""What people say that Python does not, or says otherwise."""
_DOUBT = 4.5
"""How much likelier, as a logarithm, the choice is than one that would give other characters, to be beyond doubt."""
_FEW = 8
"""Characters of two bytes of UTF-8 that may well be others of a further encoding."""
_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH, _LEADS = bytes(range(0x80, 0x100)), bytes(range(0xC2, 0xF5))
_LOOKED, _LOOKED_AT = 1 << 16, 1 << 12
"""Bytes, and characters of them, by which UTF-16 and UTF-32 without a mark are told."""
_DAMAGE, _LEAST_SIGNS, _MOSTLY = 0.02, 0.02, 0.7


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the characters of a text are written."""

    name: str
    """Python's name of the codec, of UTF-16 and UTF-32 with the order of the bytes."""
    bom: int = 0
    """Bytes of byte order mark at the start of the file."""
    note: str | None = None
    """What is doubtful about it, in a sentence."""


def decide(blocks: Sequence[bytes], *, declared: str | None = None, forced: bool = False) -> Encoding | None:
    """The encoding of a file of which some blocks are given: its start, and others from all over it.

    What is declared is obeyed. None: it is no text, unless that is forced. Raises `UsageError` for a declared name that
    is none of an encoding, or of one that cannot be read in pieces.
    """
    start = blocks[0] if blocks else b""
    if declared is not None:
        return _declared(start, codec_name(declared))
    marked = _marked(start)
    if marked is not None:
        return marked
    wide = _unmarked_wide(start[:_LOOKED])
    if wide is not None:
        return Encoding(wide)
    if not forced and _is_binary(blocks):
        return None
    return _of_bytes(blocks)


def codec_name(declared: str) -> str:
    """Python's name of an encoding by one of its names; `utf-16` and `utf-32` leave the order of the bytes open.

    Raises `UsageError`.
    """
    wanted = declared.strip().lower().replace("_", "-").replace(" ", "-")
    try:
        name = codecs.lookup(_NAMES.get(wanted, wanted)).name
        "".encode(name)  # knows what is no encoding of text
    except (LookupError, UnicodeError, ValueError) as error:
        raise UsageError(sentences.inputs.UNKNOWN_ENCODING.format(given=declared), field="encoding") from error
    if name.replace("_", "-").startswith(_STATEFUL):
        raise UsageError(sentences.inputs.STATEFUL_ENCODING.format(given=declared), field="encoding")
    if name == "euc_kr":
        return "cp949"  # it has all of the other's, and puts none together from eight bytes
    return name


def control_share(raw: bytes) -> float:
    """The part of the bytes that are control characters other than those that text is laid out with."""
    return (len(raw) - len(raw.translate(None, _CONTROL))) / max(len(raw), 1)


def _declared(start: bytes, name: str) -> Encoding:
    marked = _marked(start)
    if name in ("utf-16", "utf-32"):
        if marked is not None and marked.name.startswith(name):
            return marked
        unmarked = _unmarked_wide(start[:_LOOKED])
        return Encoding(unmarked if unmarked is not None and unmarked.startswith(name) else f"{name}-le")
    return marked if marked is not None and marked.name == name else Encoding(name)


def _marked(start: bytes) -> Encoding | None:
    """By the byte order mark; one of UTF-16 and a NUL looks like that of UTF-32."""
    for mark, name in _MARKS:
        if start.startswith(mark) and (name != "utf-32-le" or _is_wide_text(start[4:_LOOKED], name)):
            return Encoding(name, len(mark))
    return None


def _unmarked_wide(raw: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark, by the NULs beside the signs of a table."""
    if len(raw) < 8 or 0 not in raw:
        return None
    if raw.isascii() and not _is_damaged(raw.replace(b"\0", b"")) and raw.count(0) < 0.3 * len(raw):
        return None  # text in ASCII with some NULs
    if raw.isascii() and _begins_with_a_line(raw):
        return None  # and more of them: cells that were padded, rows that were emptied
    for name in UNITS:
        if _is_wide_text(raw, name):
            return name
    return None


def _begins_with_a_line(raw: bytes) -> bool:
    """Whether the first line of ASCII and NULs has none, where in UTF-16 one stands beside the sign that ends it.

    An even number of letters and a NUL behind the line may be both.
    """
    end = raw.find(b"\n")
    line = raw[: max(end, 0)]
    if not line or not set(line).isdisjoint(_CONTROL):
        return False
    return not (end % 2 == 0 and raw[end + 1 : end + 2] == b"\0")


def _is_wide_text(raw: bytes, name: str) -> bool:
    """Whether nearly all code units are characters and not NUL, and many of them Western ones or signs of a table."""
    size, big = UNITS[name]
    units = np.frombuffer(raw[: len(raw) // size * size], f"{'>' if big else '<'}u{size}")
    western = units < 256
    signs = float(np.isin(units, list(_SIGNS)).mean())
    if float((units == 0).mean()) > _DAMAGE or (signs < _LEAST_SIGNS and float(western.mean()) < _MOSTLY):
        return False
    # In the other order of bytes signs are characters past 255 whose lower byte is NUL; in the right one few are.
    if float(((units & 255) == 0).mean()) > signs:
        return False
    text = raw[: units.nbytes].decode(name, "replace")[:_LOOKED_AT]
    unknown = sum(unicodedata.category(character) in ("Cn", "Co") or character == "\ufffd" for character in text[:-1])
    return unknown <= _DAMAGE * len(text) and not _is_damaged(text.encode("utf-8", "replace"))


def _is_damaged(raw: bytes) -> bool:
    """Whether there are more control characters than a text can have: some may stand in cells, of a short text too."""
    controls = len(raw) - len(raw.translate(None, _CONTROL))
    return controls > max(len(raw) // 50, min(len(raw) // 6, 4))


def _is_binary(blocks: Sequence[bytes]) -> bool:
    """Whether it is no text: full of control characters, other than NULs between the cells of lines that agree."""
    start = blocks[0] if blocks else b""
    if not _is_damaged(start):
        return False
    known = start[:_LOOKED].replace(b"\0", b"")
    return _is_damaged(known) or 2 * len(known) < len(start[:_LOOKED]) or not _lines_agree(known)


def _lines_agree(raw: bytes) -> bool:
    """Whether nearly all lines have the same number of some delimiter."""
    lines = [line for line in re.split(rb"\r\n|\n|\r", raw)[:200] if line]
    for delimiter in (b",", b";", b"\t", b"|"):
        counts = Counter(line.count(delimiter) for line in lines)
        count, times = max(counts.items(), key=lambda item: item[1], default=(0, 0))
        if count and times >= 2 and times >= 0.8 * len(lines):
            return True
    return False


def _of_bytes(blocks: Sequence[bytes]) -> Encoding:
    """UTF-8, unless bytes that are none are more than damage and some other encoding has them."""
    sequences, others = _utf_8_evidence(blocks)
    if (sequences > _FEW and sequences >= others) or not (sequences or others):
        return Encoding(UTF_8)
    words = words_of(blocks)
    if sequences >= others:
        return _of_few(words)
    best, *less = readings(words)
    if best.is_damage:
        return Encoding(UTF_8, note=sentences.inputs.ENCODING_DAMAGED.format(other=best.encoding))
    other = next((reading for reading in less if reading.text != best.text), best)
    if best.score - other.score < _DOUBT:
        return Encoding(best.encoding, note=_doubt(best.encoding, other.encoding))
    if 2 * sequences > others:
        return Encoding(best.encoding, note=_doubt(best.encoding, UTF_8))
    return Encoding(best.encoding)


def _of_few(words: Sequence[bytes]) -> Encoding:
    """UTF-8 by a few characters, which are those of a language; else it is doubtful."""
    own = reading_in_utf_8(words)
    other = readings(words)[0]
    return Encoding(UTF_8, note=_doubt(UTF_8, other.encoding) if other.score > own.score else None)


def _utf_8_evidence(blocks: Sequence[bytes]) -> tuple[int, int]:
    """Characters of UTF-8 past ASCII, and bytes that are of none; those at the edges of a block are left out."""
    sequences = others = 0
    for number, block in enumerate(blocks):
        if block.isascii():
            continue
        whole = block.lstrip(_HIGH[:64]) if number else block
        try:
            codecs.utf_8_decode(whole, "strict", False)
            sequences += len(block) - len(block.translate(None, _LEADS))
            continue
        except UnicodeDecodeError as error:
            first = max(error.start - _LOOKED // 2, 0)
        looked = whole[first : first + _LOOKED]
        found = _SEQUENCE.findall(looked)
        sequences += len(found)
        high = len(looked) - len(looked.translate(None, _HIGH))
        others += high - sum(map(len, found)) - _edges(looked, first=first == 0)
    return sequences, max(others, 0)


def _edges(block: bytes, *, first: bool) -> int:
    """Bytes of characters that are cut off at the edges of a block."""
    begin = 0 if first else len(block[:3]) - len(block[:3].lstrip(_HIGH[:64]))
    for back in range(1, min(3, len(block)) + 1):
        lead = block[-back]
        if lead >= 0xC2:
            wanted = 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
            return begin + (back if back < wanted else 0)
        if lead < 0x80:
            break
    return begin


def _doubt(chosen: str, other: str) -> str:
    return sentences.inputs.ENCODING_DOUBTFUL.format(chosen=chosen, other=other)
