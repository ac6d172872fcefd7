"""The table of licences in docs/licences.md, made from the locks and from what the installed packages say.

python -m supply.licences
"""

from __future__ import annotations

from supply.locks import AUDIT, DEVELOP, NOT_SAID, ROOT, RUN, Locked, licence_of, read_lock

PAGE = ROOT / "docs" / "licences.md"
HEAD = """# Licences

Every package of the locks, with the licence that it states of itself. `make licences` writes this page again after
`make requirements`; a test holds it against the locks. What the console and the engine need to run comes first; the
rest is for developing, and for `make pip-audit`.

"""


def rows(packages: list[Locked], known: dict[str, str]) -> list[str]:
    """A Markdown table of packages; `known` are licences of an earlier page, by package and version."""
    lines = ["| package | version | licence |", "| --- | --- | --- |"]
    for package in packages:
        licence = known.get(package.purl) or licence_of(package)
        lines.append(f"| {package.name} | {package.version} | {licence} |")
    return lines


def known_licences(text: str) -> dict[str, str]:
    """The licences that a page already has, by package and version: not every package is installed everywhere."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    rows = (row for row in cells if len(row) == 3 and row[1][:1].isdigit() and row[2] != NOT_SAID)
    return {f"pkg:pypi/{row[0]}@{row[1]}": row[2] for row in rows}


def page(known: dict[str, str]) -> str:
    """The whole page."""
    run, develop, audit = (read_lock(path) for path in (RUN, DEVELOP, AUDIT))
    needed = {package.purl for package in run}
    sections = (
        ("## To run", run),
        ("## To develop", [each for each in develop if each.purl not in needed]),
        ("## To look for advisories", audit),
    )
    return HEAD + "\n".join(line for title, each in sections for line in (title, "", *rows(each, known), ""))


if __name__ == "__main__":
    PAGE.write_text(page(known_licences(PAGE.read_text(encoding="utf-8")) if PAGE.exists() else {}), encoding="utf-8")
