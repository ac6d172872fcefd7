"""How numbers, sizes, moments and hostile text read in the report."""

# The tables below show what a reader sees, look-alike characters included.
# ruff: noqa: RUF001
from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.reporting import formatting

BIDI_OVERRIDE = "\u202e"


def plain(text: str) -> str:
    """The text with ordinary spaces and hyphens, so that the tables below can be read."""
    return text.replace(formatting.SEPARATOR, " ").replace(formatting.MINUS, "-").replace(formatting.NOTHING, "nothing")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0"),
        (999, "999"),
        (1_234_567, "1 234 567"),
        (-1_234, "-1 234"),
        (2**63, "9 223 372 036 854 775 808"),
        (10**24, "1.00000 × 10²⁴"),
        (1234.5, "1 234.50"),
        (0.0, "0.00"),
        (12.3456789, "12.346"),
        (0.012345678, "0.012346"),
        (1.5e18, "1.50000 × 10¹⁸"),
        (-2.5e-7, "-2.50000 × 10⁻⁷"),
        (None, "nothing"),
        (float("nan"), "nothing"),
        (float("inf"), "nothing"),
        (True, "nothing"),
        ("12", "nothing"),
    ],
)
def test_quantity(value, expected):
    """Whole numbers are exact, others keep about six digits, and what is no number says nothing."""
    assert plain(formatting.quantity(value)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(99_999.26, "99 999.26"), (100_000.4, "100 000"), (-563_482_881.27, "-563 482 881"), (1.5e18, "1.50000 × 10¹⁸")],
)
def test_rounded(value, expected):
    """An uncertain number drops its decimals once its whole part has six digits."""
    assert plain(formatting.rounded(value)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.00 kB"),
        (999_499, "999 kB"),
        (999_500, "1.00 MB"),
        (67_108_864, "67.1 MB"),
        (412_345_678, "412 MB"),
        (1_019_532_110, "1.02 GB"),
        (5 * 10**12, "5.00 TB"),
        (1.2345e16, "12 345 TB"),
        (None, "nothing"),
    ],
)
def test_file_size(value, expected):
    """Sizes use decimal units with three digits, and the largest unit grows without bound."""
    assert plain(formatting.file_size(value)) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.412, "0.41 s"),
        (12.345, "12.3 s"),
        (59.96, "1 min 00 s"),
        (125, "2 min 05 s"),
        (3723.4, "1 h 02 min 03 s"),
        (None, "nothing"),
    ],
)
def test_duration(seconds, expected):
    """Durations read as a person says them."""
    assert plain(formatting.duration(seconds)) == expected


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0, "0 %"),
        (0.0064, "0.64 %"),
        (-0.0153, "-1.53 %"),
        (0.75, "75.0 %"),
        (12.5, "1 250 %"),
        (0.00001, "0.001 %"),
        (0.0000002, "2.0 × 10⁻⁵ %"),
        (1e9, "1.0 × 10¹¹ %"),
        (None, "nothing"),
    ],
)
def test_percent(share, expected):
    """A small share never reads as 0 %, and a huge one stays short."""
    assert plain(formatting.percent(share)) == expected


def test_signed_percent_marks_gains():
    """A gain carries a plus sign; no difference carries none."""
    assert [plain(formatting.signed_percent(share)) for share in (0.5, -0.5, 0)] == ["+50.0 %", "-50.0 %", "0 %"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31T12:00:00.000Z", "2026-01-31 12:00:00 UTC"),
        ("2026-01-31T12:00:00+02:00", "2026-01-31 12:00:00 +0200"),
        ("2026-01-31T12:00:00", "2026-01-31 12:00:00"),
        ("yesterday", "yesterday"),
        (None, "nothing"),
    ],
)
def test_moment(text, expected):
    """Moments read to the second with their zone; anything else stands as it is."""
    assert plain(formatting.moment(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain ümlaut 漢字", "plain ümlaut 漢字"),
        ("a\x00b\r\n", "a‹NUL›b‹CR›‹LF›"),
        ("\x1f\x7f\x85", "‹US›‹U+007F›‹U+0085›"),
        (f"x{BIDI_OVERRIDE}txt.exe", "x‹U+202E›txt.exe"),
        ("\ud800", "‹U+D800›"),
        ("\u2028\ufeff", "‹U+2028›‹U+FEFF›"),
    ],
)
def test_visible(text, expected):
    """What cannot be seen, turns text round or cannot be encoded is spelled out."""
    assert formatting.visible(text) == expected


