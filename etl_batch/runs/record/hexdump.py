"""Bytes as a person reads them: the classic lines of offset, sixteen hex pairs, and the characters they stand for."""

from __future__ import annotations

from dataclasses import dataclass

from etl_batch.spelling import quoted

WIDTH = 16
NO_CHARACTER = "."


@dataclass(frozen=True, slots=True)
class HexLine:
    """Sixteen bytes at most."""

    offset: str
    pairs: str
    text: str


def hex_lines(content: bytes, base: int = 0) -> list[HexLine]:
    """The lines of some bytes; `base` is the offset of the first of them. Give it a bounded piece."""
    return [
        HexLine(f"{base + begin:08x}", _pairs(content[begin : begin + WIDTH]), _text(content[begin : begin + WIDTH]))
        for begin in range(0, len(content), WIDTH)
    ]


def _pairs(content: bytes) -> str:
    half = WIDTH // 2
    return f"{content[:half].hex(' '):<23}  {content[half:].hex(' '):<23}"


def _text(content: bytes) -> str:
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else NO_CHARACTER for byte in content)


def commands(path: str, offset: int, length: int) -> str:
    """Two shell commands that show the same bytes of the file itself."""
    name = quoted(path)
    return (
        f"xxd -g 1 -s {offset} -l {length} {name}\n"
        f"dd if={name} iflag=skip_bytes,count_bytes skip={offset} count={length} status=none | xxd -g 1"
    )
