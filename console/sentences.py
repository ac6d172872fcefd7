"""What the console says of errors, and of what it does not do: its sentences, in one table."""

from __future__ import annotations

from etl_batch.language import become_table

# accounts and signing in
NO_TERMINAL = "There is no terminal to ask for the password; pipe it in with --password-stdin."
PASSWORDS_DIFFER_START_AGAIN = "The two passwords differ; start again."
PASSWORDS_DIFFER = "The two passwords differ; type them again."
PASSWORD_IS_CURRENT = "The new password is the current one; choose another."
CURRENT_PASSWORD_WRONG = "The current password is not right; type it again."
NO_MATCH = "Name and password do not match an active account; check both and try again."
TOO_MANY_ATTEMPTS = "Too many failed attempts: wait {seconds} seconds, then try again."
PASSWORD_SHORT = "The password has {length} characters; use at least {least}."
PASSWORD_LONG = "The password has {length} characters; use at most {most}."
PASSWORD_HAS_NUL = "The password holds a NUL character; leave it out."
PASSWORD_GUESSED = "The password is {word} and would be guessed soon. {advice}"
PASSWORD_WORDS = "Words that are tried first here count for nothing in it: {words}."
PASSWORD_BREACHED = "It stands on the lists of passwords that were found in breaches."
PASSWORD_ADVICE = "Use a few words that do not belong together."
USER_EXISTS = "There is already a user {name!r}; choose another name or reset that one."
NO_USER_NAME = "{name!r} is not a user name; use 1 to 64 letters, digits, dots, dashes, @ and underscores."
LAST_SUPER_ADMIN = "{name!r} is the last super_admin; add another one who can sign in before you change this one."
NO_LANGUAGE = "The console has no such language; choose one of {known}."
NO_USER = "There is no user {name!r}; `python -m console users list` shows them all."
SETUP_LINK_USED = "This setup link was used or replaced; take the newest one from the terminal."
SETUP_LINK_NOT_GOOD = "This setup link was used or replaced. Take the newest one from the terminal, or sign in."
FIRST_USER_EXISTS = "There is already a user {name!r}; choose another name."
USER_DISABLED = "{name!r} is disabled; enable the account first, then make a link."
CODE_DOES_NOT_FIT = (
    "This code does not belong to the secret that is shown; type the one that the app shows now, and have the "
    "phone set its clock by the network."
)
CODE_WRONG = (
    "This code is not right or was used; take the next one that the app shows, or a recovery code that is left."
)
PASSWORD_OR_CODE_WRONG = (
    "The password or the code is not right; type the password again, and the next code that the app shows."
)
FACTOR_ON_ALREADY = "The account has a second factor already; sign in with it, or turn it off first."
NO_FACTOR = "{name!r} has no second factor; there is nothing to reset or to turn off."
FACTOR_REQUIRED = "The settings require a second factor of this account; make new recovery codes instead."
PASSKEY_WRONG = "This passkey was not accepted here; try again, or sign in in another way."
PASSKEY_TOO_LATE = "The passkey was asked for too long ago or in another window; press the button again."
PASSKEY_NOT_MADE = "The browser's answer is no passkey for this address; press the button again."
PASSKEY_KNOWN = "This passkey is registered already; remove it where it is, or take another device."
PASSKEY_EXISTS = "You have a passkey {label!r} already; choose another name."
PASSKEYS_ENOUGH = "An account has at most {most} passkeys; remove one that is not used any more."
NO_PASSKEY = "This passkey was removed already; load the page again."
NO_PASSKEY_NAME = "Give the passkey a name of 1 to {most} printable characters, such as Laptop."
NO_PASSKEY_HERE = "You have no passkey for {host}; take a code or the password instead."
NO_PASSKEYS_HERE = (
    "Passkeys work at a host name over https, or at {local} on this machine; open the console there and not at {host}."
)
PASSKEYS_ELSEWHERE = "Your passkeys work at {hosts} only; open the console there, or go on with a code."
SIGN_IN_OVER = "This sign-in has taken too long or was done already; begin again with name and password."
PASSWORD_CHANGED_MEANWHILE = (
    "The account was locked or given another password while this one was checked; sign in again and repeat it."
)
NO_PASSWORD_HERE = (
    "{name!r} signs in by single sign-on and has no password here; `python -m console users unlink` takes the account "
    "back."
)
LINK_NOT_GOOD = "This link was used, replaced or is older than a day. Ask a super_admin for a new one."

