"""Passwords: the rules they must meet, how strong they are, hashing with bcrypt, and checking in constant work."""

from __future__ import annotations

import functools
import secrets
import threading
import unicodedata
from dataclasses import dataclass

import bcrypt
from zxcvbn import zxcvbn  # type: ignore[import-untyped]  # it ships no annotations

from console import sentences
from etl_batch.errors import UsageError

MINIMUM_CHARACTERS = 10
MAXIMUM_BYTES = 72
BCRYPT_COST = 12
"""Each step doubles the work of one check; 12 costs about a quarter of a second."""

SCORES = ("very weak", "weak", "fair", "good", "strong")
LEAST_SCORE = 2
"""Weaker ones are refused: guessed within some million attempts, whatever the hash."""
OBVIOUS = ("quantum", "etl", "console", "quantum etl")
_estimator_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Strength:
    """How hard a password is to guess, from 0 to 4, and what would make it harder."""

    score: int
    warning: str = ""
    suggestions: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """The score in words."""
        return SCORES[self.score]

    @property
    def advice(self) -> str:
        """Reason and suggestions as sentences; empty when there is nothing to say."""
        return " ".join(filter(None, (self.warning, *self.suggestions)))


def _encode(password: str) -> bytes:
    # Two keyboards may send the same character as one code point or as two.
    return unicodedata.normalize("NFC", password).encode()


def check_rules(password: str) -> None:
    """Raise `UsageError` with one sentence when a password is too short, too long or holds a NUL."""
    if len(password) < MINIMUM_CHARACTERS:
        raise UsageError(sentences.PASSWORD_SHORT.format(length=len(password), least=MINIMUM_CHARACTERS))
    size = len(_encode(password))
    if size > MAXIMUM_BYTES:
        raise UsageError(sentences.PASSWORD_LONG.format(size=size, most=MAXIMUM_BYTES))
    if "\x00" in password:
        raise UsageError(sentences.PASSWORD_HAS_NUL)


def strength(password: str, name: str) -> Strength:
    """How strong a password of that user is; raises `UsageError` for one that breaks the rules."""
    check_rules(password)
    # The estimator keeps the user's own words in a global table.
    with _estimator_lock:
        found = zxcvbn(unicodedata.normalize("NFC", password), user_inputs=[name, *OBVIOUS], max_length=MAXIMUM_BYTES)
    feedback = found["feedback"]
    return Strength(int(found["score"]), str(feedback["warning"] or ""), tuple(map(str, feedback["suggestions"])))


def check_strength(password: str, name: str) -> None:
    """Raise `UsageError`, with reason and advice, when a password of that user breaks the rules or is weak."""
    found = strength(password, name)
    if found.score < LEAST_SCORE:
        advice = found.advice or sentences.PASSWORD_ADVICE
        raise UsageError(sentences.PASSWORD_GUESSED.format(word=found.word, advice=advice))


def hash_password(password: str) -> bytes:
    """The bcrypt hash of a password that meets the rules; raises `UsageError` when it does not."""
    check_rules(password)
    return bcrypt.hashpw(_encode(password), bcrypt.gensalt(BCRYPT_COST))


@functools.cache
def _decoy(cost: int) -> bytes:
    return bcrypt.hashpw(secrets.token_bytes(16), bcrypt.gensalt(cost))


def matches(password: str, stored: bytes | None) -> bool:
    """Whether a password belongs to a stored hash; without one (unknown name, none chosen yet) the work is in vain."""
    encoded = _encode(password)
    fits = len(encoded) <= MAXIMUM_BYTES and b"\x00" not in encoded
    same = bcrypt.checkpw(encoded if fits else b"-", stored or _decoy(BCRYPT_COST))
    return same and fits and bool(stored)
