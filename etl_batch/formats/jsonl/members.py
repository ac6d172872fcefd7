"""The members of one line, by Python's reader of JSON: what `kernels.json_lines` means, and what is wrong with a line.

It is for the lines that the kernel leaves, and for finding keys that nobody knows yet.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from etl_batch import sentences

MOST_DEEP = 512
"""Objects and lists, one in the other, of a line."""
FLATTENED_DEEP = 32
"""Objects, one in the other, that are taken apart; what is deeper stays JSON."""
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)
"""Numbers stay as they are written, however many digits they have."""
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"?')
_BLANK = re.compile(r"[ \t\r\n]*")


class BadLine(Exception):
    """A line that is no row: the reason, a sentence, and the key that it is about."""

    def __init__(self, reason: str, detail: str, field: str | None = None) -> None:
        super().__init__(reason, detail, field)
        self.reason, self.detail, self.field = reason, detail, field


def members_of(line: bytes, flatten: bool) -> dict[str, str]:
    """The text of each member's value by its key, in order; `flatten`: inner objects' as `outer.inner`.

    Raises `BadLine`.
    """
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadLine("invalid_text", sentences.rejects.NO_CHARACTER.format(byte=error.start)) from error
    if _depth(text) > MOST_DEEP:
        raise BadLine("invalid_json", sentences.rejects.JSON_TOO_DEEP.format(most=MOST_DEEP))
    try:
        value = _DECODER.decode(text)
    except ValueError as error:
        raise BadLine("invalid_json", sentences.rejects.NO_JSON.format(reason=error)) from error
    if not isinstance(value, dict):
        raise BadLine("not_an_object", sentences.rejects.NO_OBJECT)
    found: dict[str, str] = {}
    for key, cell in _members(text, _past_blanks(text, 0), "", FLATTENED_DEEP if flatten else 1):
        if key in found:
            raise BadLine("duplicate_key", sentences.rejects.DUPLICATE_KEY.format(key=_shown(key)), _shown(key))
        if not _is_text(key) or not _is_text(cell):
            raise BadLine("invalid_text", sentences.rejects.HALF_CODE.format(key=_shown(key)), _shown(key))
        found[key] = cell
    return found


def _members(text: str, at: int, outer: str, levels: int) -> Iterator[tuple[str, str]]:
    """Those of the object that begins at a place; `levels`: how many objects, this one among them, are taken apart."""
    at = _past_blanks(text, at + 1)
    while text[at] != "}":
        key, at = _DECODER.raw_decode(text, at)
        at = _past_blanks(text, _past_blanks(text, at) + 1)
        value, end = _DECODER.raw_decode(text, at)
        if levels > 1 and isinstance(value, dict) and value:
            yield from _members(text, at, f"{outer}{key}.", levels - 1)
        elif value is None:
            yield outer + key, ""
        else:
            yield outer + key, value if text[at] == '"' else text[at:end]
        at = _past_blanks(text, end)
        if text[at] == ",":
            at = _past_blanks(text, at + 1)


def _past_blanks(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _depth(text: str) -> int:
    """How many brackets are open at most, those in strings apart."""
    depth = most = 0
    for character in re.sub(r"[^\[\]{}]", "", _STRING.sub("", text)):
        depth += 1 if character in "[{" else -1
        most = max(most, depth)
    return most


def _is_text(value: str) -> bool:
    return not re.search("[\ud800-\udfff]", value)


def _shown(key: str) -> str:
    """A key as text, half characters as they may be written."""
    return key.encode("utf-8", "backslashreplace").decode()
