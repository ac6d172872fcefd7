"""Words stand in tables: no screen, page or template has its own, and another language is another table."""

from __future__ import annotations

import ast
import importlib
import re
import sys
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest
from jinja2 import Environment
from streamlit.testing.v1 import AppTest

from etl_batch import language
from etl_batch.defaults import PROJECT_ROOT
from etl_batch.language import WordTable, say, speaking
from etl_batch.reporting import wording as report_words
from tests.records import report_of
from tests.support import texts
from tests.waiting import PATIENCE_SECONDS

SPEAKERS = (
    "etl_batch/ui",
    "etl_batch/reporting",
    "etl_batch/etl_integration_ui.py",
    "etl_batch/cli",
    "console/views",
    "console/alerts/messages.py",
    "pages",
)
"""What a person reads is said here; the sentences of errors stand where they are raised."""
ROOTS = [PROJECT_ROOT / name for name in ("etl_batch", "console", "pages")]
TABLES = sorted(path for root in ROOTS for path in root.rglob("wording.py"))
TEMPLATES = sorted(path for root in ROOTS for path in root.rglob("templates/*.html"))
SCRIPT = "console/main.py"
"""Run by Streamlit at each drawing, as pages are."""
NOT_SAID = {
    'system-ui, -apple-system, "Segoe UI", sans-serif': "CSS",
    "str | int | float | bool | tuple[str, ...] | None": "a type",
    "Quantum ETL ": "a name",
    "etl: ": "the program's name, as every shell tool's before what it complains of",
    ', "fields": [\n': "JSON",
    "Value error, ": "what pydantic puts before a sentence, taken away",
    "older failure": "a row of the table of nouns",
    "skipped field": "a row of the table of nouns",
    "strata_omitted": "a key",
}
UNTOLD = {"make coverage-study", "data/"}
"""Text of templates that is a name: a command, a folder."""
SPOKEN_ATTRIBUTES = {"aria-label", "title", "alt", "placeholder"}


@cache
def parsed(path: Path) -> ast.Module:
    """A module's tree."""
    return ast.parse(path.read_text(encoding="utf-8"))


def modules(*places: str) -> Iterator[tuple[str, ast.Module]]:
    """The modules of these places with their names, without the tables."""
    for place in places:
        root = PROJECT_ROOT / place
        for path in [root] if root.is_file() else sorted(root.rglob("*.py")):
            if not path.stem.startswith("wording"):
                yield str(path.relative_to(PROJECT_ROOT)), parsed(path)


def unsaid(tree: ast.Module) -> set[ast.AST]:
    """The parts of a module that no page shows: docstrings, errors as they are raised, comparisons, and formats."""
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            found |= set(ast.walk(node.format_spec))
        if isinstance(node, ast.Expr | ast.Raise | ast.Compare) and not (
            isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)
        ):
            found |= set(ast.walk(node))
    return found


