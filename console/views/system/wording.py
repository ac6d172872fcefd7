"""What is said by the System screen: its sentences and labels, in one table."""

from __future__ import annotations

from console.health import CheckState
from etl_batch.language import become_table

# view
TITLE = "System"
LEAD = "The machine, the versions and the settings."
NOW = "Right now"
NOW_LEAD = "Taken again every two seconds."
CORES = "Processor cores"
CORE = "Core {number}"
DISKS = "Disks"
DISK_WORDS = "{used} used, {free} free of {total}"
GPU = "GPU"
NO_GPU = "No GPU found."
GPU_WORDS = "{load} busy, {used} of {total} in use"
HEALTH = "Health"
HEALTH_LEAD = "Looked at when this page was opened."
STATE_WORDS = {CheckState.GOOD: "Fine.", CheckState.WARN: "Look at this.", CheckState.BAD: "Needs you."}
AGAIN = "Check again"
SPACE = "What takes the space"
SPACE_LEAD = "The home's own files, measured {when}."
MEASURING = "The files are being measured; load the page again in a moment."
MEASURE = "Measure again"
MEASURE_HELP = "Walks through every file in the background."
PARTS = {
    "inputs": ("Inputs", "data/"),
    "outputs": ("Outputs", "output/"),
    "backups": ("Backups", "output/"),
    "runs": ("Runs", "output/runs/"),
    "reports": ("Reports", "report/"),
    "console": ("Console", ".secrets/"),
}
VERSIONS = "Versions"
WAITING = "{number} waiting"
PROCESSOR = "Processor"
LOAD = "Load"
LOAD_BEFORE = "{five} and {fifteen} before"
MEMORY = "Memory"
MEMORY_LEFT = "{left} of {total} left"
RUNS_AT_WORK = "Runs at work"
SESSIONS = "Sessions"
SIGNED_IN = "signed in"
UP_FOR = "Console up for"
MACHINE_UP = "the machine for {span}"
FILES_IN = "{files} in {where}"
GPU_STATE = "GPU: {state}"

# settings_form
SETTINGS = "Settings"
SETTINGS_LEAD = "They hold from the next run on, for the console and for the command line."
SAVE = "Save: {section}"
SAVED = "{number} changed: {names}."
UNCHANGED = "Nothing was changed."
WRONG = "Nothing was saved. What is wrong stands beside its field."
NO_NUMBER = "Give a number."
NOT_SET = "not set"
IS_SET = "is set; type another one to change it"
REMOVE = "Remove the {name}"

become_table(__name__)
