"""How the report writes things for a person: numbers, sizes, durations, moments, and text that came from data."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import accumulate

from etl_batch.record.values import number
from etl_batch.reporting import wording
from etl_batch.settings import is_setting, setting
from etl_batch.spelling import NO_UTF8, spelled

NOTHING = "\N{EN DASH}"
SEPARATOR = "\N{NARROW NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
CELL_LENGTH = 120
_CLOCKS_APART = timedelta(seconds=5)
NAME_LENGTH = 60

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_OPEN, _CLOSE = "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}", "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"
_CONTROL_NAMES = (
    *("NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "TAB", "LF", "VT", "FF", "CR", "SO", "SI"),
    *("DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS", "RS", "US"),
)
# Cc and Cf hold what is invisible or turns text round, Cs cannot be encoded, Zl and Zp break lines.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def _spelled(character: str) -> str:
    """The character itself, or its name between guillemets when it cannot be seen or cannot be encoded."""
    code = ord(character)
    if code in NO_UTF8:
        return spelled(character)
    if code < len(_CONTROL_NAMES):
        return f"{_OPEN}{_CONTROL_NAMES[code]}{_CLOSE}"
    return f"{_OPEN}U+{code:04X}{_CLOSE}" if unicodedata.category(character) in _INVISIBLE else character


def visible(text: str, limit: int = CELL_LENGTH) -> str:
    """`text` with every control, format and surrogate character spelled out, in at most `limit` characters.

    The result can always be encoded; what was cut is announced by an ellipsis.
    """
    # Only the beginning is looked at, so that a cell of many megabytes costs nothing.
    spelled = [_spelled(character) for character in text[: limit + 1]]
    if sum(map(len, spelled)) <= limit:
        return "".join(spelled)
    ends = accumulate(map(len, spelled))
    return "".join(part for part, end in zip(spelled, ends, strict=True) if end < limit) + "…"


def shown(value: object, limit: int = CELL_LENGTH) -> str:
    """Any JSON value as one short, visible line; nested values are joined by commas."""
    if value is None or value == "" or value == [] or value == ():
        return NOTHING
    if isinstance(value, bool):
        return wording.YES if value else wording.NO
    if isinstance(value, float):
        return _written(f"{value!r}".removesuffix(".0"))
    if isinstance(value, Mapping):
        return visible(", ".join(f"{key} {shown(item, limit)}" for key, item in list(value.items())[:limit]), limit)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return visible(", ".join(shown(item, limit) for item in value[:limit]), limit)
    return visible(str(value), limit)


def _written(digits: str) -> str:
    """A number as Python writes it, in the signs of the language that is spoken."""
    return digits.replace(",", "\0").replace(".", wording.DECIMAL_SIGN).replace("\0", wording.THOUSANDS_SIGN)


def _signed(value: float, digits: str) -> str:
    return MINUS + _written(digits) if value < 0 else _written(digits)


def _unit(digits: str, unit: str) -> str:
    return f"{digits}{SEPARATOR}{unit}"


def _scientific(magnitude: float, decimals: int = 5) -> str:
    mantissa, _, exponent = f"{magnitude:.{decimals}e}".partition("e")
    return f"{mantissa} \N{MULTIPLICATION SIGN} 10{str(int(exponent)).translate(_SUPERSCRIPTS)}"


def _decimals(magnitude: float) -> int:
    """Decimals that keep about six significant digits, two at least."""
    return 2 if magnitude >= 100 or magnitude == 0 else min(9, 4 - math.floor(math.log10(magnitude)))


def quantity(value: object) -> str:
    """A number with thin separators between thousands: whole numbers exactly, others to about six digits."""
    plain = number(value)
    if plain is None:
        return NOTHING
    magnitude = abs(plain)
    if isinstance(magnitude, int) and magnitude < 1e24:
        return _signed(plain, f"{magnitude:,}")
    if magnitude >= 1e15 or 0 < magnitude < 1e-4:
        return _signed(plain, _scientific(magnitude))
    return _signed(plain, f"{magnitude:,.{_decimals(magnitude)}f}")


def typed_number(value: float | None) -> str:
    """A number as a person types it, in ten digits at most, and no decimals that say nothing: `9.5`."""
    if value is None:
        return NOTHING
    magnitude = abs(value)
    if isinstance(magnitude, int):
        return _signed(value, f"{magnitude:,}")
    return _signed(value, f"{magnitude:,.10g}" if magnitude < 1e15 else _scientific(magnitude))


def ordinal(place: int) -> str:
    """The number of what stands at a place that is counted from nought: people count records from 1, as lines."""
    return quantity(place + 1)


def fixed(value: float, decimals: int) -> str:
    """A reading with so many decimals, whatever its size: `0.40`."""
    return _signed(value, f"{abs(value):,.{decimals}f}")


def coarse(value: int, digits: int = 3) -> int:
    """An estimated whole number to so many digits, as one that is no more exact than that."""
    return round(value, -max(len(str(value)) - digits, 0))


def rounded(value: object) -> str:
    """An uncertain number: as `quantity`, without decimals once the whole part has six digits."""
    plain = number(value)
    return quantity(round(plain) if plain is not None and 1e5 <= abs(plain) < 1e15 else plain)


def short_number(value: float) -> str:
    """A round number of a scale: `0.5`, `200`, `5k`, `20M`."""
    for power, unit in ((9, "G"), (6, "M"), (3, "k")):
        if 10**power <= abs(value) < 10 ** (power + 3):
            return _written(f"{value / 10**power:.3g}{unit}")
    return _written(f"{value:.3g}")


def file_size(value: object) -> str:
    """A number of bytes in decimal units: 1 MB is 1,000,000 bytes."""
    size = number(value)
    if size is None:
        return NOTHING
    if abs(size) < 999.5:
        return _unit(quantity(round(size)), "B")
    units = ("kB", "MB", "GB", "TB")
    power = next((power for power in (1, 2, 3) if abs(size) / 1000**power < 999.5), len(units))
    scaled = size / 1000**power
    if abs(scaled) >= 999.5:
        return _unit(quantity(round(scaled)), units[-1])
    decimals = 2 if abs(scaled) < 9.995 else 1 if abs(scaled) < 99.95 else 0
    return _unit(_signed(scaled, f"{abs(scaled):.{decimals}f}"), units[power - 1])


def duration(value: object) -> str:
    """Seconds as a person says them: `0.42 s`, `12.3 s`, `2 min 05 s`, `1 h 02 min 03 s`."""
    seconds = number(value)
    if seconds is None:
        return NOTHING
    if seconds < 59.95:
        return _unit(_written(f"{seconds:.2f}" if seconds < 9.995 else f"{seconds:.1f}"), "s")
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    tail = _unit(f"{rest:02d}", "s")
    if not hours:
        return f"{_unit(str(minutes), 'min')} {tail}"
    return f"{_unit(quantity(hours), 'h')} {_unit(f'{minutes:02d}', 'min')} {tail}"


def milliseconds(seconds: object) -> str:
    """A moment's work: `0.4 ms`, `1 250 ms`."""
    plain = number(seconds)
    if plain is None:
        return NOTHING
    thousandths = plain * 1000
    return _unit(quantity(round(thousandths)) if thousandths >= 10 else fixed(thousandths, 1), "ms")


