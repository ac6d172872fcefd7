"""The house's walls: imports point one way, screens stay thin, and the contracts that say so do bite."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from etl_batch.defaults import PROJECT_ROOT

PAGES = sorted((PROJECT_ROOT / "pages").glob("*.py"))
PACKAGES = ("etl_batch", "console", "pages")
PAGE_LINES = 80
ARROWS = "The engine's imports point one way"
HEART = ("pipeline.py", "stages", "sinks", "parallel", "formats", "columns")


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    """The installed command, run on the tree under `root`."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def copied_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources, where walls may be broken."""
    root = tmp_path_factory.mktemp("tree")
    shutil.copy(PROJECT_ROOT / "pyproject.toml", root)
    for name in ("README.md", "LICENSE"):
        shutil.copy(PROJECT_ROOT / name, root)
    for package in PACKAGES:
        shutil.copytree(PROJECT_ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    return root


def test_every_contract_is_kept() -> None:
    """The import contracts of pyproject.toml hold for the tree as it is."""
    answer = lint_imports(PROJECT_ROOT)
    assert answer.returncode == 0, answer.stdout + answer.stderr


BREACHES = [
    ("etl_batch/spy.py", "", ARROWS),
    ("etl_batch/service.py", "from etl_batch.ui import spy", ARROWS),
    ("etl_batch/stages/spy.py", "from etl_batch import pipeline", ARROWS),
    ("etl_batch/layouts/spy.py", "from etl_batch import formats", ARROWS),
    ("etl_batch/analytics/spy.py", "from etl_batch import runs", ARROWS),
    ("etl_batch/reporting/spy.py", "from etl_batch import analytics", ARROWS),
    ("etl_batch/model.py", "from etl_batch import layouts", ARROWS),
    ("etl_batch/formats/spy.py", "from etl_batch import runs", "Reading, writing and guarding"),
    ("etl_batch/stages/spy.py", "from etl_batch import reporting", "The pipeline writes no report"),
    ("etl_batch/service.py", "import streamlit", "Streamlit stays behind its door"),
    ("etl_batch/service.py", "import console", "Screens stand on the console"),
    ("console/spy.py", "import pages.spy", "Screens stand on the console"),
    ("pages/spy.py", "from etl_batch import pipeline", "Screens know no stage"),
    ("pages/spy.py", "from etl_batch import reporting", "A page is a gate, a call and a view"),
    ("etl_batch/ui/spy.py", "from etl_batch.formats import detect", "Screens know no stage"),
]


@pytest.fixture(scope="module")
def verdicts(copied_tree: Path) -> str:
    """What the linter says of a tree with all those breaches in it: one look at 300 modules is enough."""
    planted = [copied_tree / "etl_batch/ui/spy.py", copied_tree / "pages/spy.py"]
    for module, statement, _ in BREACHES:
        planted.append(copied_tree / module)
        with (copied_tree / module).open("a", encoding="utf-8") as out:
            out.write(f"\n{statement}\n")
    for path in planted:
        path.touch()
    return lint_imports(copied_tree).stdout


@pytest.mark.parametrize(("module", "statement", "contract"), BREACHES)
def test_contracts_bite(verdicts: str, module: str, statement: str, contract: str) -> None:
    """One import against the arrows, or a module without a floor, is told under the contract that forbids it."""
    summary, told = verdicts.split("Broken contracts\n")
    assert re.search(rf"^{contract}.* BROKEN", summary, re.MULTILINE)
    (section,) = re.findall(rf"^{contract}[^\n]*\n---+\n(.*?)(?=\n---|\Z)", told, re.MULTILINE | re.DOTALL)
    importer = module.removesuffix(".py").replace("/", ".")
    imported = re.sub(r"^from (\S+) import (\S+)$", r"\1(\.\2)?", statement.removeprefix("import "))
    assert re.search(rf"{importer} -> {imported} \(" if statement else rf"- +{importer}$", section, re.MULTILINE), told


def test_launcher_reaches_no_deeper_than_the_console() -> None:
    """app.py is in no package and so in no contract: of the engine it knows the defaults and the errors, and
    what is said where a library is missing."""
    imported = imported_modules(ast.parse((PROJECT_ROOT / "app.py").read_text(encoding="utf-8")))
    engine = {name for name in imported if name.startswith("etl_batch.")}
    assert {name.split(".")[1] for name in engine} <= {"defaults", "errors", "lacking"}
    assert any(name.startswith("console") for name in imported)


def imported_modules(tree: ast.Module) -> set[str]:
    """Dotted names of everything a module imports, `from a import b` as `a.b`."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def heart_modules() -> set[str]:
    """Dotted names of the modules that carry a chunk from the file to the outputs."""
    paths = {path for name in HEART for path in (PROJECT_ROOT / "etl_batch").glob(f"{name}/**/*.py")}
    paths |= {PROJECT_ROOT / "etl_batch" / name for name in HEART if name.endswith(".py")}
    inner = {path.relative_to(PROJECT_ROOT).with_suffix("") for path in paths if path.name != "__init__.py"}
    return {".".join(path.parts) for path in inner}


def test_no_room_of_the_engine_is_without_a_unit_test() -> None:
    """Each of the heart's modules is imported by a unit test: what only whole runs reach is found out late."""
    imported: set[str] = set()
    for path in (PROJECT_ROOT / "tests" / "unit").rglob("test_*.py"):
        imported |= imported_modules(ast.parse(path.read_text(encoding="utf-8")))
    modules = heart_modules()
    assert len(modules) > len(HEART)
    assert {module for module in modules if not any(f"{name}.".startswith(f"{module}.") for name in imported)} == set()


def test_screens_are_thin() -> None:
    """There are screens, and each has at most 80 lines: what needs a test lives below."""
    lengths = {page.name: len(page.read_text(encoding="utf-8").splitlines()) for page in PAGES}
    assert lengths
    assert {name: lines for name, lines in lengths.items() if lines > PAGE_LINES} == {}


def test_no_module_hides_the_standard_library() -> None:
    """`python etl_batch/etl_core.py` puts etl_batch first on the path, so its names must not be the library's."""
    names = {path.stem for path in (PROJECT_ROOT / "etl_batch").iterdir()} - {"__init__"}
    assert names & sys.stdlib_module_names == set()


def test_a_wheel_carries_its_data(copied_tree: Path, tmp_path: Path) -> None:
    """Templates, layouts, migrations and the like are in the built wheel, and it installs the command `etl`."""
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        str(tmp_path),
        ".",
    ]
    subprocess.run(build, cwd=copied_tree, capture_output=True, check=True)
    (wheel,) = tmp_path.glob("quantum_etl-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
        entry_points = next(name for name in packed if name.endswith("entry_points.txt"))
        assert "etl = etl_batch.etl_core:main" in archive.read(entry_points).decode()
    files = {path for package in ("etl_batch", "console") for path in (PROJECT_ROOT / package).rglob("*.*")}
    wanted = {
        str(path.relative_to(PROJECT_ROOT)) for path in files if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted - packed == set()
