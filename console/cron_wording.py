"""What is said of cron expressions, in one table."""

from __future__ import annotations

from etl_batch.language import become_table

LIST = "{first} and {last}"
AT = "at {times}"
EVERY_MINUTE = "every minute"
EVERY_MINUTES = "every {number} minutes"
EVERY_HOUR = "at the start of every hour"
OF_EVERY_HOUR = "{minutes} of every hour"
MINUTES_AND_HOURS = "{minutes} {hours}"
EVERY_DAY = "every day"
DAY_OR_WEEKDAY = "{day} or {weekday}"
DAY_IF_WEEKDAY = "{day}, and only {weekday}"
LAST_DAY = "on the last day of the month"
LAST_WEEKDAY = "on the last weekday of the month"
MINUTES = {
    "one": "at minute {values}",
    "several": "at minutes {values}",
    "range": "every minute from {first} through {last}",
    "stepped": "every {step} minutes from {first} through {last}",
    "step": "every {step} minutes",
    "every": "every minute",
}
HOURS = {
    "one": "in the hour of {values}",
    "several": "in the hours of {values}",
    "range": "from {first} through {last}",
    "stepped": "every {step} hours from {first} through {last}",
    "step": "every {step} hours",
    "every": "in every hour",
}
DAYS = {
    "one": "on day {values} of the month",
    "several": "on days {values} of the month",
    "range": "on days {first} through {last} of the month",
    "stepped": "every {step} days from day {first} through {last} of the month",
    "step": "every {step} days of the month",
    "every": "every day",
}
DAYS_OF_WEEK = {
    "one": "on {values}",
    "several": "on {values}",
    "range": "on {first} through {last}",
    "stepped": "every {step} days from {first} through {last}",
    "step": "every {step} days of the week",
    "every": "every day",
}
MONTHS_SAID = {
    "one": "in {values}",
    "several": "in {values}",
    "range": "in {first} through {last}",
    "stepped": "every {step} months from {first} through {last}",
    "step": "every {step} months",
    "every": "every month",
}
ON_WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
FORMS_OF_WEEKDAYS = (0, 0, 0, 0, 0, 0, 0, 0)
"""Which of the two forms below each has, in languages with genders."""
NTH_WEEKDAYS = {
    nth: (f"on the {word} {{day}} of the month",) * 2
    for nth, word in {-1: "last", 1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth"}.items()
}
WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "",
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

become_table(__name__)
