"""Passwords: the rules they must meet, hashing with bcrypt, and checking without telling names apart by time."""

from __future__ import annotations

import functools
import secrets
import unicodedata

import bcrypt

from etl_batch.errors import UsageError

MINIMUM_CHARACTERS = 10
MAXIMUM_BYTES = 72
BCRYPT_COST = 12
"""Each step doubles the work of one check; 12 costs about a quarter of a second."""


def _encode(password: str) -> bytes:
    # Two keyboards may send the same character as one code point or as two.
    return unicodedata.normalize("NFC", password).encode()


def check_rules(password: str) -> None:
    """Raise `UsageError` with one sentence when a password is too short, too long or holds a NUL."""
    if len(password) < MINIMUM_CHARACTERS:
        raise UsageError(f"The password has {len(password)} characters; use at least {MINIMUM_CHARACTERS}.")
    size = len(_encode(password))
    if size > MAXIMUM_BYTES:
        raise UsageError(f"The password is {size} bytes long and only {MAXIMUM_BYTES} would count; use a shorter one.")
    if "\x00" in password:
        raise UsageError("The password holds a NUL character; leave it out.")


def hash_password(password: str) -> bytes:
    """The bcrypt hash of a password that meets the rules; raises `UsageError` when it does not."""
    check_rules(password)
    return bcrypt.hashpw(_encode(password), bcrypt.gensalt(BCRYPT_COST))


@functools.cache
def _decoy(cost: int) -> bytes:
    return bcrypt.hashpw(secrets.token_bytes(16), bcrypt.gensalt(cost))


def matches(password: str, stored: bytes | None) -> bool:
    """Whether a password belongs to a stored hash; without a hash (unknown name) the same work is done in vain."""
    encoded = _encode(password)
    fits = len(encoded) <= MAXIMUM_BYTES and b"\x00" not in encoded
    same = bcrypt.checkpw(encoded if fits else b"-", stored or _decoy(BCRYPT_COST))
    return same and fits and stored is not None
