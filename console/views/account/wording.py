"""What is said by the Account screen: its sentences and labels, in one table."""

from __future__ import annotations

from etl_batch.language import become_table

# view
TITLE = "My account"
LEAD = "Your password and the places you are signed in."
PASSWORD = "Password"
PASSWORD_LEAD = "Changing it signs you out everywhere else."
CURRENT = "Current password"
CHANGE = "Change password"
CHANGED = "Your password was changed; {number} elsewhere ended."
SESSIONS = "Where you are signed in"
SESSIONS_LEAD = "A session ends by itself after 12 hours without use."
SEEN = "last used"
HERE = "{number}, this one"
END = "End session {number}"
END_HELP = "Signs that browser out."
END_OTHERS = "End all others"
END_OTHERS_HELP = "Signs out every browser but this one."
ENDED = "Ended: {number}."
ONLY_HERE = "You are signed in here only."
MORE = "{number} in all; the {shown} used last are shown."
YOU_ARE = "You are"
SESSION = "session"
ADDRESS = "address"
SINCE = "since"

# devices
NEW_BROWSER = (
    "A browser that was not known signed in as you: {agent}, from {address}, {moment}. Not you? Change your password."
)
SEEN_IT = "I know of it"
SEEN_IT_HELP = "Puts this notice away; My account lists all browsers."
NOTED = "The browser counts as known."
BROWSERS = "Browsers"
BROWSERS_LEAD = "Where you have signed in. They are let in while somebody guesses at your password elsewhere."
BROWSER_NAMES = ("Browser", "Address", "First sign-in", "Last sign-in", "State")
NO_BROWSERS = "None is known yet; the next sign-in is remembered."
THIS_BROWSER = "in use"
NEW = "new"

become_table(__name__)
