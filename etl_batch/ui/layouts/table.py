"""A layout's fields as rows of a table and back: what a cell does not change stays as it was written."""

from __future__ import annotations

import json

from etl_batch.layouts.shorthand import expand
from etl_batch.record.values import Json, JsonObject, items, mapping, objects, texts, whole

WHOLE = ("size", "offset", "count", "decimals")
SCALARS = ("scale", "min", "max", "const")
"""Numbers or text, written as in JSON; the quotes may be left out where that is clear."""
TEXTS = ("name", "type", "endian", "encoding", "strip", "unit", "epoch", "pattern", "on_error", "description")
COLUMNS = (
    "name", "type", "size", "offset", "endian", "count", "skip", "scale", "decimals", "min", "max", "const", "pattern",
    "encoding", "strip", "unit", "epoch", "on_error", "description",
)  # fmt: skip
MORE = "more"
"""Keys that have no column here, by name."""


def long_form(raw: JsonObject) -> dict[str, Json]:
    """A layout of the short form in the long one; raises `ValueError` for a struct that cannot be read."""
    struct = raw.get("struct")
    if not isinstance(struct, str):
        return dict(raw)
    specs, endian = expand(struct, list(texts(raw.get("names"))))
    written: dict[str, Json] = {
        "fields": [spec.model_dump(exclude_unset=True, mode="json") for spec in specs],
        **({"endian": endian} if endian != "little" else {}),
    }
    kept = {key: value for key, value in raw.items() if key not in ("struct", "names")}
    return {**{key: value for key, value in kept.items() if key == "description"}, **kept, **written}


def to_rows(fields: Json) -> list[dict[str, Json]]:
    """One row a field; a value that its column cannot hold is left to the text."""
    return [_row(field) for field in objects(fields)]


def can_be_rows(raw: Json) -> bool:
    """Whether a layout has fields that a table can hold."""
    fields = raw.get("fields") if isinstance(raw, dict) else None
    return isinstance(fields, list) and all(isinstance(field, dict) for field in fields)


def apply_edits(fields: Json, edits: JsonObject) -> list[dict[str, Json]]:
    """The fields after the edits of a table, given as Streamlit's data editor keeps them.

    `edits` has `edited_rows` (row number to changed cells), `added_rows` (cells) and `deleted_rows` (row numbers).
    """
    edited = {int(number): mapping(cells) for number, cells in mapping(edits.get("edited_rows")).items()}
    deleted = set(map(whole, items(edits.get("deleted_rows"))))
    rows = enumerate(objects(fields))
    kept = [_changed(field, edited.get(number, {})) for number, field in rows if number not in deleted]
    added = [_changed({}, cells) for cells in objects(edits.get("added_rows"))]
    return [*kept, *(field for field in added if field)]


def cell_of(value: Json) -> str:
    """A number or a text as one cell."""
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False) if not isinstance(value_of(value), str) or '"' in value else value


def value_of(cell: str) -> bool | int | float | str:
    """What a cell says: a number, true, false or a quoted text as in JSON, else the text itself."""
    try:
        value = json.loads(cell)
    except (ValueError, RecursionError):
        return cell
    return value if isinstance(value, bool | int | float | str) else cell


def _row(field: JsonObject) -> dict[str, Json]:
    row: dict[str, Json] = {}
    for key in COLUMNS:
        value = field.get(key)
        fits = key not in field or _fits(key, value)
        row[key] = (cell_of(value) if key in SCALARS and key in field else value) if fits else None
    row["skip"] = field.get("skip") is True
    row[MORE] = ", ".join(key for key, value in field.items() if key not in COLUMNS or not _fits(key, value))
    return row


def _fits(key: str, value: Json) -> bool:
    """Whether a column can show a value and give it back unchanged."""
    if key in WHOLE:
        return isinstance(value, int) and not isinstance(value, bool)
    if key == "skip":
        return isinstance(value, bool)
    if key in SCALARS:
        return isinstance(value, bool | int | float | str)
    return key in TEXTS and isinstance(value, str)


def _changed(field: JsonObject, cells: JsonObject) -> dict[str, Json]:
    """A field with some cells changed; an empty cell takes the key out."""
    result = dict(field)
    for key, value in cells.items():
        if key not in COLUMNS:
            continue
        if value is None or value == "" or (key == "skip" and not value):
            result.pop(key, None)
        elif key in WHOLE:
            result[key] = whole(value)
        else:
            result[key] = value_of(str(value)) if key in SCALARS else value
    return result
