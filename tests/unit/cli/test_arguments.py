"""The command line's grammar: every setting has its flag, values come out as what they are, mistakes are sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from etl_batch.cli.arguments import VERBS, build_parser, parse_arguments
from etl_batch.defaults import LAUNCHED
from etl_batch.errors import UsageError
from etl_batch.settings import SETTINGS, setting


def parsed(*words: str) -> dict[str, Any]:
    """What the words mean, without what nobody said."""
    return {name: value for name, value in vars(parse_arguments(list(words))).items() if value not in (None, False)}


def test_without_a_verb_it_is_run() -> None:
    """The verb may be left out, and the words behind it are kept as they were given."""
    assert parsed("-i", "a", "-o", "b.csv") == parsed("run", "-i", "a", "-o", "b.csv")
    assert parsed("schedule", "list", "--json")["words"] == ["list", "--json"]
    assert parsed() == {"verb": "run", "words": []}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("-i", "a", "--input", "b"), {"inputs": ["a", "b"]}),
        (("--input=-i.csv",), {"inputs": ["-i.csv"]}),
        (("--user=--",), {"user": "--"}),
        (("-w", "3", "--seed", str(2**60)), {"workers": 3, "seed": 2**60}),
        (("--target-error", "1%"), {"target_error": 0.01}),
        (("--target-error", "0.01"), {"target_error": 0.01}),
        (("--target-error", " 2.5 %"), {"target_error": 0.025}),
        (("--timeout", "0.5", "--max-size-gb", "2"), {"timeout": 0.5, "max_size_gb": 2.0}),
        (("--measure", "a b", "--measure=-c"), {"measures": ["a b", "-c"]}),
        (("--force-text-fallback", "--no-parquet"), {"force_text_fallback": True, "no_parquet": True}),
        (("--allocation", "neyman", "--target-per", "stratum"), {"allocation": "neyman", "target_per": "stratum"}),
        (("-o", "x.csv", "--home", "/h"), {"output_csv": Path("x.csv"), "home": Path("/h")}),
        (("--rerun-of", "r0"), {"rerun_of": "r0"}),
        (("--replay-of", "r0", "--append"), {"replay_of": "r0", "append": True}),
    ],
)
def test_values_are_read(words: tuple[str, ...], expected: dict[str, Any]) -> None:
    """Numbers, shares, lists, switches and paths come out as what they are."""
    assert {name: value for name, value in parsed(*words).items() if name not in ("verb", "words")} == expected


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--colour", "red"), "Unrecognized arguments: --colour red. `etl --help` shows the flags."),
        (("-w", "many"), "-w/--workers: invalid int value: 'many'"),
        (("--allocation", "fair"), "invalid choice: 'fair'"),
        (("-i",), "expected one argument"),
        (("--work", "3"), "Unrecognized arguments"),
        (("estimate",), "the following arguments are required: PATH"),
        (("runs",), "the following arguments are required: action"),
        (("schedule", "add", "n", "--rerun-of", "r"), "--cron"),
    ],
)
def test_mistakes_are_usage_errors(words: tuple[str, ...], told: str) -> None:
    """A flag that is unknown, short of its name or of its value leaves as every other error does, in a sentence."""
    with pytest.raises(UsageError) as caught:
        parse_arguments(list(words))
    assert told.casefold() in caught.value.message.casefold()
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("row", SETTINGS, ids=lambda row: row.name)
@pytest.mark.parametrize("verb", ["run", "schedule add"])
def test_every_setting_has_its_flag(capsys: pytest.CaptureFixture[str], verb: str, row: Any) -> None:
    """`--help` shows each flag of the table with its help; a schedule repeats no run, so it lacks that one."""
    with pytest.raises(SystemExit):
        parse_arguments([*verb.split(), "--help"])
    shown = capsys.readouterr().out
    known = {line.strip().split()[0].rstrip(",") for line in shown.splitlines() if line.startswith("  -")}
    assert (row.flags[0] in known) is (verb == "run" or row.name not in ("rerun_of", "replay_of", "append"))
    wanted = row.help.format(default=row.default)
    assert (" ".join(wanted.split()) in " ".join(shown.split())) is (row.flags[0] in known)


def test_the_probe_takes_the_settings_of_a_run() -> None:
    """`estimate` and `detect` read the same flags in the same way; the fraction is one of the bytes there."""
    words = (
        "estimate",
        "p",
        "--stratum",
        "s",
        "--measure",
        "m",
        "--sample-frac",
        "0.1",
        "--seed",
        "4",
        "--layout",
        "l",
    )
    assert parsed(*words).items() >= {"stratum": "s", "measures": ["m"], "sample_frac": 0.1, "seed": 4}.items()
    assert parsed("detect", "f", "--struct-config", "x")["struct_config"] == Path("x")
    assert "share of the bytes read" not in setting("sample_frac").help


def test_the_verb_of_started_engines_is_not_for_people() -> None:
    """It is understood, takes the run and the home alone, and no help names it."""
    assert parsed(LAUNCHED, "r1", "--home", "/h") == {
        "verb": LAUNCHED, "run_id": "r1", "home": Path("/h"), "words": ["r1", "--home", "/h"]
    }  # fmt: skip
    shown = build_parser().format_help()
    assert LAUNCHED not in shown
    assert all(f"\n    {verb} " in shown for verb in VERBS)
