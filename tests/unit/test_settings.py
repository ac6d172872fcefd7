"""One table of settings: a walk over it finds each setting wherever settings are named, with one set of words."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from dataclasses import FrozenInstanceError, fields
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from pydantic_core import ValidationError

from console.presets import body
from console.users import Role
from etl_batch import config, differences
from etl_batch.config import RunConfig
from etl_batch.defaults import PROJECT_ROOT
from etl_batch.record.settings import RunSettings
from etl_batch.runs.history.compare import ComparedSubject
from etl_batch.settings import (
    SETTINGS,
    FormField,
    FormSection,
    NumberBounds,
    Setter,
    Setting,
    SettingKind,
    is_setting,
    set_by,
    setting,
)
from etl_batch.ui.launch.form import FORM, as_configured, as_shown
from etl_batch.ui.launch.presets import describe
from etl_batch.ui.runs.compare import label_of

EACH = pytest.mark.parametrize("row", SETTINGS, ids=lambda row: row.name)
HOME = Path("/home")
PLAIN = RunConfig(inputs=("a",), output_csv=HOME / "output" / "a.csv", home=HOME)


def another(row: Setting) -> Any:
    """A value that is not the setting's default, by its kind alone."""
    if row.kind is SettingKind.WHOLE:
        return int(row.start() or 0) + 1
    if row.kind in (SettingKind.NUMBER, SettingKind.SHARE):
        return 0.25
    if row.kind is SettingKind.LIMIT:
        return "2.5%"
    if row.kind is SettingKind.SWITCH:
        return not row.default
    if row.choices:
        return row.choices[-1] if row.optional else type(row.default)(row.choices[-1])
    if row.kind.many:
        return ("other", "more")
    return HOME / "other" if row.kind.path else "other"


def changed(row: Setting) -> RunConfig:
    """A configuration with another value of one setting, whatever the others say of it."""
    return PLAIN.changed({row.name: another(row)})


def test_the_configuration_has_the_settings_and_no_other() -> None:
    """The same names in the same order."""
    assert [field.name for field in fields(RunConfig)] == [row.name for row in SETTINGS]


@EACH
def test_the_configuration_has_its_default(row: Setting) -> None:
    """What is not said is the table's default; only the inputs have to be said."""
    said = {"inputs": ("a",), "output_csv" if row.name == "output_parquet" else "output_parquet": HOME / "a"}
    if row.name == "inputs":
        with pytest.raises(ValidationError):
            RunConfig(**{**said, "inputs": ()})
        with pytest.raises(ValidationError):
            RunConfig(output_csv=HOME / "a")
    else:
        assert getattr(RunConfig(**said), row.name) == row.start()
    assert row.kind is not SettingKind.CHOICE or row.optional or row.default in row.choices


@EACH
def test_the_configuration_has_its_type(row: Setting) -> None:
    """What the table makes of a value is what is declared, out of JSON too; None stands where it is a value."""
    declared, nullable = get_type_hints(RunConfig)[row.name], row.optional and row.name != "inputs"
    kinds = tuple(get_origin(kind) or kind for kind in (get_args(declared) if nullable else (declared,)))
    others = {
        "target_per": {"target_error": 0.5},
        "append": {"replay_of": "r"},
        "parts": {"output_parquet": "p"},
    }
    given = changed(row).to_json() | others.get(row.name, {})
    assert isinstance(getattr(RunConfig(**given), row.name), kinds)
    assert (type(None) in kinds) is nullable


def test_other_values_are_taken_as_they_are() -> None:
    """A changed copy is another object, and equal to one that was made so."""
    assert PLAIN.changed({"seed": 5}) == RunConfig(**{**PLAIN.to_json(), "seed": 5})
    assert PLAIN.seed == 0
    assert hash(PLAIN) == hash(PLAIN.changed({}))
    with pytest.raises(FrozenInstanceError):
        PLAIN.seed = 1


@EACH
def test_the_configuration_keeps_its_bounds(row: Setting) -> None:
    """The last value within the bounds is taken, the first one outside is refused."""
    within, outside = at_the_bounds(row.bounds)
    for value in within:
        assert getattr(RunConfig(**{**PLAIN.to_json(), row.name: value}), row.name) == value
    for value in outside:
        with pytest.raises(ValidationError):
            RunConfig(**{**PLAIN.to_json(), row.name: value})
    assert bool(outside) is bool(row.bounds.given())