def coarse_duration(seconds: float) -> str:
    """Seconds in words as coarse as an estimate is: `3 s`, `4 min`, `2 h 10 min`."""
    if seconds < 90:
        return _unit(quantity(max(round(seconds), 1)), "s")
    minutes = round(seconds / 60)
    if minutes < 90:
        return _unit(quantity(minutes), "min")
    hours, minutes = divmod(round(minutes, -1), 60)
    return f"{_unit(quantity(hours), 'h')} {_unit(quantity(minutes), 'min')}"


def long_duration(seconds: float) -> str:
    """A long time in its two largest units: `3 days 4 h`, `2 h 05 min`, `1 min 12 s`."""
    days, rest = divmod(int(seconds), 24 * 3600)
    hours, minutes = divmod(rest // 60, 60)
    if days:
        return f"{counted(days, 'day')} {_unit(quantity(hours), 'h')}"
    return f"{_unit(quantity(hours), 'h')} {_unit(f'{minutes:02d}', 'min')}" if hours else duration(float(int(seconds)))


def percent(share: object) -> str:
    """A share of one as a percentage of about three digits; a share that is small but not nought never reads as 0 %."""
    plain = number(share)
    if plain is None:
        return NOTHING
    hundredths = abs(plain) * 100
    if hundredths == 0:
        digits = "0"
    elif hundredths < 1e-4 or hundredths >= 1e9:
        digits = _scientific(hundredths, 1)
    elif hundredths < 0.1:
        digits = f"{hundredths:.2g}"
    else:
        digits = f"{hundredths:,.{2 if hundredths < 10 else 1 if hundredths < 1000 else 0}f}"
    return _unit(_signed(plain, digits), "%")


def plain_percent(share: float, decimals: int | None = None) -> str:
    """A share as a percentage with that many decimals, or with the few digits that a round number needs: `0.5 %`."""
    hundredths = share * 100
    return _unit(_written(f"{hundredths:.3g}" if decimals is None else f"{hundredths:.{decimals}f}"), "%")


def signed_percent(share: object) -> str:
    """A relative difference: as `percent`, with a plus sign before gains."""
    plain = number(share)
    return f"+{percent(plain)}" if plain is not None and plain > 0 else percent(plain)


def parse_moment(text: object) -> datetime | None:
    """An RFC 3339 moment, or None when it is not one."""
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def moment(text: object) -> str:
    """An RFC 3339 moment to the second, as `2026-01-31 12:00:00 UTC` or as the language that is spoken writes it.

    Anything else as it stands.
    """
    parsed = parse_moment(text)
    if parsed is None:
        return shown(text, 40)
    zone = "UTC" if parsed.utcoffset() is not None and not parsed.utcoffset() else parsed.strftime("%z")
    return f"{parsed.strftime(wording.MOMENT)} {zone}".rstrip()


def ago(text: object, now: datetime) -> str:
    """How long ago an RFC 3339 moment was, in its largest unit: `just now`, `3 min ago`, `2 days ago`.

    What is no moment of a known zone, or still to come, is written as `moment` does.
    """
    parsed = parse_moment(text)
    if parsed is None or parsed.tzinfo is None or parsed > now + _CLOCKS_APART:
        return moment(text)
    minutes = max(int((now - parsed).total_seconds()), 0) // 60
    if not minutes:
        return wording.JUST_NOW
    hours, days = minutes // 60, minutes // (24 * 60)
    span = counted(days, "day") if days else _unit(quantity(hours or minutes), "h" if hours else "min")
    return wording.AGO.format(span=span)


def day_and_time(moment: datetime) -> str:
    """A moment on the clock of its own zone, as people write it: `Mon 23 Nov 2026, 06:00`."""
    weekday, month = wording.WEEKDAYS[moment.weekday()], wording.MONTHS[moment.month - 1]
    return wording.DAY_AND_TIME.format(
        weekday=weekday, day=moment.day, month=month, year=moment.year, time=f"{moment:%H:%M}"
    )


def words(name: str) -> str:
    """A key as words: `peak_memory_bytes` becomes `peak memory bytes`; of a reason to reject there are own ones."""
    return visible(wording.REASON_WORDS.get(name) or name.replace("_", " "), NAME_LENGTH)


def setting_name(name: str) -> str:
    """What a setting is called; the key as words where this version has no such setting."""
    return setting(name).title if is_setting(name) else words(name)


def counted(count: int, noun: str) -> str:
    """`1 input`, `3 inputs`, of a noun from the table."""
    one, many = wording.NOUNS[noun]
    return f"{quantity(count)} {one if count == 1 else many}"
