"""A COBOL copybook as a layout: pictures and usages become types, groups nested records, FILLER skipped bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from etl_batch import sentences
from etl_batch.errors import LayoutError
from etl_batch.layouts.importers.copybook_items import Item, read_items
from etl_batch.layouts.importers.parts import Field, Found, Wanted, pick_record, refusal, skipped
from etl_batch.layouts.importers.pictures import Picture, read_picture
from etl_batch.layouts.values import MAX_DECIMAL_DIGITS

DEFAULT_ENCODING = "cp037"
_EXACT_DIGITS = 15
"""Digits that a double holds exactly."""
_BINARY_SIZES = ((4, 2), (9, 4), (18, 8))
"""Digits and bytes of binary numbers."""


@dataclass(frozen=True, slots=True)
class _Place:
    """What a group hands to the items inside it, and where they stand."""

    offset: int = 0
    repeated: bool = False
    """Whether a group around it is repeated, so that it stands in several places."""
    usage: str | None = None
    sign: tuple[bool, bool] | None = None


@dataclass(slots=True)
class _Reader:
    """Makes fields of items, and notes what is left out."""

    ebcdic: bool
    endian: str | None
    notes: list[str] = field(default_factory=list)
    fillers: int = 0

    def group(self, items: list[Item], place: _Place) -> tuple[list[Field], int]:
        """The fields of a group's items, and the bytes they take."""
        fields: list[Field] = []
        sizes: dict[str, int] = {}
        cursor = place.offset
        for item in items:
            if item.redefines is not None:
                self._leave_out(item, sizes, place)
                continue
            inner = _Place(cursor, place.repeated, item.usage or place.usage, item.sign or place.sign)
            made, size = self._item(item, inner)
            fields += made
            cursor += size * (item.occurs or 1)
            if item.name is not None:
                sizes[item.name.upper()] = size * (item.occurs or 1)
        return fields, cursor - place.offset

    def _item(self, item: Item, place: _Place) -> tuple[list[Field], int]:
        """The fields of one item, of all elements of an array; the size is that of one."""
        if item.conditions:
            self.notes.append(sentences.imports.CONDITIONS.format(field=item.label, names=", ".join(item.conditions)))
        if not item.children:
            return self._elementary(item, place)
        if item.synchronized:
            raise refusal(sentences.imports.SYNCHRONIZED, item.line, item.label)
        inner = _Place(place.offset, place.repeated or item.occurs is not None, place.usage, place.sign)
        made, size = self.group(item.children, inner)
        if item.name is None and item.occurs is None:
            return made, size
        name = item.name
        if name is None:
            self.fillers += 1
            name = f"FILLER-{self.fillers}"
        return [{"name": name, **_count(item), "fields": made}], size

    def _elementary(self, item: Item, place: _Place) -> tuple[list[Field], int]:
        made, size = self._typed(item, place)
        if item.synchronized:
            self._check_boundary(item, place, size)
        if item.name is None:
            return [{**skipped(size), **_count(item)}], size
        return [{"name": item.name, **made, **_count(item)}], size

    def _typed(self, item: Item, place: _Place) -> tuple[Field, int]:
        """Type and size of an item without items inside it."""
        usage = place.usage or "DISPLAY"
        if usage in ("COMP-1", "COMP-2"):
            return self._float(item, usage)
        if item.picture is None:
            raise refusal(sentences.imports.NO_PICTURE_NO_FIELDS, item.line, item.label)
        picture = read_picture(item.picture, item.line, item.label)
        if picture.text:
            if usage != "DISPLAY":
                raise refusal(sentences.imports.TEXT_USAGE.format(usage=usage), item.line, item.label)
            return {"type": "char", "size": picture.size, "strip": "both"}, picture.size
        if picture.size > MAX_DECIMAL_DIGITS:
            raise refusal(
                sentences.imports.DIGITS.format(digits=picture.size, most=MAX_DECIMAL_DIGITS), item.line, item.label
            )
        made, size = self._number(item, picture, usage, place)
        if item.blank_when_zero:
            self.notes.append(sentences.imports.BLANK_WHEN_ZERO.format(field=item.label))
        if not picture.signed and usage in ("DISPLAY", "COMP-3"):
            made["min"] = 0
        return {**made, **_value(item, picture)}, size

    def _number(self, item: Item, picture: Picture, usage: str, place: _Place) -> tuple[Field, int]:
        if usage in ("COMP", "COMP-5"):
            return self._binary(item, picture, usage)
        if usage == "COMP-3":
            size = picture.size // 2 + 1
            return {"type": "packed", "size": size}, size
        if usage == "COMP-6":
            size = (picture.size + 1) // 2
            return {"type": "packed", "size": size, "sign": "none"}, size
        leading, separate = place.sign or (False, False)
        size = picture.size + (picture.signed and separate)
        if not picture.signed or not (leading or separate):
            return {"type": "zoned", "size": size}, size
        side = "leading" if leading else "trailing"
        return {"type": "zoned", "size": size, "sign": f"{side}_separate" if separate else side}, size

    def _binary(self, item: Item, picture: Picture, usage: str) -> tuple[Field, int]:
        size = next((size for digits, size in _BINARY_SIZES if picture.size <= digits), None)
        if size is None:
            raise refusal(sentences.imports.BINARY_DIGITS.format(digits=picture.size), item.line, item.label)
        if usage == "COMP-5" and not self.ebcdic and self.endian is None:
            raise refusal(sentences.imports.NATIVE_ORDER.format(usage=usage), item.line, item.label)
        return {"type": f"{'i' if picture.signed else 'u'}{8 * size}"}, size

    def _float(self, item: Item, usage: str) -> tuple[Field, int]:
        if item.picture is not None:
            raise refusal(sentences.imports.PICTURE_OF_FLOAT.format(usage=usage), item.line, item.label)
        if self.endian is None:
            raise refusal(sentences.imports.FLOAT_FORM.format(usage=usage), item.line, item.label)
        size = 4 if usage == "COMP-1" else 8
        return {"type": f"f{8 * size}"}, size

    def _leave_out(self, item: Item, sizes: dict[str, int], place: _Place) -> None:
        """A second description of bytes that have one: the first one stands, if it covers all of them."""
        target = (item.redefines or "").upper()
        if target not in sizes:
            raise refusal(sentences.imports.REDEFINES_NOTHING.format(target=item.redefines), item.line, item.label)
        notes, fillers = list(self.notes), self.fillers
        _, size = self._item(item, _Place(0, place.repeated, item.usage or place.usage, item.sign or place.sign))
        self.notes, self.fillers = notes, fillers
        if size * (item.occurs or 1) > sizes[target]:
            raise refusal(sentences.imports.REDEFINES_MORE.format(target=item.redefines), item.line, item.label)
        if item.name is not None:
            sizes[item.name.upper()] = sizes[target]
        self.notes.append(sentences.imports.REDEFINED.format(field=item.label, line=item.line, target=item.redefines))

    def _check_boundary(self, item: Item, place: _Place, size: int) -> None:
        """SYNCHRONIZED adds bytes by rules that compilers disagree on, unless the item stands right anyway."""
        if place.usage not in ("COMP", "COMP-5", "COMP-1", "COMP-2"):
            return
        if place.offset % size or place.repeated or item.occurs is not None:
            raise refusal(sentences.imports.SYNCHRONIZED, item.line, item.label)


