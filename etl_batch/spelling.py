"""Names of files as people can read them: on one line, without effect on a screen, in letters that can be encoded.

A name may hold any bytes but two. Those that are no UTF-8 reach Python as halves of surrogate pairs, which no file and
no screen takes; a line end in a name would begin a line of its own in a log, and an escape would steer a terminal.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from etl_batch import sentences

_NO_UTF8 = re.compile("[\udc80-\udcff]")
_SPELLED = re.compile(r"\\x([89a-f][0-9a-f])")
_ODD = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_MOST = 5
"""Words of many that are said."""
NO_UTF8 = range(0xDC80, 0xDD00)
"""What stands for the bytes of a name that are no UTF-8."""


def spelled(text: str) -> str:
    r"""The text with what cannot be seen or encoded as `\n`, `\xe9` or `\u202e`."""
    return _ODD.sub(_escape, text)


def encodable(text: str) -> str:
    r"""The text with the bytes that are no UTF-8 as `\xe9`, and nothing else changed; `as_named` is the way back."""
    return _NO_UTF8.sub(_escape, text)


def as_named(text: str) -> str:
    """The name that `encodable` was made of; another text may be meant as it stands."""
    return _SPELLED.sub(lambda found: chr(0xDC00 + int(found[1], 16)), text)


def quoted(word: str) -> str:
    """A word for the shell; bytes of a name that are no UTF-8 as escapes, which bash and its like read."""
    if encodable(word) == word:
        return shlex.quote(word)
    escaped = word.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{encodable(escaped)}'"


def few(words: Sequence[str]) -> str:
    """The first of some words, and how many more there are."""
    more = len(words) - _MOST
    shown = ", ".join(words[:_MOST])
    return shown + sentences.inputs.AND_MORE.format(number=more) if more > 0 else shown


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code in NO_UTF8:
        return f"\\x{code - 0xDC00:02x}"
    return found[0].encode("unicode_escape").decode("ascii")
