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
CLUSTER = "Cluster"
CLUSTER_LEAD = "What the scheduler at {address} says, asked every two seconds. A run goes there when Launch says so."
CLUSTER_ASKED = "The scheduler is being asked."
CLUSTER_WORKERS = "Workers"
CLUSTER_THREADS = "Threads"
CLUSTER_TASKS = "Tasks"
CLUSTER_TASKS_NOTE = "at work now"
MEMORY_OF = "of {total}"
NO_MEMORY_LIMIT = "no limit is set"
DASHBOARD = "Dask's own page"
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
ENGINE = "Quantum ETL"
PYTHON = "Python"
RUN_METADATA = "Run metadata"
SCHEMA = "schema {number}"
DATABASE = "Database"
MIGRATION = "migration {number}"
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
SETTINGS_LEAD = "They apply from the next run on, for the console and for the command line."
SAVE = "Save: {section}"
SAVED = "{number} changed: {names}."
UNCHANGED = "Nothing was changed."
WRONG = "Nothing was saved. What is wrong stands beside its field."
NO_NUMBER = "Give a number."
NOT_SET = "not set"
IS_SET = "is set; type another one to change it"
REMOVE = "Remove the {name}"

# sign_on_form
SIGN_ON = "Single sign-on"
SIGN_ON_LEAD = (
    "People sign in at an OpenID Connect provider, which says what they may do here. Register the console there with "
    "the address by which browsers reach it, followed by {path}."
)
SIGN_ON_FIELDS = {
    "enabled": ("Offer single sign-on", "Turning it off signs out whoever came by it."),
    "issuer": (
        "Issuer",
        "As the provider spells it: https://id.example.org/realms/etl. Plain http is taken on this machine alone.",
    ),
    "client_id": ("Client ID", "What the provider calls this console."),
    "secret": ("Client secret", "What the console shows the provider of itself. A public client has none."),
    "scopes": ("Scopes", "What the provider is asked for, with blanks between; openid is always among them."),
    "address": (
        "Address to come back to",
        "Where people reach this console: https://etl.example.org. Empty: wherever each browser came from.",
    ),
    "label": ("Words on the button", "They stand after: Sign in with."),
    "name_claim": ("Claim with the name", "For the name of a new account. Without it the e-mail address is taken."),
    "role_claim": ("Claim with groups or roles", "A name such as groups, or a path such as realm_access.roles."),
    "roles": ("Values and roles", "One a line, value = role; the highest that somebody has counts, at each sign-in."),
    "default_role": ("Role of all others", "Of those whom no value gives a role."),
    "acr": ("Required authentication context", "Values of acr, with blanks between, of which one has to be there."),
    "create": ("Add an account at the first sign-in", "Else a super_admin adds each and links it from the shell."),
    "local_sign_in": (
        "Take passwords of others than super_admins too",
        "A super_admin with a password can always sign in with it, for the day on which the provider is away.",
    ),
}
"""Each field's label and help."""
ROLES_EXAMPLE = "etl-admins = super_admin"
NO_ROLE = "none: they are refused"
IS_LOST = "cannot be opened any more; type it again"
SIGN_ON_SAVE = "Save: single sign-on"
SIGN_ON_SAVED = "Single sign-on is set."

become_table(__name__)