# single sign-on
PROVIDER_FAILED = (
    "The sign-in service did not answer as it should. {reason} Sign in with a password, or ask a super_admin."
)
PROVIDER_NO_KEYS = "It publishes no key that signatures could be checked by."
PROVIDER_OTHER_ISSUER = "It calls itself by another issuer than the settings do."
PROVIDER_NO_ENDPOINT = "An address that it names is none of https."
PROVIDER_TOO_LONG = "Its answer is too long."
PROVIDER_NO_JSON = "Its answer is no JSON object."
PROVIDER_ANSWERED = "It answered {status}."
PROVIDER_SAID_NO = "The sign-in service said no ({word}). Try again, or ask a super_admin."
SIGN_ON_OFF = "Single sign-on is off; sign in with name and password."
SIGN_ON_SECRET_LOST = "The secret of single sign-on cannot be opened any more; a super_admin enters it again."
JOURNEY_OVER = "This sign-in has taken too long, was done already or began in another browser; begin again."
ANSWER_OF_ANOTHER = "This answer does not come from the sign-in service that was asked; begin again."
IDENTITY_TOKEN_WRONG = (
    "What the sign-in service says of you is not accepted: {part} is not right. Try again, or ask a super_admin."
)
NOT_SIGNED_IN_AGAIN = "The sign-in service did not ask you to sign in again; sign out there, then try again."
SOMEBODY_ELSE = "Somebody else than {name!r} signed in there; sign out there, then try again."
CONTEXT_MISSING = "You have not signed in there the way that the settings require; ask a super_admin how."
NO_ROLE_FOR_YOU = "You are known there, but have no role here; ask a super_admin for one."
NO_ACCOUNT_FOR_YOU = "You have no account here. A super_admin adds one and gives it to you: `{command}`."
NO_NAME_FOR_YOU = (
    "The sign-in service gives you no name that an account can have. A super_admin adds one and gives it to you: "
    "`{command}`."
)
NAME_TAKEN = (
    "There is an account {name!r} already, and none is ever taken over. A super_admin gives it, or another one, to "
    "you: `{command}`."
)
LINKED_ALREADY = "{name!r}, or whoever this is at the provider, is linked already; unlink first."
NOT_LINKED = "{name!r} does not sign in by single sign-on; there is nothing to unlink."
NO_SUBJECT = "This is no subject; take the one that the refused sign-in names."
NO_ISSUER = "Give the issuer's whole address, https or, on this machine, http: https://id.example.org/realms/etl."
NO_RETURN_ADDRESS = "Give an address of https, or of http on this machine, as in https://etl.example.org."
SIGN_ON_NEEDS = "Single sign-on takes this; fill it in, or turn it off."
SIGN_ON_TEXT_LONG = "This is too long or holds hidden characters; type it again."
SIGN_ON_SECRET_AGAIN = "The secret would go to another provider now: type it again, or remove it."
NO_OPENID_SCOPE = "Without the scope openid the provider does not say who signs in; add it."
NO_ROLES = "Nobody would have a role: map a value to one, or set a default role."
NO_ROLE_LINE = "{line!r:.120} gives no role; write value = role, with one of {roles}."

PASSWORDS_NOT_TAKEN = "Only super_admins use passwords here; this account signs in by single sign-on."

# what a user may not do
SESSION_ENDED = "Your session has ended; sign in again to {words}."
OPERATOR_MAY_NOT_LAUNCH = (
    "Operators launch saved presets only. Ask a super_admin to launch this run or to save a preset."
)
OPERATOR_MAY_NOT_SAVE = "{name!r} is an operator and may launch presets only; ask a super_admin to save this one."
MAY_NOT_CANCEL = "Run {run_id} belongs to {owner!r}; {name!r} may cancel own runs only."
MAY_NOT_RESUME = "Run {run_id} belongs to {owner!r}; {name!r} may resume own runs only."
MAY_NOT_MOVE = "Run {run_id} belongs to {owner!r}; {name!r} may move own runs only."
OPERATOR_MAY_NOT_SCHEDULE = "{name!r} is an operator and may run schedules of presets only; ask a super_admin."
TWO_LENGTHS = "The request says twice how long it is; send Content-Length or Transfer-Encoding."
OTHER_SITE = "This request came from another site; it is refused."
SIGN_IN_FIRST = "Sign in first."
NO_METRICS_TOKEN = "Send the bearer token of ETL_METRICS_TOKEN."
ACCOUNT_DISABLED = "The account {name!r} is disabled; ask a super_admin to enable it."
NEEDS_ROLE = "To {words} you need the role {role}; {name!r} is {own}. Ask a super_admin."
SCREEN_NEEDS_ROLE = "The {words} screen needs the role {role}; {name!r} is {own}. Ask a super_admin."
PROOF_NEEDED = (
    "To {words}, first show that it is you, at the top of the screen: with your password, a passkey or another "
    "sign-in. Load the page again if it does not ask."
)

