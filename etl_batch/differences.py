"""What two configurations or two schemas differ in: the part of a comparison that the report and the history share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from etl_batch.settings import Setter, set_by

OF_THE_LAUNCH = set_by(Setter.DOOR) - {"home"}
"""Settings that say who launched a run, not what was run; a home that was moved is a difference."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One name with its value in either; None where it has none."""

    name: str
    before: Any
    after: Any

    @property
    def same(self) -> bool:
        """Whether both have the same value, a number being no text."""
        return bool(self.before == self.after and isinstance(self.before, bool) == isinstance(self.after, bool))


def settings(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    """Every setting of two configurations, in the order of the later one."""
    for name in dict.fromkeys((*after, *before)):
        if name not in OF_THE_LAUNCH:
            yield Difference(name, before.get(name), after.get(name))


def columns(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> Iterator[Difference]:
    """Every column of two schemas with its type: first those of the earlier one that are gone, then the later one's."""
    types_before = {str(column.get("name")): column.get("type") for column in before}
    types_after = {str(column.get("name")): column.get("type") for column in after}
    gone = (name for name in types_before if name not in types_after)
    for name in (*gone, *types_after):
        yield Difference(name, types_before.get(name), types_after.get(name))
