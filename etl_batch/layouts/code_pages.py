"""Code pages of one byte a character: those that Python knows, and the EBCDIC ones that it lacks, by table.

Of the national EBCDIC pages each has the characters of Latin-1, as page 37 has them, at other places. A page is written
down by what stands elsewhere than in page 37; the euro pages have their sign where the older one has the currency sign.
Source: IBM's Character Data Representation Architecture, registered code pages.
"""

from __future__ import annotations

import codecs
import re
from functools import cache
from importlib import import_module

import numpy as np

from etl_batch.kernels.code_pages import LENGTH_AT, NO_CHARACTER
from etl_batch.kernels.kernel import Words

UNDEFINED = "\ufffe"
"""What Python's tables have for a byte that is no character."""
_ELSEWHERE = {
    "273": "43{ 4AÄ 4F! 59~ 5AÜ 5F^ 63[ 6Aö 7C§ A1ß B0¢ B5@ BA¬ BB| C0ä CC¦ D0ü DC} E0Ö EC\\ FC]",
    "277": "47} 4A# 4F! 5A¤ 5BÅ 5F^ 67$ 6Aø 70¦ 7BÆ 7CØ 80@ 9C{ 9E[ 9F] A1ü B0¢ BA¬ BB| C0æ D0å DC~",
    "278": "43{ 47} 4A§ 4F! 51` 5A¤ 5BÅ 5F^ 63# 67$ 6Aö 71\\ 79é 7BÄ 7CÖ 9F] A1ü B0¢ B5[ BA¬ BB| "
    "C0ä CC¦ D0å DC~ E0É EC@",
    "280": "44{ 48\\ 4A° 4F! 51] 54} 58~ 5Aé 5F^ 6Aò 79ù 7B£ 7C§ 90[ A1ì B0¢ B1# B5@ BA¬ BB| C0à CD¦ D0è DD` E0ç",
    "284": "49¦ 4A[ 5A] 69# 6Añ 7BÑ A1¨ B0¢ BA^ BB! BD~",
    "285": "4A$ 5B£ A1¯ B0¢ B1[ BA^ BC~",
    "297": "44@ 48\\ 4A° 4F! 51{ 54} 5A§ 5F^ 6Aù 79µ 7B£ 7Cà 90[ A0` A1¨ B0¢ B1# B5] BA¬ BB| BD~ C0é D0è DD¦ E0ç",
    "500": "4A[ 4F! 5A] 5F^ B0¢ BA¬ BB|",
    "871": "4AÞ 4F! 5AÆ 5FÖ 79ð 7CÐ 8C` 8E{ 9C} 9E] A1ö AC@ AE[ B0¢ BA¬ BB| BE\\ C0þ CC~ D0æ E0´ EC^",  # noqa: RUF001 - an acute accent it is
    "1047": "5F^ AD[ B0¬ BAÝ BB¨ BD]",
}
_WITH_EURO = {
    "1141": "273", "1142": "277", "1143": "278", "1144": "280", "1145": "284", "1146": "285",
    "1147": "297", "1148": "500", "1149": "871",
}  # fmt: skip
_KNOWN_TO_PYTHON = ("273", "500")
"""Written down for their euro pages; of itself Python reads them, page 273 with an overline for the macron."""
_NAME = re.compile(r"(?:cp|ibm|ebcdic|ccsid)?[-_ ]?0*([0-9]+)", re.IGNORECASE)


def code_page_name(encoding: str) -> str | None:
    """The name of a page that is written down here, such as `cp1047`; None for all others."""
    found = _NAME.fullmatch(encoding)
    number = found[1] if found else ""
    known = number in _WITH_EURO or (number in _ELSEWHERE and number not in _KNOWN_TO_PYTHON)
    return f"cp{number}" if known else None


@cache
def characters_of(encoding: str) -> str | None:
    """The 256 characters of an encoding of one byte each, `UNDEFINED` for a byte without one; None for any other."""
    name = code_page_name(encoding)
    if name is not None:
        return _written_down(name.removeprefix("cp"))
    module = import_module(f"encodings.{codecs.lookup(encoding).name.replace('-', '_')}")
    table: str | None = getattr(module, "decoding_table", None)
    return None if table is None else table.ljust(256, UNDEFINED)


@cache
def utf8_table(encoding: str) -> Words | None:
    """What `kernels.code_pages.decode_cells` takes; None for encodings of several bytes a character."""
    characters = characters_of(encoding)
    if characters is None:
        return None
    words = [NO_CHARACTER if one == UNDEFINED else _word(one.encode("utf-8")) for one in characters]
    return np.array(words, np.uint64)


def _word(utf8: bytes) -> int:
    return int.from_bytes(utf8, "little") | len(utf8) << LENGTH_AT


def _written_down(number: str) -> str:
    if number in _WITH_EURO:
        return _written_down(_WITH_EURO[number]).replace("¤", "€")
    characters = list(bytes(range(256)).decode("cp037"))
    for place in _ELSEWHERE.get(number, "").split(" "):
        if place:
            characters[int(place[:2], 16)] = place[2:]
    return "".join(characters)
