"""Every error says a sentence of the tables, so that a second language is a file beside each of them."""

from __future__ import annotations

import ast
import importlib.machinery
import string
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from console import sentences as of_console
from etl_batch import language, sentences
from etl_batch.defaults import PROJECT_ROOT
from etl_batch.errors import InputRefused
from etl_batch.formats.look import Reading, look_at
from etl_batch.language import WordTable, speaking

TABLES = {"": of_console} | {name: getattr(sentences, name) for name in sentences.__all__}
"""By what stands between `sentences.` and the name; the console's is one table."""


@cache
def parsed() -> dict[Path, ast.Module]:
    """The sources but the tables."""
    paths = [path for top in ("etl_batch", "console") for path in (PROJECT_ROOT / top).rglob("*.py")]
    tables = {Path(table.__file__ or "") for table in (*TABLES.values(), sentences)}
    return {path: ast.parse(path.read_text()) for path in paths if path not in tables}


@cache
def error_names() -> frozenset[str]:
    """`EtlError` and all classes made from it."""
    classes = [node for tree in parsed().values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    names = {"EtlError"}
    while more := {c.name for c in classes if c.name not in names and names & {last_name(base) for base in c.bases}}:
        names |= more
    return frozenset(names)


def last_name(node: ast.expr) -> str:
    """What stands after the last dot."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def literal_messages(tree: ast.AST) -> list[int]:
    """Lines where an error or an announcement is given its words on the spot."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and node.args
        and last_name(node.func) in {*error_names(), "announce"}
        and any(isinstance(part, ast.Constant | ast.JoinedStr | ast.BinOp) for part in alternatives(node.args[0]))
    ]


def alternatives(node: ast.expr) -> list[ast.expr]:
    """What an expression may come to: both sides of `if` and `or`."""
    if isinstance(node, ast.IfExp):
        return [*alternatives(node.body), *alternatives(node.orelse)]
    return [each for value in node.values for each in alternatives(value)] if isinstance(node, ast.BoolOp) else [node]


def said(node: ast.AST) -> tuple[str, str] | None:
    """Table and name when a node is `sentences.NAME` or `sentences.table.NAME`."""
    if not isinstance(node, ast.Attribute) or not node.attr.isupper():
        return None
    place = ast.unparse(node.value)
    return (
        (place.removeprefix("sentences").removeprefix("."), node.attr) if place.split(".")[0] == "sentences" else None
    )


def fields_of(words: object) -> set[str]:
    """The fields of a sentence, or of all those of a mapping of sentences."""
    texts = words.values() if isinstance(words, dict) else [words]
    return {name for text in texts for _, name, _, _ in string.Formatter().parse(str(text)) if name}


def formats(tree: ast.AST) -> Iterator[tuple[ast.expr, set[str] | None]]:
    """What `.format` is called of, and the names that it is given; None for names that are known at run time only."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            names = [keyword.arg for keyword in node.keywords]
            yield node.func.value, None if None in names or node.args else {name for name in names if name}


def test_no_error_has_words_of_its_own() -> None:
    """What is raised or announced comes from a table."""
    found = {str(path.relative_to(PROJECT_ROOT)): literal_messages(tree) for path, tree in parsed().items()}
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_words_on_the_spot_are_found() -> None:
    """The check above sees literals, f-strings and sums, and those that a condition chooses."""
    for words in ('"x"', 'f"{x}"', 'a + "x"', 'a if b else "x"', 'a or "x"'):
        assert literal_messages(ast.parse(f"raise InputRefused({words}, path=1)")) == [1], words
    assert literal_messages(ast.parse("raise InputRefused(sentences.inputs.EMPTY.format(path=path))")) == []


def test_every_sentence_is_said() -> None:
    """No table keeps a constant that nothing uses, and nothing asks for one that is missing."""
    of_others = {("command_line", "OF_ARGPARSE")}
    used = of_others | {found for tree in parsed().values() for node in ast.walk(tree) if (found := said(node))}
    kept = {(table, name) for table, module in TABLES.items() for name in vars(module) if name.isupper()}
    assert used == kept


def test_every_sentence_is_given_its_fields() -> None:
    """Exactly those; a sentence that is chosen first and completed later finds all of its fields there."""
    wrong = []
    for path, tree in parsed().items():
        later = [names for of, names in formats(tree) if said(of) is None]
        directly = {id(of): names for of, names in formats(tree)}
        for node in ast.walk(tree):
            if (found := said(node)) is None:
                continue
            fields = fields_of(getattr(TABLES[found[0]], found[1]))
            if id(node) in directly:
                right = directly[id(node)] in (None, fields)
            else:
                right = not fields or any(names is None or fields <= names for names in later)
            if not right:
                wrong.append(f"{path.relative_to(PROJECT_ROOT)}:{node.lineno} {found[1]} {sorted(fields)}")
    assert wrong == []


def test_no_sentence_is_copied_when_a_module_is_loaded() -> None:
    """A constant or a default value would stay English whatever is spoken; keys of a mapping are no words."""
    copies = [
        f"{path.relative_to(PROJECT_ROOT)}:{node.lineno}"
        for path, tree in parsed().items()
        for statement in loaded(tree.body)
        for node in ast.walk(statement)
        if (found := said(node)) and not isinstance(getattr(TABLES[found[0]], found[1]), dict)
    ]
    assert copies == []


def loaded(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """What is evaluated at once: all but the bodies of functions."""
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            yield from loaded(statement.body)
        elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield statement.args
            yield from statement.decorator_list
        else:
            yield statement


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.__name__)
def test_every_table_can_be_translated(table: ModuleType) -> None:
    """Its last line has made it one."""
    assert isinstance(table, WordTable)


@pytest.fixture
def klingon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A second language that knows one sentence, in a module beside the table of inputs."""
    name = f"{sentences.inputs.__name__}_tlh"
    module = ModuleType(name)
    module.EMPTY = "chIm {path}."
    module.__spec__ = importlib.machinery.ModuleSpec(name, None)
    monkeypatch.setitem(sys.modules, name, module)
    language.translation.cache_clear()
    yield
    language.translation.cache_clear()


@pytest.mark.usefixtures("klingon")
def test_a_refusal_speaks_the_language(tmp_path: Path) -> None:
    """A file without a byte is refused in the words of that language, and in English before and after."""
    path = tmp_path / "empty.csv"
    path.touch()

    def refusal() -> str:
        with pytest.raises(InputRefused) as caught:
            look_at(path, 0, Reading({}))
        return caught.value.message

    english = f"{path} is empty. Remove it from the input, or write it again."
    assert refusal() == english
    with speaking("tlh"):
        assert refusal() == f"chIm {path}."
    assert refusal() == english