# runs, presets and downloads
NO_RUN = "There is no run {run_id!r}; the Runs screen lists them all."
RUN_NOT_WAITING = "Run {run_id} does not wait any more; its page says what became of it."
PRESET_DELETED = "This preset was deleted meanwhile; load the page again to see them all."
NO_PRESET_NAME = "{name!r:.80} is not a preset name; use 1 to 64 printable characters."
NO_PRESET = "There is no preset {name!r}; the Launch screen lists them all."
NO_REPORT = "Run {run_id} has no report yet; it is written when the run ends."
NO_RUN_FILE = "Run {run_id} has no file {name!r}; its page lists them all."
OUTPUT_GONE = "The output {name} was moved or deleted; run again to write it anew."
REPLACED_MEANWHILE = "{name!r} was replaced this moment; load the page again."
OUTPUT_REPLACED_KEPT = (
    "The output {name} was replaced after this run; what this run wrote is kept as {backup}, and its page links to it."
)
OUTPUT_REPLACED = (
    "The output {name} was replaced after this run, and no backup of what this run wrote is left; run again to write it"
    " anew."
)
NO_BACKUP = "There is no backup {name!r} of an output of run {run_id}; the Data screen lists them."
NO_REJECTS = "Run {run_id} has no rejects."

# schedules
PRESET_OF_SCHEDULE_GONE = "There is no preset {preset!r} any more; choose another one for this schedule."
NO_RETRIES = "{given} is no number of retries; a schedule takes 0 to {most}."
SCHEDULE_EXISTS = "There is already a schedule {name!r}; choose another name."
SCHEDULE_STILL_RUNS = "Run {run_id} of this schedule is not over yet; wait until it is."
NO_SCHEDULE = "There is no schedule {name!r:.80}; the Schedules screen lists them all."
NO_SCHEDULE_NAME = "{name!r:.80} is not a name; use 1 to {most} printable characters."
NOTHING_SCHEDULED = "Say what to run: a preset, or an input and an output."
NO_PRESET_TO_SCHEDULE = "There is no preset {preset!r:.80}; the Launch screen lists them."
IN_PRESET_ALREADY = "--preset: {option} stands in the preset already; leave it out."
OWNER_NO_SUPER_ADMIN = "--user: a schedule is owned by a super_admin ({names}); name one."
NO_SUPER_ADMIN_YET = "A schedule needs an owner, and there is no super_admin yet; `python -m console users add`."
NO_ZONE = "{name!r:.80} is no time zone; name one such as Europe/Berlin or {utc}."
NO_CRON = "{expression!r:.120} is no cron expression. Give five fields ({fields}), such as {example}."
CRON_FIELD_WRONG = (
    "{expression!r} is no cron expression: the {what} is wrong. Give five fields ({fields}), such as {example}."
)
CRON_NEVER = "{expression!r} never comes; there is no such day."

