"""What is said by the Schedules screen: its sentences and labels, in one table."""

from __future__ import annotations

from console.schedules import Missed
from etl_batch.language import become_table

# view
TITLE = "Schedules"
LEAD = "Runs that start by themselves, and when."
EMPTY = "There is no schedule yet."
EMPTY_VIEWER = "There is no schedule yet. A super_admin adds the first one."
LIST = "All schedules"
LIST_LEAD = "Times are those of {zone}, the time zone of your browser."
DID_NOT_RUN = "did not run"
WHEN = "When"
WHAT = "Runs"
OWNER = "Owner"
MISSED = "If missed"
RETRIES_SAID = "Tried again"
RETRIES_TIMES = "{times}, after an error that may pass"
LAST = "Last"
WHEN_WORDS = "{words}, {zone} time"
PRESET = "preset {name}"
OWN = "{inputs} to {outputs}"
MISSED_WORDS = {Missed.SKIP: "nothing, the next time is soon enough", Missed.ONCE: "one run when the console is back"}
LAST_WORDS = "{moment}: {word}"
NO_RUN = "no run"
NEXT = "Next five times"
NEXT_PAUSED = "It is paused: its times pass without a run."
RUN_NOW = "Run now"
RUN_NOW_HELP = "Puts a run on the queue at once, in your name."
PAUSE = "Pause"
PAUSE_HELP = "Its times pass without a run until you resume it."
RESUME = "Resume"
RESUME_HELP = "Goes on with its next time from now."
EDIT = "Edit"
DELETE = "Delete"
SURE = "The schedule goes; runs it has started stay in the history."
SURE_BUTTON = "Delete this schedule"
SEE_RUN = "See the last run"
QUEUED = "Run {run_id} is on the queue."
MORE = "Page"
UPCOMING = "Next schedules"
TO_SCHEDULES = "All schedules"
ACTIVE = "active"
PAUSED = "paused"
ENDED = "over"
RESUMED = "{name} goes on."
PAUSED_DONE = "{name} is paused."
DELETED = "{name} was deleted."

# form
ADD = "Add a schedule"
CHANGE = "Change a schedule"
NAME = "Name"
NAME_HELP = "1 to 64 characters; it cannot be changed later."
CRON = "Cron expression"
CRON_HELP = (
    "Five fields: minute, hour, day of month, month, day of week. 0 6 * * 1-5 is 06:00 from Monday to Friday,"
    " */15 * * * * every quarter of an hour, 0 0 L * * midnight at the start of a month's last day."
)
ZONE = "Time zone"
ZONE_HELP = "Whose clock the expression follows, summer time included."
FORM_WHAT = "What to run"
WHAT_HELP = "A preset is looked up each time, so a change to it counts; a run's settings are copied as they are now."
FORM_MISSED = "If no console was running then"
RETRIES = "Retries"
RETRIES_EMPTY = "as its settings say"
RETRIES_HELP = (
    "How often a run is tried again after an error that may pass: a full disk, an engine that was killed. While "
    "it waits for another try it counts as under way, so a time that comes meanwhile is passed over."
)
MISSED_HELP = "However many times were missed, it is one run at most."
FORM_MISSED_WORDS = {Missed.SKIP: "Skip it", Missed.ONCE: "Run once when it is back"}
PRESET_OPTION = "Preset {name}"
OWN_OPTION = "The settings it has now"
RUN_OPTION = "As run {run_id}: {inputs}"
NOTHING_TO_RUN = "There is nothing to schedule yet: save a preset on the Launch screen, or launch a run once."
FORM_NEXT = "Next five times, {zone}"
SAVE = "Save schedule"
CANCEL = "Do not change it"
TAKES_OVER = "You become its owner: its runs are yours."
SAVED = "{name} is saved. {words}, {zone} time."
FIRST_CRON = "0 6 * * *"
READ_AS = "{words}, {zone} time."

# times
NEVER = "not yet"
FROM_NOW = "in {span}"

become_table(__name__)
