"""What the console says around its screens: navigation, server-rendered pages and health, in one table."""

from __future__ import annotations

from etl_batch.language import become_table

LANGUAGE = "en"
"""The pages' own, as HTML names it."""
NAME = "Quantum ETL"

# screens
SECTIONS = {"work": "Work", "results": "Results", "settings": "Settings"}
SCREENS = {
    "home": ("Home", "What runs, what ran, and what needs you."),
    "launch": ("Launch", "Pick an input and run it."),
    "live": ("Live run", "Watch a run and cancel it."),
    "runs": ("Runs", "Every run: find, compare, run again."),
    "schedules": ("Schedules", "Runs that start by themselves."),
    "report": ("Report", "The report of a run."),
    "analytics": ("Analytics", "Estimates against exact totals."),
    "data": ("Data", "Outputs and backups: look, download."),
    "rejects": ("Rejects", "Records that could not be read."),
    "layouts": ("Layouts", "How binary records are read."),
    "alerts": ("Alerts", "Who is told when a run fails."),
    "users": ("Users", "Accounts, roles and sessions."),
    "account": ("My account", "Your password and sessions."),
    "audit": ("Audit", "Who did what; is the log whole?"),
    "system": ("System", "The machine and the settings."),
}
"""Each one's title and what it is for."""

# web
GONE = "The console does not answer."
GONE_TEXT = "This page keeps trying, and goes on by itself as soon as it does."
FOOT = "Files in, clean tables and honest estimates out."
BACK = "Back to the console"
TO_SIGN_IN = "To sign-in"
SIGN_IN = "Sign in"
SIGN_IN_WITH = "Sign in with {label}"
OR_PASSWORD = "Or with name and password:"
OR_SUPER_ADMIN = "Or, for super_admins only, with name and password:"
MOVING_ON = "You are signed in"
MOVING_ON_LEAD = "The console opens by itself."
GO_ON = "Go on"
FIRST_START = (
    "No administrator exists yet. Open the setup link that the console printed in its terminal when it started."
)
USER_NAME = "User name"
PASSWORD = "Password"
SECOND_STEP = "Second factor"
SECOND_STEP_LEAD = "The password of {name} is right. Now the code that your authenticator app shows."
SECOND_STEP_EITHER = (
    "The password of {name} is right. Now one of your passkeys, or the code that your authenticator app shows."
)
SECOND_STEP_PASSKEY = "The password of {name} is right. Now one of your passkeys."
SECOND_STEP_RECOVERY = "The password of {name} is right. Now one of your recovery codes."
CODE = "Code"
CODE_RULE = "Six digits; each is taken once. Without the phone: one of your recovery codes."
RECOVERY_CODE = "Recovery code"
RECOVERY_RULE = "Without the passkey: one of those that were shown with your first one; each is taken once."
PASSKEY_SIGN_IN = "Sign in with a passkey"
PASSKEY_USE = "Use a passkey"
PASSKEY_ADD = "Add a passkey"
PASSKEY_ADD_LEAD = (
    "Your device or a security key keeps it and asks for your PIN, finger or face. It works at {host} and nowhere "
    "else, so no other site can ask for it."
)
PASSKEY_NAME = "Name"
PASSKEY_INSTEAD = "Or a passkey, by a name"
PASSKEY_NAME_RULE = "By which you will know it again, such as Laptop or Blue key."
PASSKEY_UNABLE = "This browser cannot use passkeys, or runs no scripts here; use another one."
PASSKEY_STOPPED = "It was stopped, took too long, or there is no passkey for this address here; try again."
PASSKEY_KNOWN = "This device has a passkey of yours already; use another one."
PASSKEY_FAILED = "The browser could not do it; load the page again and repeat it."
TO_ACCOUNT = "Back to My account"
PROOF = "Is it you?"
PROOF_LEAD = "Show one of your passkeys to go on. It is good for 10 minutes."
FACTOR_SETUP = "Set up a second factor"
FACTOR_SETUP_LEAD = (
    "The account {name} needs one before anything else. Scan the picture with an authenticator app, then type the "
    "code that it shows."
)
PICTURE = "The secret as a QR code; it stands below as text."
SECRET = "Or type this secret into the app:"
FIRST_CODE = "Code that the app shows"
FACTOR_ON = "Turn it on and sign in"
RECOVERY = "Your recovery codes"
RECOVERY_LEAD = (
    "Each signs you in once when the app or the passkey is lost. They are not shown again: print them, or keep them "
    "where you keep passwords, but not in the phone."
)
RECOVERY_KEPT = "I have kept them; on to the console"
SIGN_OUT = "Sign out"
SIGN_OUT_SURE = "Sign out?"
SIGNED_IN_AS = "You are signed in as {name}. Runs go on without you."
CHOOSE_PASSWORD = "Choose a password"
CHOOSE_LEAD = (
    "It is for the account {name}. The link works once; every place where the account is signed in is signed out."
)
NEW_PASSWORD = "New password"
NEW_PASSWORD_AGAIN = "New password, once more"
PASSWORD_RULE = (
    "At least 10 characters, at most 128. A few unrelated words are good; names, dates and patterns are refused."
)
SAVE_PASSWORD = "Save and sign in"
SETUP = "First start"
SETUP_TITLE = "Create the administrator"
SETUP_LEAD = "This account may do everything: launch runs, add users, read the audit log. The link works once."
PASSWORD_AGAIN = "Password, once more"
CREATE = "Create and sign in"
UPLOAD = "Upload"
UPLOAD_TITLE = "Upload a file"
UPLOAD_LEAD = (
    "Fixed-record binary, CSV or Parquet. The file goes into {folder} under a new name; its own name is kept beside it."
)
FILE = "File"
DID_NOT_WORK = "This did not work"
SETUP_USED_TITLE = "The setup link is not valid"
LINK_USED_TITLE = "The link is not valid"

# health
CHECKS = {
    "database": "Database",
    "audit": "Audit log",
    "disk": "Disk",
    "queue": "Queue",
    "alerts": "Alerts",
    "clock": "Clock",
}
WRITTEN = "It can be written; a write took {time}."
FIRST_VERIFICATION = "It is being verified for the first time."
NEVER_VERIFIED = "It has never been verified: do so on the Audit screen."
WHOLE = "It is whole: {records}, verified {moment}."
SINCE_THEN = "Not verified yet: {records} since then."
READ_LONG_AGO = "All of it was read more than a week ago: verify it on the Audit screen."
ROOM = "There is room: more than the {reserve} that should stay free."
LEFT_FOR = "{left} left for {folders}"
NO_ROOM = "{disks}; {reserve} should be free. Remove old runs, backups or inputs."
STANDS_STILL = (
    "It stands still: {runs} waiting for {time} though a runner is free. Look at the console's own output, then "
    "restart it."
)
QUEUE = "{running} at work, {waiting} waiting."
DELIVERED = "{messages} delivered, {waiting} on the way."
NOT_DELIVERED = "{messages} delivered, {waiting} on the way. {lost} could not be delivered; the Alerts screen says why."
CLOCK = "It shows {here}."
CLOCK_BACK = "It shows {here}, {time} before the last record of the audit log. Set it right."

become_table(__name__)
