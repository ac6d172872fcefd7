"""What a user says of how a text is written, as a dialect."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from etl_batch import sentences
from etl_batch.errors import UsageError
from etl_batch.formats.text.encoding import codec_name
from etl_batch.formats.text.table import NO_HEADER, ONE_HEADER
from etl_batch.kernels.grammar import MOST_DELIMITER
from etl_batch.model import Dialect
from etl_batch.reading_options import ReadingOptions

_WORDS = {"tab": "\t", "space": " ", "comma": ",", "semicolon": ";", "pipe": "|", "colon": ":"}
MOST_HEADER_ROWS = 16
_BLANKS, _NONE = "blanks", "none"
_ESCAPED = re.compile(r"\\(t|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})")


def declared_dialect(options: ReadingOptions, encoding: str) -> Dialect:
    """The declared parts of a dialect, all others as they are by default. Raises `UsageError`."""
    parts: dict[str, Any] = {"encoding": encoding}
    if options.delimiter is not None:
        parts |= {"delimiter": " ", "run": 1} if options.delimiter == _BLANKS else {"delimiter": _delimiter(options)}
    for name, part, given in (
        ("quote", "quotechar", options.quote),
        ("escape", "escape", options.escape),
        ("comment", "comment", options.comment),
    ):
        if given is not None:
            parts[part] = _sign(name, given)
    if parts.get("escape") is not None and parts["escape"] == parts.get("quotechar", '"'):
        parts["escape"] = None  # a doubled quote is what that says
    dialect = Dialect(**parts)
    _check_signs(dialect)
    _check_header(options)
    return dialect


def mended_dialect(former: Dialect, options: ReadingOptions) -> Dialect:
    """A dialect with the signs and the encoding that were declared in place of its own. Raises `UsageError`."""
    encoding = former.encoding if options.encoding is None else codec_name(options.encoding)
    declared = declared_dialect(options, encoding)
    parts: dict[str, Any] = {"encoding": encoding}
    for name, fields in (
        ("delimiter", ("delimiter", "run")),
        ("quote", ("quotechar",)),
        ("escape", ("escape",)),
        ("comment", ("comment",)),
    ):
        if getattr(options, name) is not None:
            parts |= {field: getattr(declared, field) for field in fields}
    dialect = replace(former, **parts)
    _check_signs(dialect)
    return dialect


def _check_signs(dialect: Dialect) -> None:
    signs = [dialect.delimiter, dialect.quotechar, dialect.escape, dialect.comment]
    if len({sign for sign in signs if sign}) < sum(sign is not None for sign in signs):
        raise UsageError(sentences.inputs.SAME_SIGN, field="delimiter")


def _delimiter(options: ReadingOptions) -> str:
    sign = meant(options.delimiter or "")
    if not sign or set(sign) & set("\r\n") or len(sign.encode()) > MOST_DELIMITER:
        raise UsageError(sentences.inputs.BAD_DELIMITER.format(given=options.delimiter), field="delimiter")
    return sign


def _sign(name: str, given: str) -> str | None:
    """One sign of ASCII, or none."""
    sign = meant(given)
    if sign == _NONE or not sign:
        return None
    if len(sign) != 1 or not sign.isascii() or sign in "\r\n":
        raise UsageError(sentences.inputs.BAD_SIGN.format(name=name, given=given), field=name)
    return sign


def meant(given: str) -> str:
    """The sign that a word or an escape such as `tab`, `\\t`, `\\x01` and `^A` stands for."""
    if given in _WORDS:
        return _WORDS[given]
    if len(given) == 2 and given[0] == "^" and "A" <= given[1] <= "_":
        return chr(ord(given[1]) - 64)
    return _ESCAPED.sub(lambda found: "\t" if found[1] == "t" else chr(int(found[1][1:], 16)), given)


def _check_header(options: ReadingOptions) -> None:
    given = options.header
    if (
        given is not None
        and given not in (NO_HEADER, ONE_HEADER)
        and not (given.isascii() and given.isdecimal() and 0 < int(given) <= MOST_HEADER_ROWS)
    ):
        raise UsageError(sentences.inputs.BAD_HEADER.format(given=given), field="header")
