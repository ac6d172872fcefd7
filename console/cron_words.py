"""A cron expression in words, in the language that is spoken: when in a day, on which days, in which months.

The fields are taken apart by `cronsim`, whose own words are English only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cronsim.explain import Expression, Field, format_time
from cronsim.explain import Sequence as Part

from console import cron_wording as wording

MOST_TIMES = 4
"""Times of a day that are listed; more are said by minutes and hours."""
LAST, LAST_WEEKDAY = -1, -2


def explain(expression: str) -> str:
    """What a valid expression means, such as `At 06:00 on Monday through Friday`."""
    cron = Expression(expression.upper().split())
    times = _times_of_day(cron)
    days = _days(cron) or (wording.EVERY_DAY if times else "")
    said = " ".join(filter(None, (times or _minutes_and_hours(cron), days, _months(cron))))
    return said[0].upper() + said[1:]


def _times_of_day(cron: Expression) -> str:
    """The times, where they are few; else nothing."""
    hours, minutes = cron.hour, cron.minute
    if not (hours.all_singles and minutes.all_singles and len(hours.parsed) * len(minutes.parsed) <= MOST_TIMES):
        return ""
    times = [format_time(hour, minute) for hour in sorted(hours.singles()) for minute in sorted(minutes.singles())]
    return wording.AT.format(times=_listed(times))


def _minutes_and_hours(cron: Expression) -> str:
    hours, minutes = cron.hour, cron.minute
    if hours.star:
        if minutes.star:
            return wording.EVERY_MINUTE
        step = _step(minutes)
        if step is not None:
            return wording.EVERY_MINUTES.format(number=step)
        if minutes.single_value == 0:
            return wording.EVERY_HOUR
        return wording.OF_EVERY_HOUR.format(minutes=_minutes(minutes))
    return wording.MINUTES_AND_HOURS.format(minutes=_minutes(minutes), hours=_hours(hours))


def _step(field: Field) -> int | None:
    """The step of a field that is nothing but one, such as `*/5`."""
    return field.parsed[0].step if len(field.parsed) == 1 and field.parsed[0].start is None else None


def _minutes(field: Field) -> str:
    if field.star:
        return wording.EVERY_MINUTE
    return _said(field, wording.MINUTES, str)


def _hours(field: Field) -> str:
    return _said(field, wording.HOURS, lambda hour: format_time(hour, 0), end=lambda hour: format_time(hour, 59))


def _days(cron: Expression) -> str:
    day, weekday = cron.day, cron.dow
    if day.star and weekday.star:
        return ""
    if weekday.star:
        return _of_month(day)
    if day.star:
        return _weekdays(weekday)
    both = wording.DAY_IF_WEEKDAY if cron.day_and else wording.DAY_OR_WEEKDAY
    return both.format(day=_of_month(day), weekday=_weekdays(weekday))


def _of_month(field: Field) -> str:
    named = {LAST: wording.LAST_DAY, LAST_WEEKDAY: wording.LAST_WEEKDAY}
    return _said(field, wording.DAYS, str, lambda part: named[part.start or 0])


def _weekdays(field: Field) -> str:
    def nth(part: Part) -> str:
        day = part.start or 0
        form = wording.NTH_WEEKDAYS[part.nth or 0][wording.FORMS_OF_WEEKDAYS[day]]
        return form.format(day=wording.WEEKDAYS[day])

    each = {day: wording.ON_WEEKDAYS[day] for day in range(len(wording.ON_WEEKDAYS))}
    return _said(field, wording.DAYS_OF_WEEK, lambda day: wording.WEEKDAYS[day], nth, single=each.__getitem__)


def _months(cron: Expression) -> str:
    return "" if cron.month.star else _said(cron.month, wording.MONTHS_SAID, lambda month: wording.MONTHS[month])


def _said(
    field: Field,
    words: Mapping[str, str],
    name: Callable[[int], str],
    nth: Callable[[Part], str] | None = None,
    *,
    single: Callable[[int], str] | None = None,
    end: Callable[[int], str] | None = None,
) -> str:
    """The parts of a field: single values together, then ranges, steps, and those that a calendar has to tell."""
    alone = (part.start for part in field.parsed if part.is_single() and part.nth is None and part.start is not None)
    singles = [(single or name)(value) for value in alone]
    said = [words["one" if len(singles) == 1 else "several"].format(values=_listed(singles))] if singles else []
    for part in field.parsed:
        if part.nth is not None and nth is not None:
            said.append(nth(part))
        elif part.start is None:
            said.append(words["step" if part.step > 1 else "every"].format(step=part.step))
        elif part.start != part.stop and part.stop is not None:
            form = words["range" if part.step == 1 else "stepped"]
            said.append(form.format(first=name(part.start), last=(end or name)(part.stop), step=part.step))
    return _listed(said)


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else wording.LIST.format(first=", ".join(parts[:-1]), last=parts[-1])
