"""The items of a COBOL copybook: each entry's clauses, and which item belongs to which group."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from etl_batch import sentences
from etl_batch.layouts.importers.copybook_source import Word, entries
from etl_batch.layouts.importers.parts import MAX_ELEMENTS, refusal

_RECORD_LEVELS = (1, 77)
_LAST_LEVEL = 49
_CONDITION = 88
_USAGES = {
    "DISPLAY": "DISPLAY",
    "BINARY": "COMP",
    "COMP": "COMP",
    "COMP-1": "COMP-1",
    "COMP-2": "COMP-2",
    "COMP-3": "COMP-3",
    "COMP-4": "COMP",
    "COMP-5": "COMP-5",
    "COMP-6": "COMP-6",
    "PACKED-DECIMAL": "COMP-3",
}
_OTHER_USAGES = (
    *("COMP-N", "COMP-X", "INDEX", "POINTER", "POINTER-32", "PROCEDURE-POINTER", "FUNCTION-POINTER", "OBJECT"),
    *("NATIONAL", "DISPLAY-1", "UTF-8", "BINARY-CHAR", "BINARY-SHORT", "BINARY-LONG", "BINARY-DOUBLE", "FLOAT-SHORT"),
    *("FLOAT-LONG", "FLOAT-EXTENDED"),
)
_IGNORED = frozenset({"JUST", "JUSTIFIED", "EXTERNAL", "GLOBAL", "RIGHT", "LEFT"})
_SECTIONS = frozenset({"DATA", "FILE", "WORKING-STORAGE", "LOCAL-STORAGE", "LINKAGE", "FD", "SD"})


@dataclass(slots=True)
class Item:
    """One entry: a group with `children`, or what a picture or a usage says."""

    level: int
    name: str | None
    """None: FILLER."""
    line: int
    picture: str | None = None
    usage: str | None = None
    sign: tuple[bool, bool] | None = None
    """Whether the sign leads, and whether it is a character of its own."""
    occurs: int | None = None
    redefines: str | None = None
    synchronized: bool = False
    blank_when_zero: bool = False
    children: list[Item] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    """Names of its values (level 88)."""

    @property
    def label(self) -> str:
        """What it is called where something is said of it."""
        return self.name or "FILLER"


def read_items(text: str) -> list[Item]:
    """The items of the outermost level, each with those inside it. Raises `LayoutError`."""
    roots: list[Item] = []
    open_groups: list[Item] = []
    for words in entries(text):
        if words[0].key in _SECTIONS:
            continue
        item = _item(words)
        if item.level == _CONDITION:
            _last(roots, item).conditions.append(item.label)
            continue
        _close(open_groups, item)
        (open_groups[-1].children if open_groups else roots).append(item)
        open_groups.append(item)
    return roots


def _last(items: list[Item], condition: Item) -> Item:
    """The item that an entry of level 88 follows."""
    if not items:
        raise refusal(sentences.imports.CONDITION_OF_NOTHING, condition.line, condition.name)
    last = items[-1]
    while last.children:
        last = last.children[-1]
    return last


def _close(open_groups: list[Item], item: Item) -> None:
    """Close the groups that an item does not belong to: those of its own level, and of levels inside it."""
    level = 1 if item.level in _RECORD_LEVELS else item.level
    closed = None
    while open_groups and (open_groups[-1].level >= level or open_groups[-1].level in _RECORD_LEVELS[1:]):
        closed = open_groups.pop()
    if closed is not None and closed.level != level and closed.level not in _RECORD_LEVELS:
        raise refusal(sentences.imports.LEVEL_FITS_NOTHING.format(level=item.level), item.line, item.label)
    if open_groups and open_groups[-1].picture is not None:
        raise refusal(sentences.imports.PICTURE_OF_GROUP, open_groups[-1].line, open_groups[-1].label)


def _item(words: list[Word]) -> Item:
    first = words[0]
    if not (first.text.isascii() and first.text.isdecimal()):
        sentence = sentences.imports.COPY if first.key in ("COPY", "-INC", "++INCLUDE") else sentences.imports.NO_LEVEL
        raise refusal(sentence.format(word=first.text[:80]), first.line)
    level, rest = int(first.text[:9]), words[1:]
    name = None
    if rest and rest[0].key not in _CLAUSES:
        name = None if rest[0].key == "FILLER" else rest[0].text
        rest = rest[1:]
    item = Item(level, name, first.line)
    if level == _CONDITION:
        return item
    if not (1 <= level <= _LAST_LEVEL or level in _RECORD_LEVELS):
        sentence = sentences.imports.RENAMES if level == 66 else sentences.imports.OTHER_LEVEL
        raise refusal(sentence.format(level=level), first.line, item.label)
    while rest:
        clause = _CLAUSES.get(rest[0].key)
        if clause is None:
            raise refusal(sentences.imports.UNKNOWN_CLAUSE.format(word=rest[0].text[:80]), rest[0].line, item.label)
        rest = clause(item, rest[0], _without(rest[1:], "IS", "ARE"))
    return item


def _without(words: list[Word], *noise: str) -> list[Word]:
    """The words after a noise word that may stand before them."""
    return words[1:] if words and words[0].key in noise else words


def _operand(item: Item, clause: Word, rest: list[Word]) -> Word:
    if not rest:
        raise refusal(sentences.imports.CLAUSE_OF_NOTHING.format(word=clause.text), clause.line, item.label)
    return rest[0]


def _picture(item: Item, clause: Word, rest: list[Word]) -> list[Word]:
    item.picture = _operand(item, clause, rest).text
    return rest[1:]


def _usage(item: Item, clause: Word, rest: list[Word]) -> list[Word]:
    return _bare_usage(item, _operand(item, clause, rest), rest[1:])


def _bare_usage(item: Item, clause: Word, rest: list[Word]) -> list[Word]:
    usage = _USAGES.get(clause.key.replace("COMPUTATIONAL", "COMP"))
    if usage is None:
        raise refusal(sentences.imports.OTHER_USAGE.format(usage=clause.text[:80]), clause.line, item.label)
    item.usage = usage
    return rest


def _sign(item: Item, clause: Word, rest: list[Word]) -> list[Word]:
    return _bare_sign(item, _operand(item, clause, rest), _without(rest[1:]))


def _bare_sign(item: Item, clause: Word, rest: list[Word]) -> list[Word]:
    if clause.key not in ("LEADING", "TRAILING"):
        raise refusal(sentences.imports.UNKNOWN_CLAUSE.format(word=clause.text[:80]), clause.line, item.label)
    separate = bool(rest) and rest[0].key == "SEPARATE"
    item.sign = clause.key == "LEADING", separate
    return _without(rest[1:], "CHARACTER") if separate else rest


def _occurs(item: Item, clause: Word, rest: list[Word]) -> list[Word]:
    count = _operand(item, clause, rest).text
    details, rest = _until_clause(rest[1:])
    if any(word.key in ("TO", "DEPENDING", "UNBOUNDED") for word in details) or count.upper() == "UNBOUNDED":
        raise refusal(sentences.imports.DEPENDING, clause.line, item.label)
    if not (count.isascii() and count.isdecimal()) or not 0 < int(count[:9]) <= MAX_ELEMENTS or len(count) > 9:
        raise refusal(sentences.imports.ARRAY_SIZE.format(count=count[:80], most=MAX_ELEMENTS), clause.line, item.label)
    item.occurs = int(count)
    return rest


def _redefines(item: Item, clause: Word, rest: list[Word]) -> list[Word]:
    item.redefines = _operand(item, clause, rest).text
    return rest[1:]


def _synchronized(item: Item, _clause: Word, rest: list[Word]) -> list[Word]:
    item.synchronized = True
    return rest


def _blank(item: Item, clause: Word, rest: list[Word]) -> list[Word]:
    rest = _without(rest, "WHEN")
    if _operand(item, clause, rest).key not in ("ZERO", "ZEROS", "ZEROES"):
        raise refusal(sentences.imports.UNKNOWN_CLAUSE.format(word=rest[0].text[:80]), clause.line, item.label)
    item.blank_when_zero = True
    return rest[1:]


def _value(_item: Item, _clause: Word, rest: list[Word]) -> list[Word]:
    """The value that a program begins with says nothing of a file."""
    return _until_clause(rest)[1]


def _ignored(_item: Item, _clause: Word, rest: list[Word]) -> list[Word]:
    return rest


def _until_clause(words: list[Word]) -> tuple[list[Word], list[Word]]:
    for number, word in enumerate(words):
        if word.key in _CLAUSES:
            return words[:number], words[number:]
    return words, []


_Clause = Callable[[Item, Word, list[Word]], list[Word]]
_CLAUSES: dict[str, _Clause] = {
    **dict.fromkeys(("PIC", "PICTURE"), _picture),
    **dict.fromkeys((*_USAGES, *_OTHER_USAGES), _bare_usage),
    **{usage.replace("COMP", "COMPUTATIONAL", 1): _bare_usage for usage in _USAGES if usage.startswith("COMP")},
    **dict.fromkeys(("LEADING", "TRAILING"), _bare_sign),
    **dict.fromkeys(("SYNC", "SYNCHRONIZED"), _synchronized),
    **dict.fromkeys(("VALUE", "VALUES"), _value),
    **dict.fromkeys(_IGNORED, _ignored),
    "USAGE": _usage,
    "SIGN": _sign,
    "OCCURS": _occurs,
    "REDEFINES": _redefines,
    "BLANK": _blank,
}
"""By the word that begins a clause, what reads the rest of it."""
