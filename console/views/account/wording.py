"""What is said by the Account screen: its sentences and labels, in one table."""

from __future__ import annotations

from etl_batch.language import become_table

# view
TITLE = "My account"
LEAD = "Your password and the places you are signed in."
LANGUAGE_OF_SCREENS = "Language"
LANGUAGE_HELP = (
    "Of all screens and of the reports of your runs. What is kept (logs, files, the audit log) stays English."
)
BROWSERS_LANGUAGE = "The browser's"
LANGUAGE_CHOSEN = "The screens speak this language from now on."
PASSWORD = "Password"
NO_PASSWORD = "You sign in by single sign-on; the password is changed there."
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

# factor
FACTOR = "Authenticator app"
FACTOR_LEAD = "A code from your phone as the second factor: the password alone lets nobody in."
CODES_LEFT = "Recovery codes left: {number}."
FACTOR_IS_OFF = "It is off. Any authenticator app that shows six digits will do."
BEGIN_FACTOR = "Set it up"
PICTURE = "The secret as a QR code; it stands below as text."
PHOTOGRAPH = "Scan this with the app, or type the secret into it. Then type the code that it shows."
FIRST_CODE = "Code that the app shows"
TURN_ON = "Turn it on"
TURNED_ON = "Signing in takes a code from now on. Other browsers were signed out."
GIVE_UP = "Leave it off"
FACTOR_IS_ON = "On since {since}; recovery codes left: {number}."
REQUIRED = "The settings require it of you."
RENEW_CODES = "Make new recovery codes"
RENEW_CODES_HELP = "The former ones are worth nothing then."
RENEWED_CODES = "The former recovery codes are worth nothing any more."
TURN_OFF = "Turn it off"
TURNED_OFF = "Signing in takes no code of the app any more."
RECOVERY_TITLE = "Your recovery codes"
RECOVERY_WORDS = (
    "Each signs you in once when the app is lost. They are not shown again: print them, or keep them where you keep "
    "passwords, but not in the phone."
)

# passkeys
PASSKEYS = "Passkeys"
PASSKEYS_LEAD = "A device that knows you, as the second factor, or instead of password and code together."
NO_PASSKEYS = "You have none yet."
PASSKEY = "passkey"
HOST = "works at"
ADDED = "added"
USED = "last used"
REMOVE = "Remove {label}"
REMOVE_HELP = "Signing in with it ends at once. Delete it on the device, too."
REMOVED = "The passkey {label} was removed."
ADD_PASSKEY = "Add a passkey"
PROVE_FIRST = "To add one, first show at the top of this screen that it is you."

# devices
NEW_BROWSER = (
    "A browser that was not known signed in as you: {agent}, from {address}, {moment}. Not you? Change your password."
)
SEEN_IT = "It was me"
SEEN_IT_HELP = "Puts this notice away; My account lists all browsers."
NOTED = "The browser is known now."
BROWSERS = "Browsers"
BROWSERS_LEAD = "Where you have signed in. They still get in while somebody elsewhere guesses your password."
BROWSER_NAMES = ("Browser", "Address", "First sign-in", "Last sign-in", "State")
NO_BROWSERS = "None is known yet; the next sign-in is remembered."
THIS_BROWSER = "in use"
NEW = "new"

become_table(__name__)