def _count(item: Item) -> Field:
    return {} if item.occurs is None else {"count": item.occurs}


def _value(item: Item, picture: Picture) -> Field:
    """How the digits become the value: point, scale, blanks."""
    made: dict[str, Any] = {}
    if picture.places > 0:
        if picture.places > MAX_DECIMAL_DIGITS:
            raise refusal(
                sentences.imports.DIGITS.format(digits=picture.places, most=MAX_DECIMAL_DIGITS), item.line, item.label
            )
        made["decimals"] = picture.places
    elif picture.places < 0:
        if picture.size - picture.places > _EXACT_DIGITS:
            raise refusal(
                sentences.imports.DIGITS.format(digits=picture.size - picture.places, most=_EXACT_DIGITS),
                item.line,
                item.label,
            )
        made["scale"] = float(10**-picture.places)
    if item.blank_when_zero:
        made["null_values"] = [""]
    return made


def import_copybook(text: str, wanted: Wanted) -> Found:
    """One record of a copybook: level 01 or 77, or all items when none of them has a record around it.

    Text is in EBCDIC (code page 037) and binary numbers are big endian unless `wanted` says otherwise. Raises
    `LayoutError` naming line and field for what a layout cannot express.
    """
    roots = read_items(text)
    if not roots:
        raise LayoutError(sentences.imports.NO_RECORDS)
    encoding = wanted.encoding or DEFAULT_ENCODING
    reader = _Reader("0".encode(encoding) == b"\xf0", wanted.endian)
    record = _record(roots, wanted)
    items = roots if record is None else [record] if not record.children else record.children
    place = _Place(usage=record.usage, sign=record.sign) if record is not None else _Place()
    fields, size = reader.group(items, place)
    layout = {"endian": wanted.endian or "big", "encoding": encoding, "record_size": size, "fields": fields}
    return Found(record.name if record else None, layout, tuple(reader.notes))


def _record(roots: list[Item], wanted: Wanted) -> Item | None:
    """The item that is the record; None for items without one around them."""
    if roots[0].level not in (1, 77):
        if wanted.record is not None:
            pick_record([root.label for root in roots if root.children] or [""], wanted.record, roots[0].line)
            return next(root for root in roots if root.label.lower() == wanted.record.lower())
        return None
    name = pick_record([root.label for root in roots], wanted.record, roots[0].line)
    record = next(root for root in roots if root.label == name)
    if record.occurs is not None or record.synchronized:
        raise refusal(sentences.imports.CLAUSE_OF_RECORD, record.line, record.label)
    # A record that redefines another one is read for itself.
    record.redefines = None
    return record