# channels of alerts
CHANNEL_DELETED = "This channel was deleted meanwhile; load the page again."
CHANNEL_EXISTS = "There is already a channel {name!r}; choose another name."
NO_CHANNEL_NAME = "{name!r} is not a name; use 1 to {most} printable characters."
CHANNEL_KIND_STAYS = "A channel stays what it is; add a new one of the other kind."
CHANNEL_LOST = "What this channel holds cannot be opened any more: the key is another one. Enter all of it again."
SECRET_LOST = "A secret cannot be opened: {path} is not the key it was sealed with. Bring that back, or enter it again."
CHANNEL_SECRET_AGAIN = (
    "The channel goes to another place now: type its {name} again or remove it, it is not sent there by itself."
)
NO_WEBHOOK = "Give the whole address of the webhook, as in https://hooks.example.org/etl."
NO_TOKEN_HEADER = "{header!r} cannot carry a token; use Authorization or X-Api-Key."
TOKEN_NOT_ASCII = "A token has letters, digits and signs of ASCII only."
NO_MAIL_SERVER = "{host!r} is not a mail server's name; write it as mail.example.org."
NO_PORT = "A port is a number from 1 to 65535; mail servers use 587, 465 or 25."
NO_MAIL_ADDRESS = "{address!r} is not an e-mail address; write it as ada@example.org."
NO_RECIPIENTS = "Name 1 to {most} people who are told, one address a line."
PASSWORD_WITHOUT_USER = "Give user and password together, or neither."
PASSWORD_IN_CLEAR = "A password is sent over STARTTLS or TLS only; choose one of them."
OWN_NETWORK = "{ip} is an address of the machine's own network or of its cloud; nothing is ever sent there."
ALERT_NOT_WAITING = "This alert is not waiting to be sent again; load the page again."

# rules of alerts
RULE_DELETED = "This rule was deleted meanwhile; load the page again."
RULE_EXISTS = "There is already a rule {name!r}; choose another name."
RULE_TEXT_LONG = "This holds more than {most} or hidden characters; type it again."
FILE_WITH_FOLDERS = "Give the file's name alone, without its folders; * stands for anything."
NO_REJECT_LIMIT = "Say how many rejected records, or which share of them, are too many."
REJECTS_BELOW_NOUGHT = "Give a number of records from 0 on."
NO_SHARE = "Give a share from 0 % to less than 100 %."
NO_MEASURE = "Name the column whose total is looked at."
NO_BOUNDS = "Give the lowest or the highest total that is expected, or both."
NO_BOUND = "A bound is a plain number."
BOUNDS_CROSSED = "The lowest total is above the highest; swap them."

# settings
NO_SETTING = "There is no setting {key!r}; there are {known}."
SETTING_TYPE = "The setting {key} takes a value of type {type}, not {value!r}."
SETTING_RANGE = "{label}: give a number from {low} to {high}."
SETTING_RANGE_OR_NOUGHT = "{label}: give a number from {low} to {high}, or 0 ({nought})."
NO_ADDRESS = "{value!r} is not an address; write it as https://etl.example.org."
NO_TOKEN = "A token has up to 512 letters, digits and signs, without spaces."
FOLDER_NOT_ABSOLUTE = (
    "{typed!r:.200} is not an absolute folder; write it from / on, without '..', or as s3://bucket/prefix."
)
NO_FOLDER = "There is no folder {typed!r:.200}; create it first."
FOLDER_OF_SYSTEM = "{typed!r:.200} belongs to the system; name a folder made for data."
FOLDER_OF_SECRETS = "{typed!r:.200} holds the console's secrets; name a folder made for data."

# the clock and what is kept for it
CLOCK_STEPPED = "The clock was set by {seconds} seconds: it showed {before} and shows {now}."
HASH_NOT_REPLACED = "The stored password of {name!r} keeps its former form until the next sign-in: {reason}"
TOKEN_NOT_RENEWED = "A session keeps its token until another one can be written: {reason}"
USE_NOT_WRITTEN = "When sessions were used last is kept in mind until it can be written: {reason}"
KEY_UNUSABLE = "Cannot use {path}: {reason}. Free the disk, fix its owner and permissions."

# the port
SIGN_INS_BUSY = "Too many people sign in at once; try again in a few seconds."
FORGED_VALUE = "A page was sent a value that its field cannot hold ({kind}); no browser sends one by itself."
NO_ADDRESS_HERE = "There is nothing at this address; go to / for the console."
TOO_MANY_CONNECTIONS = "Too many connections are open; try again in {seconds} seconds."

# forms and uploads
FORM_EXPIRED = "The form has expired or cookies are blocked; load the page again and repeat it."
FORM_TOO_LARGE = "The form is too large; fill it in again with shorter values."
UPLOAD_PACKED = "The file is {words}; unpack it and upload what is inside."
UPLOAD_PROGRAM = "The file is {program}; upload fixed-record binary, CSV or Parquet."
UPLOAD_NO_PARQUET = "The file is named .parquet and is not a Parquet file; check it or rename it."
UPLOAD_EMPTY = "The file is empty; choose one that holds records."
UPLOAD_TOO_LARGE = "The file is larger than the {limit} that may be uploaded; copy it into data/ on the server instead."
UPLOAD_DISK_FULL = "The disk of data/ is too full for this file; free some space, then upload it again."
UPLOAD_NO_FORM = "Send the file as multipart/form-data in the field `file`."
UPLOAD_CUT_OFF = "The upload was cancelled or cut off; nothing was kept."
UPLOAD_MALFORMED = "The upload is not a well-formed multipart body; send it again."
UPLOAD_NOT_STORED = "The upload could not be stored: {reason}. Free the disk of data/."
UPLOAD_NO_FILE = "The form has no file in the field `file`; choose one."
UPLOAD_NOT_WHOLE = "The upload ended before the file was whole; send it again."

