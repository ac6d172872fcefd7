"""Configurations of every shape, drawn from the table of settings: a new setting is among them from its first day."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from etl_batch.config import RunConfig
from etl_batch.settings import SETTINGS, Setting, SettingKind

NASTY = (
    "--",
    "-",
    "-i",
    "-i.csv",
    "--user=x",
    "- x",
    "-1",
    "=",
    "",
    " ",
    "a b",
    "it's",
    'say "hi"',
    "a\nb",
    "$(id)",
    "%d",
)
TEXTS = st.sampled_from(NASTY) | st.text(
    st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=12
)
PATHS = TEXTS.map(lambda text: Path("/", "x" + text.replace("/", "_"), text.replace("/", "_")))


def values_of(row: Setting) -> st.SearchStrategy[Any]:
    """Any value that a setting may have."""
    bounds = row.bounds
    if row.kind is SettingKind.WHOLE:
        return st.integers(bounds.ge, bounds.most)
    if row.kind in (SettingKind.NUMBER, SettingKind.SHARE):
        return st.floats(bounds.gt, bounds.most, exclude_min=True, allow_nan=False)
    if row.kind is SettingKind.LIMIT:
        return st.integers(bounds.ge, bounds.most) | st.decimals(0, 100, places=3).map("{}%".format)
    if row.kind is SettingKind.SWITCH:
        return st.booleans()
    if row.choices:
        return st.sampled_from(row.choices)
    if row.kind.many:
        return st.lists(TEXTS, min_size=bounds.min_length or 0, max_size=3).map(tuple)
    return PATHS if row.kind.path else TEXTS


def configurations(homes: list[Path]) -> st.SearchStrategy[RunConfig]:
    """Any valid configuration; its home is one of these folders."""
    rows = {row.name: values_of(row) for row in SETTINGS}
    rows |= {row.name: st.none() | rows[row.name] for row in SETTINGS if row.optional and row.name != "inputs"}
    return st.fixed_dictionaries(rows | {"home": st.sampled_from(homes)}).map(_sensible).map(lambda v: RunConfig(**v))


def _sensible(values: dict[str, Any]) -> dict[str, Any]:
    """Without what contradicts itself: two sizes of the sample, one file for both outputs or none, a flag alone."""
    dropped = "target_per" if values["target_error"] is None else "sample_frac"
    values = {name: value for name, value in values.items() if name != dropped}
    if values["thousands"] == (values["decimal"] or "."):
        values["thousands"] = None
    values["append"] = values["append"] and values["replay_of"] is not None
    csv, parquet = values["output_csv"], values["output_parquet"]
    values |= {"output_csv": Path("/out.csv")} if csv is None or csv == parquet else {}
    values |= {"output_parquet": None} if parquet == Path("/out.csv") else {}
    return values | {"parts": values["parts"] and values["output_parquet"] is not None}
