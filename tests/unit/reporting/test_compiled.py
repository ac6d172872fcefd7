"""Compiled templates: found again, never those of another source or setting, nor what others could have written."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from etl_batch import kept
from etl_batch.reporting.compiled import KeptTemplates


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A module with a template, and nowhere to keep it but beside the module and in a cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "module.py").write_text("autoescape = True")
    (tmp_path / "page.html").write_text("<p>{{ word }}")
    return tmp_path


def page(folder: Path) -> tuple[str, bool]:
    """The page as a fresh process fills it, and whether its template had to be compiled."""
    compiled = []

    class Watched(Environment):
        def compile(self, *given: object, **named: object) -> object:
            compiled.append(given)
            return super().compile(*given, **named)

    cache = KeptTemplates(folder / "module.py")
    environment = Watched(loader=FileSystemLoader(folder), autoescape=True, bytecode_cache=cache)
    return environment.get_template("page.html").render(word="&"), bool(compiled)


def files(folder: Path) -> list[Path]:
    """What is kept beside the module."""
    return sorted((folder / "__pycache__").iterdir())


def test_compiled_once(folder):
    """The next process loads what the first has compiled."""
    assert [page(folder), page(folder)] == [("<p>&amp;", True), ("<p>&amp;", False)]
    assert [path.suffix for path in files(folder)] == [".bin"]


@pytest.mark.parametrize(("name", "text"), [("page.html", "<b>{{ word }}"), ("module.py", "autoescape = False")])
def test_another_source_or_setting(folder, name, text):
    """A template that was changed, or set up otherwise, is compiled anew."""
    page(folder)
    (folder / name).write_text(text)
    assert page(folder)[1]
    assert not page(folder)[1]


@pytest.mark.parametrize("spoil", [lambda path: path.chmod(0o666), lambda path: path.write_bytes(b"no bytecode")])
def test_what_cannot_be_trusted(folder, spoil):
    """What others may write to, or what is none, is not loaded but replaced."""
    page(folder)
    (kept_one,) = files(folder)
    spoil(kept_one)
    assert page(folder) == ("<p>&amp;", True)
    assert page(folder) == ("<p>&amp;", False)


def test_a_link_is_not_followed(folder):
    """Somebody else may have put it there."""
    page(folder)
    (kept_one,) = files(folder)
    kept_one.rename(folder / "elsewhere")
    kept_one.symlink_to(folder / "elsewhere")
    assert page(folder)[1]


def test_nowhere_to_keep_it(folder):
    """Beside the module, else in the cache; where neither can be written each process compiles for itself."""
    (folder / "__pycache__").write_text("in the way")
    assert [page(folder)[1], page(folder)[1]] == [True, False]
    assert len(list((folder / "cache" / "quantum-etl").iterdir())) == 1
    (folder / "cache" / "quantum-etl").rename(folder / "former")
    (folder / "cache" / "quantum-etl").write_text("in the way")
    assert [page(folder)[1], page(folder)[1]] == [True, True]


def test_whole_or_not_at_all(tmp_path, monkeypatch):
    """A write that fails leaves what was there."""
    kept.write(tmp_path / "one.bin", b"former")
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        kept.write(tmp_path / "one.bin", b"later")
    assert kept.read("one.bin", [tmp_path]) == b"former"