# what the health check tells anybody
DATABASE_NOT_READ = "The console's database cannot be read: {reason}. Repair it or restore it from a backup."
DATABASE_NOT_WRITTEN = "The console's database cannot be written: {reason}. Free its disk, or end what holds it."
DISK_FULL = "The disk of {folder}/ has {free} left; free some space."
DISK_WITHOUT_FILES = "The disk of {folder}/ takes no further files; delete some."
DISK_NOT_WRITTEN = "The disk of {folder}/ can only be read; mount it for writing."
FOLDER_NOT_THERE = "The folder {folder}/ cannot be reached: {reason}. Bring it back."

# the audit export, the database and the machine
NO_EXPORT = "There is no export as {form!r}; take {known}."
GPU_SILENT = "The GPU's own tool does not answer ({kind})."
FOLDER_UNUSABLE = "Cannot use {folder}: {reason}. Fix its owner and permissions."
MIGRATIONS_UNNUMBERED = "The migrations under {folder} are not numbered 1, 2, 3 ...; install the console again."
DATABASE_NEWER = "The database has version {version}, this console knows {known}; start the newer console again."
DATABASE_UNUSABLE = (
    "The console's database {path} cannot be used: {reason}. Free the disk, fix its permissions or restore it from a "
    "backup."
)

# alerts that are not delivered
NO_WHOLE_ANSWER = "No whole answer within {seconds:g} seconds."
CHANNEL_GONE = "The channel was deleted."
CHANNEL_OFF = "The channel was switched off."
MAIL_SILENT = "The mail server sent nothing for {seconds:g} seconds."
MAIL_ENDED = "The mail server ended the connection."
RECIPIENT_REFUSED = "{recipient} refused: {reply}"
REQUEST_FAILED = "The request could not be made: {reason}."
SENDS_ON = "{status}: it sends on to another address, which is not followed. Enter that address."
NOT_SECURE = "No secure connection: {reason}."
NO_CONNECTION_IN_TIME = "No connection within {seconds:g} seconds."
NO_ANSWER_IN_TIME = "No answer within {seconds:g} seconds."
NO_CONNECTION = "No connection: {reason}."
REQUEST_FAILED_AS = "The request could not be made ({kind})."
NOT_TRUSTED = "the certificate is not trusted ({reason})"
NO_HOST = "there is no such host name"
NOTHING_CAME = "nothing came within {seconds:g} seconds"
ENDED_BY_OTHER = "the other side ended it"
MAIL_ANSWERED = "The mail server answered {reply}."
MAIL_CANNOT = "The mail server cannot do this: {reason}"
MAIL_FAILED_AS = "The mail could not be sent ({kind})."
NO_MAIL_CONNECTION = "No connection to the mail server: {reason}."
SENDER_REFUSED = "The mail server refused the sender: {reply}."
RECIPIENTS_REFUSED = "The mail server took none of the recipients; {replies}."
TEST_MESSAGE = "This is a test message of Quantum ETL: alerts arrive here."

# runs that do not start
CUT_OFF_IN_QUEUE = "The console stopped while it was queueing this run, which has never begun; run it again."
CUT_OFF_AT_START = "The console stopped while it was starting this run; run it again."
SKIPPED_STILL_RUNNING = "Skipped: its run {run_id} was not over yet."
SKIPPED_NO_CONSOLE = "Skipped: no console was running then; it was found {late} late."
OWNER_GONE = "Its owner {owner!r} has no account any more. A super_admin who saves this schedule takes it over."
OWNER_DISABLED = "Its owner {owner!r} is disabled. A super_admin who saves this schedule takes it over."
OWNER_DEMOTED = (
    "Its owner {owner!r} is {role} and no super_admin any more. A super_admin who saves this schedule takes it over."
)

become_table(__name__)
