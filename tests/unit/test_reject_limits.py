"""How many rejects a run may have: numbers, shares, and what holds when nothing is said."""

from __future__ import annotations

from fractions import Fraction

import pytest

from etl_batch.reject_limits import RejectLimit, share_text


@pytest.mark.parametrize(
    ("value", "written", "rejected", "passed"),
    [
        (None, 0, 0, False),
        (None, 1, 1, False),
        (None, 1, 2, True),
        (None, 0, 1, True),
        (0, 9, 0, False),
        (0, 9, 1, True),
        (5, 1, 5, False),
        (5, 1, 6, True),
        (5, 0, 3, True),
        ("50%", 1, 1, False),
        ("75%", 1, 3, False),
        ("75%", 100, 301, True),
        ("0.1%", 999, 1, False),
        ("0.1%", 998, 1, True),
        ("0%", 10**15, 1, True),
        ("99.9%", 0, 1, True),
        ("100%", 0, 7, False),
        ("100.0%", 0, 7, False),
    ],
)
def test_when_the_limit_is_passed(value: int | str | None, written: int, rejected: int, passed: bool) -> None:
    """To the record; nothing but rejects is too many unless all of them are allowed in so many words."""
    assert RejectLimit.of(value).is_passed_at_the_end(written, rejected) is passed


def test_only_a_number_is_passed_before_the_end() -> None:
    """What is still to come may make any share small again."""
    assert RejectLimit.of(3).is_passed(4)
    assert not RejectLimit.of(3).is_passed(3)
    assert not RejectLimit.of("1%").is_passed(10**6)
    assert not RejectLimit.of(None).is_passed(10**6)


def test_a_share_is_kept_to_the_last_digit() -> None:
    """As text, for a double has no tenth of a per cent."""
    assert share_text(" 0.10 % ") == "0.10%"
    assert RejectLimit.of("0.10%").share == Fraction(1, 1000)


@pytest.mark.parametrize("text", ["", "%", "5", "-1%", "100.1%", "1e1%", "five%", "5%%", "\u0665%", "1.%", "nan%"])
def test_what_is_no_share(text: str) -> None:
    """Anything but digits, perhaps a point, and the sign, up to all."""
    with pytest.raises(ValueError, match=r"^"):
        share_text(text)