@pytest.mark.parametrize("place", SPEAKERS)
def test_no_screen_says_a_word_of_its_own(place: str) -> None:
    """No text with a blank and a letter stands outside the tables, but for those that are no words."""
    own = [
        f"{name}:{node.lineno}: {node.value!r}"
        for name, tree in modules(place)
        for node in set(ast.walk(tree)) - unsaid(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in NOT_SAID
        if re.search(r"[A-Za-z]", node.value) and " " in node.value
    ]
    assert sorted(own) == []


def early(tree: ast.AST) -> Iterator[ast.Attribute]:
    """The words that are asked for when a module is imported: outside of functions, and in their defaults."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            defaults = [*node.args.defaults, *(each for each in node.args.kw_defaults if each is not None)]
            for part in (*defaults, *getattr(node, "decorator_list", ())):
                yield from early(ast.Expr(part))
        else:
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and "word" in node.value.id:
                yield node
            yield from early(node)


def test_no_word_is_copied_at_import() -> None:
    """Whoever imports a module speaks English; words are looked up when they are said. Pages run at each drawing."""
    copied = [
        f"{name}:{word.lineno}: {word.attr}"
        for name, tree in modules("etl_batch", "console")
        if name != SCRIPT
        for word in early(tree)
    ]
    assert copied == []


class Text(HTMLParser):
    """The text of a page, and of the attributes that are read out."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.quiet = 0
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what is read out of an element."""
        self.quiet += tag in ("script", "style")
        self.said += [value for name, value in attrs if name in SPOKEN_ATTRIBUTES and value]

    def handle_endtag(self, tag: str) -> None:
        """A script's text is no page's."""
        self.quiet -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        if not self.quiet:
            self.said.append(data)


def own_text(template: str) -> list[str]:
    """The words of a template without what is put in, whose place becomes a mark."""
    tokens = Environment(trim_blocks=True).lex(template)
    inside, kept = 0, []
    for _line, kind, value in tokens:
        if kind.endswith("_begin"):
            inside += 1
        if not inside:
            kept.append(value)
        if kind.endswith("_end"):
            inside -= 1
    texts = [text.strip() for text in Text("".join(kept)).said]
    return [text for text in texts if re.search(r"[A-Za-z]", text) and text not in UNTOLD]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_have_no_text_of_their_own(path: Path) -> None:
    """Nothing with a letter stands between the tags or in what is read out, nor in quotes within an expression."""
    template = path.read_text(encoding="utf-8")
    quoted = [
        value
        for _line, kind, value in Environment().lex(template)
        if kind == "string" and re.search(r"[A-Za-z]\w* \w", value)
    ]
    assert own_text(template) + quoted == []


def test_the_check_of_templates_sees_words() -> None:
    """Text between tags, in an attribute, and none of what is put in."""
    assert own_text('<p aria-label="Stages">{% if x %}{{ "a" }}{% endif %} more</p><script>var a;</script>') == [
        "Stages",
        "more",
    ]


def spoken(table: Path) -> set[str]:
    """Every name that modules and templates ask a table for."""
    package = ".".join(table.parent.relative_to(PROJECT_ROOT).parts)
    found = set()
    for _, tree in modules("etl_batch", "console", "pages"):
        known = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == package
            for alias in node.names
            if alias.name == "wording"
        }
        asked = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute))
        found |= {node.attr for node in asked if isinstance(node.value, ast.Name) and node.value.id in known}
    for path in TEMPLATES:
        if table.parent in (path.parents[1], path.parents[1] / "shared"):
            found |= set(re.findall(r"wording\.([A-Z0-9_]+)", path.read_text(encoding="utf-8")))
    return found


@pytest.mark.parametrize(
    "path",
    [*TABLES, *(PROJECT_ROOT / "etl_batch" / "sentences").glob("*.py"), PROJECT_ROOT / "console" / "sentences.py"],
    ids=lambda path: str(path.relative_to(PROJECT_ROOT)),
)
def test_no_word_stands_twice(path: Path) -> None:
    """The second of two sentences with one name would take the place of the first without a word."""
    names = [
        target.id
        for node in parsed(path).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", TABLES, ids=lambda path: str(path.parent.relative_to(PROJECT_ROOT)))
def test_every_word_is_said(path: Path) -> None:
    """A table holds nothing that nobody asks for."""
    names = {
        target.id
        for node in parsed(path).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    assert names
    assert names - spoken(path) == set()
    table = importlib.import_module(".".join(path.relative_to(PROJECT_ROOT).with_suffix("").parts))
    assert isinstance(table, WordTable)


def test_every_noun_that_is_counted_has_its_forms() -> None:
    """A noun outside the table would be an error in the middle of a page."""
    counted = {
        node.args[1].value
        for _, tree in modules("etl_batch", "console", "pages")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "counted"
        if isinstance(node.args[1], ast.Constant)
    }
    assert counted
    assert counted - report_words.NOUNS.keys() == set()


def test_a_sentence_keeps_the_markup_of_its_parts_and_no_other() -> None:
    """What comes from data is escaped; a part that is markup already is not; quotes stay readable."""
    assert say("The run's {a} & {b}", a="<i>", b=say("x")) == "The run's &lt;i&gt; &amp; x"


def translate(monkeypatch: pytest.MonkeyPatch, table: str, **words: object) -> None:
    """Give a table a translation into a language that nobody speaks."""
    made = ModuleType(f"{table}_xx")
    vars(made).update(words)
    found = language.translation
    monkeypatch.setattr(
        language, "translation", lambda name, spoken: made if (name, spoken) == (table, "xx") else found(name, spoken)
    )


HOME = """
from etl_batch.etl_integration_ui import _doors
from etl_batch.language import speaking
from etl_batch.ui.home.view import show_home
from pathlib import Path
with speaking({language!r}):
    show_home(_doors(Path({home!r}), "tester"))
"""


@pytest.mark.parametrize(("spoken_language", "title"), [("xx", "Ainda nada"), ("en", "Nothing has run here yet")])
def test_a_screen_speaks_the_language_it_is_drawn_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoken_language: str, title: str
) -> None:
    """Home in a language made up here, and in English again; cards are said with the rest."""
    translate(monkeypatch, "etl_batch.ui.home.wording", WELCOME="Ainda nada", DISK_LEFT="Resta")
    (tmp_path / "output" / "runs").mkdir(parents=True)
    app = AppTest.from_string(HOME.format(language=spoken_language, home=str(tmp_path))).run(timeout=PATIENCE_SECONDS)
    assert not app.exception
    said = texts(app)
    assert title in said
    assert ("Resta" in said) is (spoken_language == "xx")


def test_a_report_speaks_the_language_it_is_written_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Headings, sentences with parts and counted nouns; what is not translated stays English."""
    translate(
        monkeypatch,
        "etl_batch.reporting.wording",
        LANGUAGE="pt-BR",
        RUN="Execução {run_id}",
        NO_RECORD="Nenhum registro foi lido.",
        NOUNS=report_words.NOUNS | {"output": ("saída", "saídas")},
    )
    run = {"run_id": "r1", "status": "success", "outputs": {"csv": {"path": "/o.csv", "bytes": 5}}}
    with speaking("xx"):
        page = report_of(run)
    assert '<html lang="pt-BR">' in page
    assert "<h1>Execução <bdi>r1</bdi></h1>" in page
    assert "Nenhum registro foi lido." in page
    assert "1 saída, " in page
    assert "How to read this" in page
    assert "Nenhum registro" not in report_of(run)


def test_tables_are_loaded() -> None:
    """There are tables and templates to look at."""
    assert len(TABLES) > 15
    assert len(TEMPLATES) > 40
    assert "etl_batch.reporting.wording" in sys.modules
