"""Hold the locked packages against the known advisories with pip-audit, and say plainly when nothing could be asked.

    python -m supply.advisories PATH_OF_PIP_AUDIT

Exits with 0 when every package was looked up and nothing is known, with 1 when something is, with 2 when packages were
not looked up: pip-audit itself calls that a success.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from supply.locks import DEVELOP

NOT_ASKED = "No source of advisories could be reached from this machine, so nothing was checked; run it where one can."
NOT_ALL = "{count} of {all} packages could not be looked up, so they were not checked: {names}."
FOUND = "{name} {version}: {advisories}. Mended in: {versions}."
CLEAN = "{count} packages were looked up, and nothing is known against them."


def judge(answer: str) -> tuple[int, list[str]]:
    """The exit code and the sentences for what pip-audit wrote on its standard output."""
    try:
        packages: list[dict[str, Any]] = json.loads(answer)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return 2, [NOT_ASKED]
    passed_over = [each["name"] for each in packages if "skip_reason" in each]
    if len(passed_over) == len(packages):
        return 2, [NOT_ASKED]
    sentences = [
        FOUND.format(
            name=each["name"],
            version=each["version"],
            advisories=", ".join(one["id"] for one in each["vulns"]),
            versions=", ".join(sorted({version for one in each["vulns"] for version in one["fix_versions"]})) or "none",
        )
        for each in packages
        if each.get("vulns")
    ]
    code = 1 if sentences else 2 if passed_over else 0
    if passed_over:
        sentences.append(NOT_ALL.format(count=len(passed_over), all=len(packages), names=", ".join(passed_over)))
    return code, sentences or [CLEAN.format(count=len(packages))]


def main(program: Path) -> int:
    """Ask, and say what came of it."""
    command = [program, "--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json"]
    done = subprocess.run([*command, "-r", DEVELOP], capture_output=True, text=True, check=False)
    code, sentences = judge(done.stdout)
    print(*sentences, sep="\n")
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
