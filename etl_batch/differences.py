"""What two configurations or two schemas differ in: the part of a comparison that the report and the history share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from etl_batch.record.run import ColumnRecord
from etl_batch.record.settings import RunSettings
from etl_batch.record.values import Json
from etl_batch.settings import Setter, set_by

OF_THE_LAUNCH = set_by(Setter.DOOR) - {"home"}
"""Settings that say who launched a run, not what was run; a home that was moved is a difference."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One name with its value in either; None where it has none."""

    name: str
    before: Json
    after: Json

    @property
    def same(self) -> bool:
        """Whether both have the same value, a number being no text."""
        return bool(self.before == self.after and isinstance(self.before, bool) == isinstance(self.after, bool))


def settings(before: RunSettings, after: RunSettings) -> Iterator[Difference]:
    """Every setting of two configurations, in the order of the later one."""
    for name in dict.fromkeys((*after.values, *before.values)):
        if name not in OF_THE_LAUNCH:
            yield Difference(name, before.values.get(name), after.values.get(name))


def columns(before: Iterable[ColumnRecord], after: Iterable[ColumnRecord]) -> Iterator[Difference]:
    """Every column of two schemas with its type: first those of the earlier one that are gone, then the later one's."""
    types_before, types_after = ({column.name: column.type for column in schema} for schema in (before, after))
    gone = (name for name in types_before if name not in types_after)
    for name in (*gone, *types_after):
        yield Difference(name, types_before.get(name), types_after.get(name))
