"""What is said by the Users screen: its sentences and labels, in one table."""

from __future__ import annotations

from etl_batch.language import become_table

# view
TITLE = "Users"
LEAD = "Accounts, their roles and their sessions."
NAMES = ("Name", "Role", "State", "Created", "Last seen", "Open sessions")
INVITED = "waits for its first password"
FIND = "Find an account"
FIND_HELP = "A part of its name."
MORE = "{number} fit; the first {shown} are shown."
NONE_FIT = "No account has that in its name."
CHANGE = "Change an account"
CHANGE_LEAD = "Takes effect at once, on pages that are open too."
ACCOUNT = "Account"
ROLE = "Role"
ROLE_HELP = "A viewer looks and downloads, an operator also launches presets, a super_admin may do everything."
SET_ROLE = "Change role"
DISABLE = "Disable"
ENABLE = "Enable"
DISABLE_HELP = "Nobody can sign in with the account any more, and its sessions end."
RESET = "Make a reset link"
RESET_HELP = "Its holder chooses a new password. The old one works until then."
RESET_FACTOR = "Reset second factor"
RESET_FACTOR_HELP = (
    "For somebody who has lost the telephone and the recovery codes. Make sure who asks, as when you gave them the "
    "account: in person, or by a call that you make. Signs the account out everywhere."
)
FACTOR_RESET = "{name} has no second factor any more."
END = "End sessions ({number})"
END_HELP = "Signs the account out everywhere."
EVERYBODY = "Sign everybody out"
EVERYBODY_LEAD = "For the day on which sessions may be in wrong hands. This browser stays signed in; runs go on."
END_EVERYBODYS = "End all sessions but this one"
ENDED_EVERYBODYS = "Everybody: {number} ended."
KEPT = "Accounts are not deleted, because the history and the audit log name them. Disable those that are not used."
ADD = "Add an account"
ADD_LEAD = "Best by a one-time link: then nobody but its holder knows the password."
NAME = "User name"
NAME_HELP = "1 to 64 letters, digits, dots, dashes, @ and underscores."
HOW = "First password"
BY_LINK = "chosen by its holder, through a one-time link"
BY_PASSWORD = "typed here"
CREATE = "Add account"
LINK_TITLE = "One-time link"
LINK_WORDS = (
    "Give this link to {name} on a way that only they read. It works once, until {until}, and is not shown again: "
    "copy it now, or make another one later."
)
ROLE_DONE = "{name} is {role} now."
DISABLED_DONE = "{name} is disabled."
ENABLED_DONE = "{name} is enabled."
ENDED = "{name}: {number} ended."
LINKED = "A link for {name} was made."
ADDED = "{name} was added as {role}."
ACCOUNTS = "Accounts"
MAY_SIGN_IN = "{number} may sign in"
SUPER_ADMINS = "Super admins"
LAST_ADMIN = "the last one cannot be removed"
OPEN_SESSIONS = "Open sessions"
ACTIVE = "active"
DISABLED = "disabled"

become_table(__name__)
