"""The documentation tells the truth: flags, verbs, links, make targets and dependencies exist, and are all told."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from etl_batch.defaults import PROJECT_ROOT
from supply.locks import ENGINE, read_lock
from tests.commands import LoadedEngine

PAGES = sorted([*PROJECT_ROOT.glob("*.md"), *(PROJECT_ROOT / "docs").rglob("*.md")])
README = PROJECT_ROOT / "README.md"
OTHER_COMMANDS = (
    ("-m", "etl_batch.demo"),
    ("-m", "console", "users", "add"),
    ("-m", "console", "users", "reset"),
    (str(PROJECT_ROOT / "benchmarks" / "run.py"),),
)
# Streamlit's own flags have a dot in them and are not ours to check.
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]*(?![\w.-])")


def help_text(*command: str) -> str:
    """What `--help` of a command prints."""
    answer = subprocess.run(
        [sys.executable, *command, "--help"], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def code(page: Path) -> str:
    """The code spans and blocks of a page, a line each."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"^```[^\n]*\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))
    return "\n".join([*blocks, *spans])


def choices(text: str) -> list[str]:
    """The sub-commands that a help text lists among its positional arguments."""
    found = re.search(r"^\s+\{([a-z,]+)\}", text, flags=re.MULTILINE)
    return found[1].split(",") if found else []


@pytest.fixture(scope="module")
def engine_help(loaded_engine: LoadedEngine) -> dict[tuple[str, ...], str]:
    """Help text by verb: `()` is the command itself, `("runs", "list")` a verb of a verb."""

    def help_of(*verbs: str) -> str:
        answer = loaded_engine.run(*verbs, "--help", folder=PROJECT_ROOT)
        assert answer.code == 0, answer.err
        return answer.out

    texts = {(): help_of()}
    for verb in choices(texts[()]):
        texts[verb,] = help_of(verb)
        for inner in choices(texts[verb,]):
            texts[verb, inner] = help_of(verb, inner)
    return texts


def test_every_flag_of_the_readme_exists(engine_help: dict[tuple[str, ...], str]) -> None:
    """A flag that README.md names is a flag of the engine or of one of the other commands."""
    texts = [*engine_help.values(), *(help_text(*command) for command in OTHER_COMMANDS)]
    known = {flag for text in texts for flag in FLAG.findall(text)}
    assert set(FLAG.findall(code(README))) - known == set()


def test_every_flag_is_in_the_readme(engine_help: dict[tuple[str, ...], str]) -> None:
    """A flag of the engine is named in README.md."""
    known = {flag for text in engine_help.values() for flag in FLAG.findall(text)} - {"--help"}
    assert len(known) > 20
    assert known - set(FLAG.findall(code(README))) == set()


def test_every_verb_of_the_readme_exists(engine_help: dict[tuple[str, ...], str]) -> None:
    """What README.md writes after `etl_core.py` or `etl` is a verb, and after that a verb of that verb."""
    called = re.findall(
        r"(?:etl_core\.py|(?:^|\s)etl)[ ]+([a-z]+)(?:[ ]+([a-z]+)(?=\s|$))?", code(README), re.MULTILINE
    )
    assert called
    for verb, inner in called:
        assert (verb,) in engine_help
        assert not choices(engine_help[verb,]) or (verb, inner) in engine_help


def test_every_verb_is_in_the_readme(engine_help: dict[tuple[str, ...], str]) -> None:
    """Each verb is in README.md, those of one verb as `runs list` or among `runs list|show`."""
    assert ("run",) in engine_help
    text = code(README)
    told = {verb for verb in engine_help if verb and re.search(rf"\b{verb[0]}\b", text)}
    told -= {verb for verb in told if verb[1:] and not re.search(rf"\b{verb[0]}\s+(?:[a-z]+\|)*{verb[-1]}\b", text)}
    assert set(engine_help) - {()} - told == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT_ROOT)))
def test_relative_links_resolve(page: Path) -> None:
    """A link that names no other site leads to a file or a folder of the project."""
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    targets = {link.partition("#")[0] for link in links if not re.match(r"[a-z]+:|#", link)}
    assert {target for target in targets if not (page.parent / target).exists()} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT_ROOT)))
def test_make_targets_exist(page: Path) -> None:
    """Each `make TARGET` that a page names is a target of the Makefile."""
    makefile = (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))
    named = set(re.findall(r"\bmake(?:[ ]+[A-Z_]+=\S+)*[ ]+([a-z-]+)", code(page)))
    assert named - targets == set()


def test_make_help_lists_what_the_project_promises() -> None:
    """`make help`, which a bare `make` shows, names each command of the house."""
    answer = subprocess.run(["make"], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    listed = set(re.findall(r"^\s+make ([a-z-]+) ", answer.stdout, flags=re.MULTILINE))
    assert listed >= {"run", "test", "check", "bench", "help", "format", "requirements", "clean"}


def project_table() -> dict[str, list[str]]:
    """Direct dependencies by group, as pyproject.toml has them."""
    project = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"run": project["dependencies"], **project["optional-dependencies"]}


def package(requirement: str) -> str:
    """The package that a requirement names."""
    return re.match(r"[A-Za-z0-9_-]+", requirement)[0]


def test_every_dependency_has_its_reason() -> None:
    """docs/dependencies.md has one line for each direct dependency, and none for a package that is gone."""
    rows = re.findall(r"^\| ([A-Za-z0-9_-]+) \|", (PROJECT_ROOT / "docs" / "dependencies.md").read_text(), re.MULTILINE)
    explained = [name for name in rows if name not in {"package", "---"}]
    assert sorted(explained) == sorted({package(line) for group in project_table().values() for line in group})


@pytest.mark.parametrize(
    ("locked", "groups"), [("requirements.txt", ("run",)), ("requirements-dev.txt", ("run", "dev"))]
)
def test_lock_files_follow_the_project(locked: str, groups: tuple[str, ...]) -> None:
    """Every line pins one exact version, no line names a place to load from, and each direct pin is among them."""
    pins = {f"{package.name}=={package.version}" for package in read_lock(PROJECT_ROOT / locked)}
    assert [pin for pin in pins if not re.fullmatch(r"[a-z0-9._-]+==[^\s:/]+", pin)] == []
    lines = [line for group in groups for line in project_table()[group]]
    direct = {re.sub(r"\[.*\]", "", line.partition(";")[0]).strip().lower() for line in lines}
    assert direct - pins == set()


def test_the_engine_s_lock_follows_its_imports() -> None:
    """What etl_batch imports of other people stands in requirements-etl.in, and nothing else; the lock has it."""
    sources = [ast.parse(path.read_text(encoding="utf-8")) for path in (PROJECT_ROOT / "etl_batch").rglob("*.py")]
    nodes = [node for tree in sources for node in ast.walk(tree)]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    tops = {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names) - {"etl_batch", "_typeshed"}
    # Of what is optional, and what comes with the package of another name: numba's and Jinja's own parts.
    optional = {package(line) for line in project_table()["cluster"]} | {"dask"}
    imported = {each for top in tops for each in packages_distributions()[top]} - optional
    wanted = {each.lower() for each in imported} - {"llvmlite", "markupsafe"} | {"setuptools"}
    lines = (PROJECT_ROOT / "etl_batch" / "requirements-etl.in").read_text(encoding="utf-8").splitlines()
    listed = {line.lower() for line in lines if not line.startswith("#")}
    assert {name.replace("_", "-") for name in wanted} == listed
    assert listed <= {each.name for each in read_lock(ENGINE)}


def test_every_page_promises_the_same_pythons() -> None:
    """The classifiers, the range that pip checks, the Makefile and the pages name the same versions of Python."""
    project = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    promised = [line.rpartition(" ")[2] for line in project["classifiers"] if "Python ::" in line]
    minors = [int(version.partition(".")[2]) for version in promised]
    assert minors == list(range(minors[0], minors[-1] + 1))
    assert project["requires-python"] == f">=3.{minors[0]},<3.{minors[-1] + 1}"
    listed, spoken = f"Python {', '.join(promised[:-1])} or {promised[-1]}", f"{promised[0]} to {promised[-1]}"
    makefile = (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8")
    assert set(re.findall(r"\bpython(3\.\d+)\b", makefile)) == set(promised)
    assert re.findall(r"\((3, \d+)\)", makefile) == [f"3, {minors[0]}", f"3, {minors[-1]}"]
    assert re.findall(r"3\.\d+ to 3\.\d+", makefile) == [spoken] * 2
    assert [page.name for page in (README, PROJECT_ROOT / "CONTRIBUTING.md") if listed not in page.read_text()] == []
    assert f"Python {spoken}" in (PROJECT_ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
