"""Sentences of the engine as the console says them: fields in place of flags, screens in place of files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from etl_batch import sentences
from etl_batch.ui.shared.labels import in_console, in_labels

HOME = Path("/srv/etl")
OF_THE_SHELL = {"command_line", "imports"}
"""Tables of what only the command line says: of verbs and flags that have no screen."""


def with_flags() -> Iterator[tuple[str, str]]:
    """Every sentence that a run, a preview or a probe may say with a flag in it."""
    for table in set(sentences.__all__) - OF_THE_SHELL:
        for name, words in vars(getattr(sentences, table)).items():
            if not name.isupper():
                continue
            for key, text in words.items() if isinstance(words, dict) else [("", words)]:
                if isinstance(text, str) and "--" in text:
                    yield f"{table}.{name} {key}".strip(), text


def test_flags_become_labels() -> None:
    """Those of settings, whole words only; what is no setting stays as it is."""
    assert in_labels("3 lines; --skip-lines and --header say otherwise.") == (
        "3 lines; “Lines to pass over” and “Header” say otherwise."
    )
    assert in_labels("--no-such-flag, -w and --header-rows stay") == "--no-such-flag, -w and --header-rows stay"
    assert in_labels("data/a--header.csv") == "data/a--header.csv"


def test_a_value_goes_along() -> None:
    """What is certainly the flag's value stands with it; the word behind a flag that has none does not."""
    assert in_labels("say --quote none, or --ragged pad") == "say “Quote: none”, or “Rows of odd width: pad”"
    assert in_labels("More than --max-rejects 9.9% of the") == "More than “Most rejects: 9.9%” of the"
    assert in_labels("More than --max-rejects 7 records") == "More than “Most rejects: 7” records"
    assert in_labels("--max-size-gb 1.5; raise it") == "“Largest input in GB: 1.5”; raise it"
    assert in_labels("than --timeout allows") == "than “Timeout in seconds” allows"


@pytest.mark.parametrize("words", [pytest.param(text, id=name) for name, text in sorted(with_flags())])
def test_no_sentence_keeps_a_flag(words: str) -> None:
    """Whatever the engine says of a run, a screen says without a flag."""
    assert re.findall(r"--?[a-z]+\b", re.sub(r"\w-\w", "", in_console(words, HOME))) == []


def test_there_are_such_sentences() -> None:
    """The check above has something to look at."""
    assert len(list(with_flags())) > 30


def test_paths_are_named_from_the_home() -> None:
    """The server's folders are nothing that somebody in a browser can open; another folder keeps its whole name."""
    assert in_console("/srv/etl/data/a b.csv is empty.", HOME) == "data/a b.csv is empty."
    assert in_console("folders (/srv/etl/data, /srv/etl/output);", HOME) == "folders (data, output);"
    assert in_console("Cannot read '/srv/etl/data/x'.", HOME) == "Cannot read 'data/x'."
    for other in ("/mnt/srv/etl/data/x", "/srv/etl2/x", "/data/srv/etl/x"):
        assert in_console(f"{other} is empty.", HOME) == f"{other} is empty."


def test_the_file_of_rejects_is_a_screen() -> None:
    """Nobody in a browser reads a file of the server: the screen has what stands in it."""
    path = HOME / "output" / "runs" / "20260101T000000Z-abcdef" / "rejects.jsonl"
    sentence = sentences.runs.ALL_REJECTED.format(rejected=3, judged=3, why="W.", helping="H.", rejects=path)
    assert in_console(sentence, HOME) == (
        "All records were rejected, 3 of 3; nothing was published. W. H. Read the Rejects screen for the reasons; "
        "“Most rejects: 100%” publishes outputs without a row all the same."
    )


def test_commands_are_screens() -> None:
    """What a verb of the command line shows, a screen shows."""
    assert in_console(sentences.rejects.LAYOUT_HELPS, HOME).endswith(
        "see the Layouts screen, or name another with “Record layout”."
    )
