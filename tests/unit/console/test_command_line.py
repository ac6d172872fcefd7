"""`python -m console users ...`: what it does, what it prints, and how it exits."""

from __future__ import annotations

import io
import json
import sys

import pytest

from console import __main__ as command
from console import factors, links, login, users
from console.factors import Need
from console.users import Role
from etl_batch.security.audit import AuditLog
from tests.factors import turned_on

PASSWORD = "correct horse battery"


@pytest.fixture
def run(home, monkeypatch, capsys):
    """Runs a command on the home with something on stdin; gives its exit code, output and error output."""

    def run_command(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        code = command.main(["users", *arguments, "--home", str(home)])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run_command


def test_add_and_list(home, run):
    """An added user can sign in, is listed with the role, and the audit log says who added it."""
    code, out, _err = run("add", "ada", "--role", "operator", "--password-stdin", stdin=PASSWORD + "\n")
    assert (code, out.split()) == (0, ["ada", "operator", "active"])
    assert login.sign_in(home, "ada", PASSWORD, "here").role is Role.OPERATOR
    code, out, _err = run("list", "--json")
    assert (code, json.loads(out)) == (0, [{"name": "ada", "role": "operator", "disabled": False}])
    record = AuditLog(home).search(action="user.add", limit=1)[0]
    assert record["user"].startswith("cli:")


def test_disable_enable_and_reset(home, run):
    """The three changes do what they say and print the account as it is then."""
    users.create(home, "ada", Role.VIEWER, PASSWORD, "test")
    assert run("disable", "ada")[1].split() == ["ada", "viewer", "disabled"]
    assert run("enable", "ada")[1].split() == ["ada", "viewer", "active"]
    assert run("reset", "ada", "--password-stdin", stdin="another password\n")[0] == 0
    assert login.sign_in(home, "ada", "another password", "here").name == "ada"


def test_a_second_factor_that_is_lost(home, run):
    """It is taken away, with the account printed and a record; where there is none, one sentence says so."""
    users.create(home, "ada", Role.VIEWER, PASSWORD, "test")
    turned_on(home, "ada", 1_800_000_000.0)
    assert run("reset-second-factor", "ada")[:2] == (0, f"{'ada':<32} {'viewer':<12} active\n")
    assert factors.need(home, "ada") is Need.NOTHING
    record = AuditLog(home).tail(1)[0]
    assert (record["action"], record["target"]) == ("user.factor", "ada")
    assert record["user"].startswith("cli:")
    code, _out, err = run("reset-second-factor", "ada")
    assert (code, err.count("\n")) == (2, 1)
    assert "'ada' has no second factor" in err


def test_a_role_and_a_link(home, run):
    """A role changes at once; a link is printed once, with the address that was named, and gives the password."""
    users.create(home, "root", Role.SUPER_ADMIN, PASSWORD, "test")
    code, out, _err = run("add", "ada", "--role", "viewer", "--link", "--site", "https://etl.example.org/", "--json")
    (added,) = json.loads(out)
    assert (code, added["name"], added["role"]) == (0, "ada", "viewer")
    assert run("role", "ada", "operator")[1].split() == ["ada", "operator", "active"]
    address, _, token = added["link"].partition("?token=")
    assert address == "https://etl.example.org/reset"
    links.use(home, token, "another password", "here")
    assert login.sign_in(home, "ada", "another password", "here").role is Role.OPERATOR
    account, link = run("reset", "ada", "--link")[1].splitlines()
    assert account.split() == ["ada", "operator", "active"]
    assert links.holder(home, link.partition("?token=")[2]) == "ada"


@pytest.mark.parametrize(
    ("arguments", "stdin", "words"),
    [
        (("add", "ada", "--role", "viewer", "--password-stdin"), "short\n", "at least 10"),
        (("add", "ada", "--role", "viewer", "--password-stdin"), "x" * 129 + "\n", "129 characters"),
        (("add", "a b", "--role", "viewer", "--password-stdin"), PASSWORD, "not a user name"),
        (("add", "ada", "--role", "viewer"), PASSWORD, "--password-stdin"),
        (("add", "ada", "--role", "viewer", "--password-stdin"), "password12\n", "very common password"),
        (("disable", "ghost"), "", "no user 'ghost'"),
        (("role", "ghost", "viewer"), "", "no user 'ghost'"),
        (("role", "root", "viewer"), "", "last super_admin"),
        (("reset", "ghost", "--link"), "", "no user 'ghost'"),
        (("disable", "root"), "", "last super_admin"),
    ],
)
def test_errors_are_one_line_and_exit_2(home, run, arguments, stdin, words):
    """What cannot be done is said in one line on stderr."""
    users.create(home, "root", Role.SUPER_ADMIN, PASSWORD, "test")
    code, out, err = run(*arguments, stdin=stdin)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


def test_an_account_is_given_to_somebody_of_the_provider(home, run):
    """It has no password from then on, and waits for one when it is taken back; what is done twice is one sentence."""
    users.create(home, "ada", Role.VIEWER, PASSWORD, "test")
    to = ("--issuer", "https://id.example.org", "--subject", "s1")
    assert run("link", "ada", *to)[:2] == (0, f"{'ada':<32} {'viewer':<12} active\n")
    with pytest.raises(login.SignInRefused):
        login.sign_in(home, "ada", PASSWORD, "here")
    record = AuditLog(home).search(action="user.provider")[0]
    assert (record["target"], record["detail"]) == ("ada", {"issuer": "https://id.example.org", "subject": "s1"})
    assert record["user"].startswith("cli:")
    users.create(home, "bea", Role.VIEWER, PASSWORD, "test")
    for name, words in (("ada", "is linked already"), ("bea", "is linked already"), ("cyd", "There is no user 'cyd'")):
        code, _out, err = run("link", name, *to)
        assert (code, err.count("\n")) == (2, 1)
        assert words in err
    assert login.sign_in(home, "bea", PASSWORD, "here").name == "bea"
    assert "signs in by single sign-on" in run("reset", "ada", "--link")[2]
    assert run("unlink", "ada")[0] == 0
    assert run("reset", "ada", "--link")[0] == 0
    for wrong in (("--issuer", "id.example.org", "--subject", "s1"), ("--issuer", to[1], "--subject", "")):
        assert run("link", "ada", *wrong)[0] == 2
