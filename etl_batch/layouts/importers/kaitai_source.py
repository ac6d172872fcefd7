"""The YAML of a Kaitai description as plain nodes that know their lines. Aliases and deep nesting are refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from etl_batch import sentences
from etl_batch.errors import LayoutError
from etl_batch.layouts.importers.parts import MAX_DEPTH, refusal

if TYPE_CHECKING:
    import yaml

MAX_KAITAI_CHARACTERS = 256 << 10
_WHOLE = re.compile(r"[+-]?(0x[0-9a-fA-F_]{1,20}|0b[01_]{1,80}|0o[0-7_]{1,30}|0|[1-9][0-9_]{0,24})")


@dataclass(frozen=True, slots=True)
class Node:
    """A scalar's text, a list or a mapping, and the line it begins in."""

    line: int
    value: str | list[Node] | dict[str, Node]

    @property
    def text(self) -> str | None:
        """A scalar's text."""
        return self.value if isinstance(self.value, str) else None

    @property
    def items(self) -> list[Node]:
        """A list's members; nothing for what is no list."""
        return self.value if isinstance(self.value, list) else []

    @property
    def keys(self) -> dict[str, Node]:
        """A mapping's values by key; nothing for what is no mapping."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def whole(self) -> int | None:
        """The whole number that a scalar is, as YAML writes it; None for anything else."""
        text = self.text or ""
        return int(text.replace("_", ""), 0) if _WHOLE.fullmatch(text) else None


def read_yaml(text: str) -> Node:
    """The document. Raises `LayoutError`."""
    import yaml  # only this importer needs it

    if len(text) > MAX_KAITAI_CHARACTERS:
        raise LayoutError(sentences.imports.FILE_TOO_LARGE.format(most=MAX_KAITAI_CHARACTERS))
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except RecursionError as error:
        raise LayoutError(sentences.imports.NESTED_TOO_DEEPLY) from error
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        raise refusal(sentences.imports.NO_YAML, 1 if mark is None else mark.line + 1) from error
    if root is None:
        raise LayoutError(sentences.imports.NO_RECORDS)
    return _node(root, set(), 0)


def _node(raw: yaml.Node, seen: set[int], depth: int) -> Node:
    import yaml

    line = raw.start_mark.line + 1
    if id(raw) in seen:
        raise refusal(sentences.imports.YAML_ALIAS, line)
    if depth > 4 * MAX_DEPTH:
        raise refusal(sentences.imports.NESTED_TOO_DEEPLY, line)
    seen.add(id(raw))
    if isinstance(raw, yaml.ScalarNode):
        return Node(line, str(raw.value))
    if isinstance(raw, yaml.SequenceNode):
        return Node(line, [_node(each, seen, depth + 1) for each in raw.value])
    made: dict[str, Node] = {}
    for key, value in raw.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else None
        if name is None or name in made or name == "<<":
            raise refusal(sentences.imports.YAML_KEY, key.start_mark.line + 1)
        made[name] = _node(value, seen, depth + 1)
    return Node(line, made)
