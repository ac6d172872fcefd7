"""What a run was told to do, as `config.json` and `metadata.json` keep it: the settings of any version."""

from __future__ import annotations

from dataclasses import dataclass, field

from etl_batch.record.values import Json, JsonObject, mapping, number, some_text, text, texts, whole


@dataclass(frozen=True, slots=True)
class RunSettings:
    """A run's settings: `values` as they were written, and those that others ask for by name.

    Another version's settings need not make a `RunConfig` of this one, and are shown and compared all the same.
    """

    values: JsonObject = field(default_factory=dict)

    @classmethod
    def from_json(cls, value: Json) -> RunSettings:
        """Any JSON as settings; what is no object has none."""
        return cls(mapping(value))

    def to_json(self) -> JsonObject:
        """As they were written."""
        return self.values

    @property
    def user(self) -> str:
        """Who launched the run."""
        return text(self.values.get("user"))

    @property
    def inputs(self) -> tuple[str, ...]:
        """Files, directories or globs, as given."""
        return texts(self.values.get("inputs"))

    @property
    def output_csv(self) -> str | None:
        """Path of the merged CSV; None without one."""
        return some_text(self.values.get("output_csv"))

    @property
    def output_parquet(self) -> str | None:
        """Path of the merged Parquet file; None without one."""
        return some_text(self.values.get("output_parquet"))

    @property
    def outputs(self) -> tuple[str, ...]:
        """Paths of the outputs that the run was to write."""
        return tuple(path for path in (self.output_csv, self.output_parquet) if path is not None)

    @property
    def report(self) -> str | None:
        """Where the report was to go too; None for its usual place."""
        return some_text(self.values.get("report"))

    @property
    def layout(self) -> str:
        """Name of the layout that was asked for."""
        return text(self.values.get("layout"))

    @property
    def workers(self) -> int:
        """Worker processes; 0 when it is not said."""
        return whole(self.values.get("workers"))

    @property
    def sample_frac(self) -> float | None:
        """Share of the rows that the estimates are made from."""
        return number(self.values.get("sample_frac"))

    @property
    def rerun_of(self) -> str | None:
        """The run that this one repeats."""
        return some_text(self.values.get("rerun_of"))
