"""docs/security.md tells the truth: its figures and words are those of the code, and the tests that it names exist."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from console import devices, factors, guesses, links, passwords, pending, proof, sessions
from console.gate import OPEN_PATHS
from console.users import Role
from console.views.account import wording as account_wording
from console.wording import PASSWORD_RULE
from etl_batch.defaults import PROJECT_ROOT

PAGE = (PROJECT_ROOT / "docs" / "security.md").read_text(encoding="utf-8")
FLOWING = " ".join(PAGE.split())
"""The page without its line ends."""
SECTION = PAGE.partition("\n## ASVS 5.0, chapters 6 and 7\n")[2]
LAST = {
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4,
    "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2,
}  # fmt: skip
"""How many requirements of levels 1 and 2 a section of version 5.0.0 has; in V6 and V7 they come before those of 3."""
REQUIREMENTS = [f"{section}.{number}" for section, last in LAST.items() for number in range(1, last + 1)]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in SECTION.splitlines()
    if re.match(r"\| \d+\.\d+\.\d+ \|", line)
]
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", SECTION)))
HOUR, DAY, MINUTE = 3600, 86_400, 60


@cache
def functions(path: str) -> set[str]:
    """The names of the functions in a file of tests."""
    tree = ast.parse((PROJECT_ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_requirement_has_its_row() -> None:
    """All of levels 1 and 2, in their order, each once."""
    assert len(REQUIREMENTS) == 53
    assert [row[0] for row in ROWS] == REQUIREMENTS


@pytest.mark.parametrize("number", REQUIREMENTS)
def test_a_row_says_whether_and_where_it_is_met(number: str) -> None:
    """Met, with the module and the test; or not, or not applicable, with the reason."""
    (row,) = (row for row in ROWS if row[0] == number)
    _number, asks, state, where, shown = row
    assert asks
    if not state.startswith("met"):
        assert re.fullmatch(r"not (applicable|met): .{10,}", state)
        return
    assert "`tests/" in shown
    places = where.split(", ")
    assert places
    for place in places:
        assert place == "this page" or (PROJECT_ROOT / place.strip("`")).is_file(), place


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_every_test_that_is_named_exists(path: str, name: str) -> None:
    """Its file is there, and its function stands in it."""
    assert name.startswith("test_")
    assert name in functions(path)


def test_no_test_is_named_in_another_way() -> None:
    """Whatever looks like one has the form that the test above reads."""
    assert SECTION.count("tests/") == len(re.findall(r"`tests/[\w/]+\.py::\w+`", SECTION))
    assert len(NAMED) > 60


def sentences() -> list[str]:
    """What the page says with a figure in it, with the figure that the code has."""
    longest = f"from 2 seconds to {guesses.LONGEST_WAIT_SECONDS / MINUTE:.0f} minutes"
    narrow, wide = guesses.ALLOWED_NETWORKS
    absolute = f"after {sessions.ABSOLUTE_SECONDS / DAY:.0f} days in any case"
    return [
        f"| {guesses.ALLOWED_OWN} | each failure doubles the wait, {longest} |",
        f"| an address: one of IPv4, a /64 of IPv6 | {guesses.ALLOWED_ADDRESS} | the same |",
        f"| a network: a /24 of IPv4, a /56 of IPv6 | {narrow} | the same |",
        f"| a /48 of IPv6 | {wide} | the same |",
        f"| a name, from wherever | {guesses.ALLOWED_NAME} within an hour | every address",
        f"that is not known waits {guesses.TURN_SECONDS:.0f} seconds before each attempt",
        f"a new one waits {guesses.TURN_SECONDS:.0f} seconds at most",
        f"counted before they are checked: {guesses.ALLOWED_OWN} are free, then each doubles the wait, {longest}",
        f"Sessions end after {sessions.IDLE_SECONDS / HOUR:.0f} hours without use, {absolute}",
        f"An account has {sessions.MOST_SESSIONS} sessions at most",
        f"typed within the last {proof.PROVED_SECONDS / MINUTE:.0f} minutes",
        f"the password and the code again after {proof.PROVED_SECONDS / MINUTE:.0f} minutes",
        f"{devices.COOKIE_SECONDS / DAY:.0f} days): a number for each of the last",
        f"The last {devices.MOST_DEVICES} browsers of a name are kept",
        f"good for {pending.VALID_SECONDS / MINUTE:.0f} minutes and only with the password",
        f"the right password within the last {pending.VALID_SECONDS / MINUTE:.0f} minutes",
        f"good once and for {links.VALID_SECONDS / HOUR:.0f} hours",
        f"works once and for {links.VALID_SECONDS / HOUR:.0f} hours",
        f"a span of {factors.STEP_SECONDS} seconds, one span of drift either way",
        f"Passwords have {passwords.MINIMUM_CHARACTERS} to {passwords.MAXIMUM_CHARACTERS} characters",
        f"bcrypt at cost {passwords.BCRYPT_COST}",
    ]


@pytest.mark.parametrize("sentence", sentences())
def test_the_figures_are_those_of_the_code(sentence: str) -> None:
    """Each limit of guesses, sessions, links and codes stands in the page as the code has it."""
    assert sentence in FLOWING


def test_what_the_screens_say_of_limits_is_true() -> None:
    """The words of My account and of the form for a password have the code's figures too."""
    assert f"after {sessions.IDLE_SECONDS / HOUR:.0f} hours without use" in account_wording.SESSIONS_LEAD
    least, most = passwords.MINIMUM_CHARACTERS, passwords.MAXIMUM_CHARACTERS
    assert f"At least {least} characters, at most {most}." in PASSWORD_RULE
    assert factors.DRIFT == 1
    assert guesses.FORGET_SECONDS == HOUR


def test_the_words_are_those_of_the_code() -> None:
    """The list of words that count for nothing in a password, and the roles among them."""
    (listed,) = re.findall(r"^> (.+)$", PAGE, flags=re.MULTILINE)
    assert tuple(listed.split(", ")) == passwords.WORDS
    assert {str(role) for role in Role} <= set(passwords.WORDS)


def test_every_way_in_is_told() -> None:
    """Each address that the gate leaves open is a row of the ways in, or among those that say nothing of anybody."""
    told = PAGE.partition("\n## The ways in\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(/[\w/]+)` \|", told, flags=re.MULTILINE)
    harmless = re.findall(r"`(/[\w./]+)`", told.partition("\n| way |")[0])
    assert sorted([*rows, *harmless]) == sorted(OPEN_PATHS)
    assert len(OPEN_PATHS) == 15
    assert "every address but fifteen needs a session" in FLOWING
