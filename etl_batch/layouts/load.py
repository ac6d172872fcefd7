"""Layout files: read one, check all of it, and tell everything that is wrong in one error."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from etl_batch import sentences
from etl_batch.defaults import AUTO_LAYOUT
from etl_batch.errors import LayoutError
from etl_batch.layouts.build import LayoutDraft, Problem, draft_layout
from etl_batch.layouts.layout import Layout
from etl_batch.layouts.places import SHIPPED_LAYOUTS
from etl_batch.layouts.spec import (
    BitsSpec,
    CountSpec,
    DiscriminatorSpec,
    FieldSpec,
    LayoutSpec,
    LengthWordSpec,
    MagicSpec,
    NumberAtSpec,
    VariantSpec,
)

FILE_VERSION = 1
_FILE_KEYS = ("version", "layouts")
_SPECS: tuple[type[BaseModel], ...] = (
    LayoutSpec, FieldSpec, MagicSpec, NumberAtSpec, BitsSpec, CountSpec, LengthWordSpec, DiscriminatorSpec, VariantSpec,
)  # fmt: skip
_KNOWN_KEYS = sorted({key for spec in _SPECS for key in spec.model_fields})


def load_layouts(path: Path | None = None) -> dict[str, Layout]:
    """All layouts of a file by name, in the file's order; None reads the file that ships with the engine.

    Raises `LayoutError` whose message names every problem, each with its layout and field; the attribute `problems`
    lists them, `layout` and `field` are those of the first.
    """
    path = path or SHIPPED_LAYOUTS
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise LayoutError(sentences.layouts.UNREADABLE_FLAG.format(path=path, reason=error.strerror)) from error
    except UnicodeDecodeError as error:
        raise LayoutError(sentences.layouts.NO_UTF8.format(path=path)) from error
    return parse_layouts(text, str(path))


def parse_layouts(text: str, source: str = "the layout file") -> dict[str, Layout]:
    """Layouts from the text of a layout file; `source` is what the error calls it. Raises `LayoutError`."""
    drafts = parse_drafts(text, source)
    problems = [problem for draft in drafts.values() for problem in draft.problems]
    if problems:
        raise layout_error(problems, source)
    return {name: draft.layout for name, draft in drafts.items() if draft.layout is not None}


def parse_drafts(text: str, source: str = "the layout file") -> dict[str, LayoutDraft]:
    """Each layout of a file as far as it can be built. Raises `LayoutError` when the file itself cannot be read."""
    try:
        document = decode(text)
    except ValueError as error:
        raise LayoutError(sentences.layouts.NO_JSON.format(source=source, reason=error)) from error
    problems = list(_file_problems(document))
    if problems:
        raise layout_error(problems, source)
    return {name: draft(name, raw) for name, raw in document["layouts"].items()}


def check_layout(name: str, text: str) -> LayoutDraft:
    """One layout from its JSON text alone, as an editor has it: the layout, or everything that is wrong with it."""
    try:
        raw = decode(text)
    except ValueError as error:
        return LayoutDraft(None, (), 0, (Problem(name, None, sentences.problems.NO_JSON.format(reason=error)),))
    return draft(name, raw)


def decode(text: str) -> Any:
    """The JSON value of a text that outputs can hold; raises `ValueError`, also where a key stands twice."""
    try:
        value = json.loads(text, object_pairs_hook=_object_without_duplicates)
        # JSON can spell half a surrogate pair, which no output could hold.
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except RecursionError as error:
        raise ValueError(sentences.problems.TOO_DEEP) from error
    return value


def _object_without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise ValueError(sentences.problems.KEY_TWICE.format(key=key))
        result[key] = value
    return result


def _file_problems(document: Any) -> Iterator[Problem]:
    example = '{"version": 1, "layouts": {"NAME": {...}}}'
    if not isinstance(document, dict) or not isinstance(document.get("layouts"), dict):
        yield Problem(None, None, sentences.problems.NO_LAYOUT_FILE.format(example=example))
        return
    version = document.get("version")
    if version != FILE_VERSION or isinstance(version, bool):
        yield Problem(None, None, sentences.problems.OTHER_VERSION.format(version=version, known=FILE_VERSION))
    for key in document:
        if key not in _FILE_KEYS:
            yield Problem(None, None, sentences.problems.UNKNOWN_KEY.format(key=key))
    if not document["layouts"]:
        yield Problem(None, None, sentences.problems.NO_LAYOUTS)


def draft(name: str, raw: Any) -> LayoutDraft:
    """One layout from its JSON value: as far as it can be built, and everything that is wrong with it."""
    problems: Sequence[Problem]
    if not name.strip() or not name.isprintable() or name == AUTO_LAYOUT:
        problems = [Problem(name, None, sentences.problems.NO_LAYOUT_NAME.format(name=name))]
        return LayoutDraft(None, (), 0, tuple(problems))
    try:
        spec = LayoutSpec.model_validate(raw)
    except ValidationError as error:
        problems = [_translate(name, raw, dict(detail)) for detail in error.errors(include_url=False)]
        return LayoutDraft(None, (), 0, tuple(problems))
    except RecursionError:
        return LayoutDraft(None, (), 0, (Problem(name, None, sentences.problems.FIELDS_TOO_DEEP),))
    built = draft_layout(name, spec)
    if built.layout is None:
        return built
    return replace(built, layout=replace(built.layout, definition=json.dumps(raw, ensure_ascii=False)))


def _translate(name: str, raw: Any, detail: dict[str, Any]) -> Problem:
    """A validation error in the words of the layout file."""
    location = [part for part in detail["loc"] if isinstance(part, int) or part in _KNOWN_KEYS or _in_raw(raw, part)]
    key = str(detail["loc"][-1]) if detail["loc"] else ""
    if detail["type"] == "extra_forbidden":
        close = difflib.get_close_matches(key, _KNOWN_KEYS, n=1)
        sentence = sentences.problems.UNKNOWN_KEY_LIKE if close else sentences.problems.UNKNOWN_KEY_OF_LAYOUT
        text = sentence.format(key=key, like=close[0] if close else None)
    else:
        path = [str(part) for part in location if isinstance(part, str) and part not in ("fields", "layouts")]
        sentence = sentences.problems.WRONG_VALUE_AT if path else sentences.problems.WRONG_VALUE
        text = sentence.format(place=".".join(path[-2:]), reason=detail["msg"], given=detail["input"])
    return Problem(name, _field_name(raw, location), text)


def _in_raw(raw: Any, part: Any) -> bool:
    """Whether a part of a validation error's path is a record type of the discriminator."""
    types = raw.get("discriminator", {}) if isinstance(raw, dict) else {}
    return isinstance(types, dict) and isinstance(types.get("layouts"), dict) and part in types["layouts"]


def _field_name(raw: Any, location: list[Any]) -> str | None:
    """The dotted name of the field that a path into the raw layout leads to, or None."""
    names: list[str] = []
    node = raw
    for index, part in enumerate(location):
        try:
            node = node[part]
        except (KeyError, IndexError, TypeError):
            break
        if isinstance(part, int) and index and location[index - 1] == "fields":
            names.append(str(node.get("name", f"#{part}")) if isinstance(node, dict) else f"#{part}")
    return ".".join(names) or None


def layout_error(problems: Sequence[Problem], source: str) -> LayoutError:
    """One error that tells all problems of a file."""
    told = "; ".join(problem.sentence().rstrip(".") for problem in problems)
    sentence = sentences.layouts.PROBLEM if len(problems) == 1 else sentences.layouts.PROBLEMS
    return LayoutError(
        sentence.format(count=len(problems), source=source, told=told),
        layout=problems[0].layout,
        field=problems[0].field,
        problems=[problem.sentence() for problem in problems],
    )
