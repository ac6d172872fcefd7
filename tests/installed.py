"""Environments that hold the packages of a lock and nothing else, with the project in them as pip installs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

from packaging.markers import Marker

from etl_batch import kept
from etl_batch.defaults import PROJECT_ROOT
from etl_batch.kernels import library
from supply.locks import read_lock

SOURCES = ("etl_batch", "console", "pyproject.toml", "README.md", "LICENSE")
"""What a package is built of."""


@dataclass(frozen=True)
class Environment:
    """A virtual environment, and a cache in which the compiled kernels are."""

    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def packages(self) -> Path:
        """Its site-packages."""
        return Path(sysconfig.get_path("purelib", "venv", {"base": str(self.folder)}))

    @property
    def variables(self) -> dict[str, str]:
        """A shell's variables in it: none of the project's, and no other place for modules."""
        plain = {
            name: value for name, value in os.environ.items() if not name.startswith(("ETL_", "PYTHON", "VIRTUAL"))
        }
        path = os.pathsep.join([str(self.folder / "bin"), os.defpath])
        return plain | {"PATH": path, "XDG_CACHE_HOME": str(self.folder / "cache")}

    def run(self, *command: object, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command in a folder, to its end."""
        words = [str(word) for word in command]
        environment = self.variables | variables
        program = shutil.which(words[0], path=environment["PATH"]) or words[0]
        return subprocess.run(
            [program, *words[1:]], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )


def make_environment(folder: Path, lock: Path) -> Environment:
    """A fresh environment with what this interpreter would install of a lock, linked from where that is installed."""
    venv.create(folder, symlinks=True)
    made = Environment(folder)
    for package in read_lock(lock):
        if not package.marker or Marker(package.marker).evaluate():
            _link(package.name, made.packages)
    cache = folder / "cache" / "quantum-etl"
    cache.mkdir(parents=True)
    library.loaded()  # compiled by now, if it was not
    for place in kept.folders(PROJECT_ROOT / "etl_batch" / "kernels"):
        for path in place.glob("kernels-*.bin"):
            shutil.copy(path, cache)
    return made


def install(environment: Environment) -> None:
    """Have pip build the project and install it, without a look at an index."""
    copy = environment.folder / "source"
    for name in SOURCES:
        whole = PROJECT_ROOT / name
        if whole.is_dir():
            shutil.copytree(whole, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(whole, copy)
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--no-compile"]
    command = [sys.executable, "-m", "pip", "--python", str(environment.python), "install", *options, str(copy)]
    subprocess.run(command, check=True, env=environment.variables)


def _link(name: str, packages: Path) -> None:
    """Whatever a distribution has put at the top of site-packages, by its RECORD."""
    found = distribution(name)
    tops = {file.parts[0] for file in found.files or () if len(file.parts) > 1 or file.suffix in (".py", ".pth", ".so")}
    for top in tops - {"..", "__pycache__"}:
        link = packages / top
        if not link.exists():
            link.symlink_to(Path(str(found.locate_file(top))).resolve())
