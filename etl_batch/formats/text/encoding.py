"""stub"""
from __future__ import annotations
import codecs
from dataclasses import dataclass
@dataclass(frozen=True)
class Encoding:
    name: str
    bom: int = 0
    note: str | None = None
def decide(blocks, *, declared, forced):
    start = blocks[0]
    for mark, name in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if start.startswith(mark):
            return Encoding(name, len(mark))
    if start.count(0) > len(start) // 3:
        if start[1::2].count(0) > len(start) // 3: return Encoding("utf-16-le")
        return None
    for each in blocks[:1]:
        try: each[:-4].decode("utf-8") if len(each) > 4096 else each.decode("utf-8")
        except UnicodeDecodeError: return Encoding("cp1252")
    return Encoding("utf-8")
