"""The lock files: each package with its version, where it is needed, and the checksums of its files."""

from __future__ import annotations

import re
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
RUN, DEVELOP, AUDIT = (ROOT / name for name in ("requirements.txt", "requirements-dev.txt", "requirements-audit.txt"))
ENGINE = ROOT / "etl_batch" / "requirements-etl.txt"
"""What `etl_batch` needs without the console: a part of `RUN`."""
CLUSTER = ROOT / "requirements-cluster.txt"
"""What it needs on a Dask cluster, on every machine of it: a part of `DEVELOP`."""
_PACKAGE = re.compile(r"^(?P<name>[a-z0-9._-]+)==(?P<version>[^ ;\\]+)(?: ; (?P<marker>[^\\]+?))?(?: \\)?$", re.I)
_CHECKSUM = re.compile(r"^ {4}--hash=sha256:(?P<checksum>[0-9a-f]{64})(?: \\)?$")
# What no interpreter on Linux installs, so that its own words are not at hand here,
# and what is installed and states its licence in a file alone.
ELSEWHERE = {"colorama": "BSD-3-Clause", "axe-playwright-python": "MIT (its axe.min.js: MPL-2.0)"}
NOT_SAID = "not said"


class Locked(NamedTuple):
    """One package of a lock."""

    name: str
    version: str
    marker: str
    """For which interpreters and systems; empty for all."""
    checksums: tuple[str, ...]
    """SHA-256 of each file that may be installed."""

    @property
    def purl(self) -> str:
        """Its name among all packages of the world."""
        return f"pkg:pypi/{self.name}@{self.version}"


def read_lock(path: Path) -> list[Locked]:
    """The packages of a lock file, in its order; raises `ValueError` at a line of another form."""
    found: list[Locked] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if package := _PACKAGE.match(line):
            found.append(Locked(package["name"], package["version"], package["marker"] or "", ()))
        elif (checksum := _CHECKSUM.match(line)) and found:
            found[-1] = found[-1]._replace(checksums=(*found[-1].checksums, checksum["checksum"]))
        else:
            raise ValueError(f"{path.name}: {line!r} is neither a package nor a checksum.")
    return found


def licence_of(package: Locked) -> str:
    """A package's licence as it says it itself; `NOT_SAID` when it is not installed here or says nothing."""
    try:
        said = metadata(package.name)
    except PackageNotFoundError:
        return ELSEWHERE.get(package.name, NOT_SAID)
    return _licence(said) or ELSEWHERE.get(package.name, NOT_SAID)


def _licence(said: PackageMetadata) -> str:
    if expression := said.get("License-Expression"):
        return str(expression)
    classified = [
        line.rpartition(" :: ")[2] for line in said.get_all("Classifier") or [] if line.startswith("License :: ")
    ]
    words = (said.get("License") or "").strip().splitlines()
    short = words[0] if len(words) == 1 and len(words[0]) <= 60 else ""
    return " and ".join(each for each in classified if each != "OSI Approved") or short