@given(st.text(alphabet=st.characters(codec=None), max_size=300), st.integers(1, 250))
def test_visible_is_short_and_can_be_encoded(text, limit):
    """Whatever the text, the result fits the limit, can be encoded and holds no control character."""
    result = formatting.visible(text, limit)
    assert len(result) <= limit
    assert not any(ord(character) < 0x20 for character in result)
    result.encode()


def test_visible_never_cuts_a_name_in_two():
    """A spelled-out character is kept whole or left out."""
    assert formatting.visible("abc\x00\x00", 9) == "abc‹NUL›…"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "nothing"),
        ("", "nothing"),
        ([], "nothing"),
        (True, "yes"),
        (False, "no"),
        (3600.0, "3600"),
        (0.005, "0.005"),
        (["a", 1], "a, 1"),
        ({"delimiter": ";", "header": True}, "delimiter ;, header yes"),
    ],
)
def test_shown(value, expected):
    """Any JSON value becomes one line."""
    assert plain(formatting.shown(value)) == expected


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (12.4, "12 s"), (89, "89 s"), (100, "2 min"), (5000, "83 min"), (7900, "2 h 10 min")],
)
def test_times_are_as_coarse_as_estimates(seconds, words):
    """Seconds, then minutes, then tens of minutes."""
    assert plain(formatting.coarse_duration(seconds)) == words


@pytest.mark.parametrize(("rows", "said"), [(0, 0), (999, 999), (1234, 1230), (357_142, 357_000)])
def test_rows_are_as_coarse(rows, said):
    """Three digits, whatever the size."""
    assert formatting.coarse(rows) == said


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5.0, "5.00"), (3700.0, "1 h 01 min"), (90_000.0, "1 day 1 h"), (200_000.0, "2 days 7 h")],
)
def test_long_times(seconds, words):
    """Two units at most."""
    assert plain(formatting.long_duration(seconds)).startswith(words)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.0004, "0.4 ms"), (0.00996, "10.0 ms"), (0.0123, "12 ms"), (1.25, "1 250 ms")]
)
def test_a_moments_work(seconds, words):
    """A decimal below ten milliseconds, none above."""
    assert plain(formatting.milliseconds(seconds)) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-01-31T12:00:00Z", "just now"),
        ("2026-01-31T12:00:03Z", "just now"),
        ("2026-01-31T11:59:01Z", "just now"),
        ("2026-01-31T11:57:00+00:00", "3 min ago"),
        ("2026-01-31T10:00:00Z", "2 h ago"),
        ("2026-01-30T11:00:00Z", "1 day ago"),
        ("2025-01-31T12:00:00Z", "365 days ago"),
        ("2026-01-31T13:00:00Z", "2026-01-31 13:00:00 UTC"),
        ("2026-01-31T11:00:00", "2026-01-31 11:00:00"),
        ("yesterday", "yesterday"),
        (None, "nothing"),
    ],
)
def test_how_long_ago(text, words):
    """In the largest unit; what is still to come, or of no zone, is written as a moment."""
    assert plain(formatting.ago(text, datetime(2026, 1, 31, 12, tzinfo=UTC))) == words


def test_fixed():
    """As many decimals as asked for, and the same signs as everywhere."""
    assert [plain(formatting.fixed(value, 2)) for value in (0, 0.375, -1234.5)] == ["0.00", "0.38", "-1 234.50"]


def test_day_and_time():
    """The day of the week, the day, the month, the year and the minute."""
    assert formatting.day_and_time(datetime(2026, 11, 3, 6, 5, tzinfo=UTC)) == "Tue 3 Nov 2026, 06:05"
