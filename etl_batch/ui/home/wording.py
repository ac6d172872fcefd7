"""What is said by the Home screen: its sentences and labels, in one table."""

from __future__ import annotations

from etl_batch.language import become_table

# view
TITLE = "Home"
LEAD = "What runs, what ran, and what needs you."
WELCOME = "Nothing has run here yet"
FIRST_STEPS = (
    "Open Launch. The first input is picked already.",
    "Press “Launch run” and watch it live.",
    "Read the report, look at the analytics, download the clean CSV and Parquet files.",
)
FIRST_STEPS_VIEWER = ("Ask a super_admin to launch the first run; its results show up here.",)
TO_LAUNCH = "Go to Launch"
TO_RUNS = "All runs"
WATCH = "Watch it live"
OPEN = "See the run"
ACTIVE = "Running now"
IDLE = "Nothing is running."
RECENT = "Recent runs"
RECENT_LEAD = "The last {number}: how long each took, the newest on the right. A bar leads to its run."
LIST = "The newest runs"
FAILURES = "Needs you"
FAILURES_LEAD = "Runs of the last seven days that failed and that nobody has acknowledged."
ACKNOWLEDGE = "Acknowledge"
ACKNOWLEDGE_ALL = "Acknowledge all"
ACKNOWLEDGE_HELP = "Puts it away here for everybody. The run stays, and the audit log keeps who did it and when."
RUNNING = "Running"
RIGHT_NOW = "right now"
SUCCEEDED = "Succeeded"
LAST_SEVEN_DAYS = "last seven days"
FAILED = "Failed"
ROWS_WRITTEN = "Rows written"
DISK_LEFT = "Disk left"
DISK_FREE = "{share} free"
OLDER_FAILURES = "And {failures}."

become_table(__name__)
