"""Which encoding a text is in: by its mark, by its pattern, or by how likely its bytes are; or that it is no text."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from etl_batch import sentences
from etl_batch.errors import UsageError
from etl_batch.formats.text.code_tables import UNITS
from etl_batch.formats.text.likelihood import readings, words_of

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
_STATEFUL = ("utf-7", "hz", "iso2022", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined")
"""No text, or text in which a byte means one thing here and another there: it cannot be cut."""
_NAMES = {"ansi": "cp1252", "utf-8-sig": UTF_8, "utf8-sig": UTF_8, "utf-8-bom": UTF_8}
"""What people say that Python does not, or says otherwise."""
_DOUBT = 4.0
"""How much likelier, as a logarithm, the choice is than one that would give other characters, to be beyond doubt."""
_UNLIKELY = -8.0
"""As the logarithm for a byte: less is none of the encodings that are known here."""
_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = bytes(range(128, 256))
_LOOKED = 1 << 16


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
    if name.startswith(_STATEFUL):
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
        if start.startswith(mark) and not (name == "utf-32-le" and not _is_utf_32(start[:_LOOKED], big=0)):
            return Encoding(name, len(mark))
    return None


def _is_utf_32(raw: bytes, *, big: int) -> bool:
    """Whether all units are characters."""
    units = np.frombuffer(raw[: len(raw) // 4 * 4], ">u4" if big else "<u4")
    return len(units) > 0 and bool((units < 0x110000).all()) and bool((units > 0).mean() > 0.5)


def _unmarked_wide(raw: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark, by the NULs beside the signs of a table."""
    if len(raw) < 8 or 0 not in raw:
        return None
    for name, (size, big) in UNITS.items():
        if size == 4 and _is_utf_32(raw, big=big):
            return name
    best = max(("utf-16-le", "utf-16-be"), key=lambda name: _signs_share(raw, UNITS[name][1]))
    return best if _is_utf_16(raw, best, UNITS[best][1]) else None


def _signs_share(raw: bytes, big: int) -> float:
    units = np.frombuffer(raw[: len(raw) // 2 * 2], ">u2" if big else "<u2")
    return float(np.isin(units, list(_SIGNS)).mean())


def _is_utf_16(raw: bytes, name: str, big: int) -> bool:
    """Whether nearly every NUL is the upper byte of a sign or a Western letter, and all units are characters."""
    units = np.frombuffer(raw[: len(raw) // 2 * 2], ">u2" if big else "<u2")
    western = int(((units > 0) & (units < 256)).sum())
    zeros = raw.count(0) - 2 * int((units == 0).sum())
    alone = zeros - western
    text = units.tobytes().decode("utf-16-le" if units.dtype.byteorder in "=<|" else name, "replace")
    damaged = text[:-1].count("\ufffd")
    if (
        _signs_share(raw, big) < 0.02
        or alone + int((units == 0).sum()) > len(units) // 20 + 1
        or damaged > len(units) // 100
    ):
        return False
    if not _is_damaged(text.encode("utf-8", "replace")):
        # Text in ASCII with a NUL here and there has its bytes below 128 everywhere; a script of others has not.
        return western >= 0.4 * len(units) or not raw.isascii()
    return False


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
    if not others:
        return Encoding(UTF_8)
    if sequences >= others:
        return Encoding(UTF_8)
    words = words_of(blocks)
    ranked = readings(words)
    best = ranked[0]
    high = sum(len(word) - len(word.translate(None, _HIGH)) for word in words)
    other = next((reading for reading in ranked if reading.text != best.text), best)
    if best.score < _UNLIKELY * high:
        return Encoding(UTF_8, note=_doubt("UTF-8", best.encoding))
    if best.score - other.score < _DOUBT:
        return Encoding(best.encoding, note=_doubt(best.encoding, other.encoding))
    if 4 * sequences > others:
        return Encoding(best.encoding, note=_doubt(best.encoding, "UTF-8"))
    return Encoding(best.encoding)


def _utf_8_evidence(blocks: Sequence[bytes]) -> tuple[int, int]:
    """Characters of UTF-8 past ASCII, and bytes that are of none; those at the edges of a block are left out."""
    sequences = others = 0
    for number, block in enumerate(blocks):
        high = block.translate(None, bytes(range(128)))
        if not high:
            continue
        try:
            codecs.utf_8_decode(block.lstrip(_HIGH[:64]) if number else block, "strict", False)
            sequences += len(high) - len(high.translate(None, bytes(range(0xC2, 0xF5))))
            continue
        except UnicodeDecodeError:
            pass  # it is counted closely below
        found = _SEQUENCE.findall(block)
        sequences += len(found)
        others += len(high) - sum(map(len, found)) - _edges(block, first=number == 0)
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