def at_the_bounds(bounds: NumberBounds) -> tuple[list[Any], list[Any]]:
    """Values just within the bounds, and just outside of them."""
    within: list[Any] = [value for value in (bounds.ge, bounds.le) if value is not None]
    outside: list[Any] = [bounds.gt] if bounds.gt is not None else []
    outside += [] if bounds.ge is None else [bounds.ge - 1]
    outside += [] if bounds.le is None else [bounds.le + 1]
    outside += [] if bounds.lt is None else [bounds.lt]
    outside += [] if bounds.min_length is None else [("x",) * (bounds.min_length - 1)]
    within += [] if bounds.lt is None else [bounds.lt - 1]
    return within, outside


@EACH
def test_its_field_is_explained(row: Setting) -> None:
    """Each field of the configuration has its docstring."""
    tree = ast.parse(Path(config.__file__).read_text(encoding="utf-8"))
    statements = next(node.body for node in tree.body if isinstance(node, ast.ClassDef))
    at = next(
        number
        for number, node in enumerate(statements)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == row.name
    )
    after = statements[at + 1]
    assert isinstance(after, ast.Expr)
    assert isinstance(after.value, ast.Constant)


@EACH
def test_its_flags_are_in_the_readme(row: Setting) -> None:
    """README.md's table of the flags of `run` names each of them."""
    readme = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.partition("| flag of `run` |")[2].partition("\n\n")[0]
    flags = [*row.flags, *(row.negation[:1] if row.negation else ())]
    assert [flag for flag in flags if not re.search(rf"(?<![\w-]){flag}(?![\w-])", table)] == []


@EACH
def test_who_may_set_it(row: Setting) -> None:
    """A role of the console has a field for it, with words; what nobody may set has none."""
    if row.setter is Setter.SUPER_ADMIN:
        assert Role(row.setter) in Role
        assert row in FORM
        assert row.form.help
    else:
        assert row not in FORM
        assert row.form == FormField()


@EACH
def test_presets_tell_it(row: Setting) -> None:
    """What differs from the usual is in a preset's description, but for who launches it where."""
    # Whom an error holds for means something only with an error.
    before = PLAIN.changed({"target_error": 0.5} if row.name == "target_per" else {})
    after = before.changed({row.name: another(row)})
    same = row.setter is Setter.DOOR
    assert (body(before) == body(after)) is same
    if not same:
        assert describe(before) != describe(after)
    assert same or row.kind is not SettingKind.SWITCH or row.title in dict(describe(after))["Further settings"]


@EACH
def test_comparisons_name_it(row: Setting) -> None:
    """A comparison of two runs has a line for it under the form's name, unless it says who launched."""
    lines = differences.settings(RunSettings(PLAIN.to_json()), RunSettings(changed(row).to_json()))
    found = [line.name for line in lines if not line.same]
    assert found == ([] if row.name in differences.OF_THE_LAUNCH else [row.name])
    assert label_of(ComparedSubject.SETTINGS, row.name) == row.title


def test_who_launches_where_is_no_setting_of_a_preset() -> None:
    """The door fills these in; the home is part of what a run reads, so a comparison tells of it."""
    assert set_by(Setter.DOOR) == {"user", "home", "rerun_of", "replay_of", "append", "unattended"}
    assert {"user", "rerun_of", "replay_of", "append", "unattended"} == differences.OF_THE_LAUNCH


@pytest.mark.parametrize("row", FORM, ids=lambda row: row.name)
def test_its_field_holds_any_value(row: Setting) -> None:
    """What the form shows of a value is read back as that value, the default and another one."""
    usual = PLAIN.inputs if row.kind is SettingKind.INPUTS else row.start()
    for value in (usual, another(row)):
        wanted = tuple(str(HOME / each) for each in value) if row.kind is SettingKind.INPUTS else value
        assert as_configured(HOME, row, as_shown(HOME, row, value)) == wanted


def test_words_are_used_once() -> None:
    """No two settings share a name, a title or a flag, and the long flag stands last."""
    for values in (
        [row.name for row in SETTINGS],
        [row.title for row in SETTINGS],
        [flag for row in SETTINGS for flag in (*row.flags, *(row.negation[:1] if row.negation else ()))],
    ):
        assert len(values) == len(set(values))
    assert all(row.flag.startswith("--") for row in SETTINGS)
    assert all(row.form.section in FormSection for row in FORM)


def test_looking_one_up() -> None:
    """By name; a key of another version is no setting."""
    assert setting("seed").label == "Seed"
    assert setting("timeout").label == "Timeout in seconds"
    assert is_setting("workers")
    assert not is_setting("colour")
    with pytest.raises(KeyError):
        setting("colour")


def test_the_table_loads_without_pydantic() -> None:
    """The probe's command line, which reads the flags, must not wait for it."""
    code = "import sys; import etl_batch.cli.arguments; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT, check=False).returncode == 0
