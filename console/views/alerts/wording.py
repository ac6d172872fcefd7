"""What is said by the Alerts screen: its sentences and labels, in one table."""

from __future__ import annotations

from console.alerts import RuleKind, RuleTotal, Security
from etl_batch.language import become_table

# view
TITLE = "Alerts"
LEAD = "Who is told when a run fails, rejects too much or estimates something odd."
RULES = "Rules"
RULES_LEAD = "Every run that ends is held against each rule that is on, however it was started."
NO_RULES = "There is no rule yet, so nobody is told anything. Add one; failed runs are a good start."
CHANNELS = "Channels"
CHANNELS_LEAD = "Where the messages go. Their passwords and tokens are never shown again."
NO_CHANNELS = "There is no channel yet. Add one, then send a test message over it."
NOBODY_HEARS = "No channel is on, so nobody is told anything."
ADD_RULE = "Add a rule"
ADD_CHANNEL = "Add a channel"
CHANGE = "Change"
TURN_ON = "Turn on"
TURN_OFF = "Turn off"
DELETE = "Delete"
SURE_RULE = "The rule goes for good. What it has sent stays in the list below."
SURE_CHANNEL = "The channel goes for good, with its passwords and tokens. What waits for it is given up."
SURE = "Delete for good"
TEST = "Send a test"
TEST_HELP = "Sends a message now and shows what the receiver answered."
TESTING = "Waiting for the answer …"
ACCEPTED = "The test message was accepted."
REFUSED = "The test message was not accepted."
TO_ALL = "Tells every channel."
TO_SOME = "Tells {names}."
SENT = "Sent and waiting"
SENT_LEAD = "The newest {number}. Five attempts within half an hour, then it is given up."
NOTHING_SENT = "Nothing has been sent yet."
NAMES = ("Made", "Rule", "Run", "Channel", "State", "Last answer")
STATES = {"waiting": "waiting", "accepted": "accepted", "given_up": "given up"}
REFUSED_SO_FAR = "waiting, attempt {number} of {most} at {when}"
LOOK = "Look at one"
LOOK_LABEL = "{rule}, run {run} over {channel} ({state})"
ATTEMPT_NAMES = ("When", "Result", "Answer")
AGAIN = "Send again"
AGAIN_DONE = "It is sent again within seconds."
RULE_GONE = "The rule {name} is gone."
CHANNEL_GONE = "The channel {name} is gone."
TURNED = "{name} is {state} now."
ACCEPTED_WORDS = {True: "accepted", False: "not accepted"}
ON = "on"
OFF = "off"

# forms
NEW_RULE = "New rule"
CHANGE_RULE = "Change the rule {name}"
NEW_CHANNEL = "New channel"
CHANGE_CHANNEL = "Change the channel {name}"
NAME = "Name"
RULE_NAME_HELP = "It stands in every alert of this rule."
CHANNEL_NAME_HELP = "How you call this place."
KIND = "Tell somebody when"
KINDS = {
    RuleKind.FAILED: "a run fails",
    RuleKind.REJECTS: "too many records are rejected",
    RuleKind.RANGE: "a total is not what you expect",
}
CANCELLED = "Also when somebody cancels a run"
CANCELLED_HELP = "You are told of runs that timed out in any case."
MOST_REJECTS = "More rejected records than"
MOST_REJECTS_HELP = "Empty: the number does not matter. You are told of a run that stops at its own limit in any case."
MOST_SHARE = "Or more than this share of the records (%)"
MOST_SHARE_HELP = "Empty: the share does not matter."
MEASURE = "Column"
MEASURE_HELP = "A measure of the analytics: its name as the reports show it."
TOTAL = "Which total"
TOTALS = {RuleTotal.ESTIMATE: "the estimate", RuleTotal.EXACT: "the exact total"}
LOW = "Lowest expected"
HIGH = "Highest expected"
BOUND_HELP = "Empty: no bound on this side."
FILE = "Only for a file"
FILE_HELP = "Name of an input or output, as in sales*.csv. Empty: any file."
PRESET = "Only for a preset"
ANY_PRESET = "any run"
FORMS_CHANNELS = "Tell these channels"
ALL_CHANNELS = "All of them"
RULE_ON = "The rule is on"
CHANNEL_ON = "The channel is on"
CHANNEL_KIND = "Kind"
CHANNEL_KINDS = {"webhook": "Webhook", "mail": "E-mail"}
URL = "Address"
URL_HELP = "Receives a POST with a JSON body. Often it is a secret itself, so it is not shown again."
TOKEN = "Token"
TOKEN_HELP = "Sent with every message, to prove who sends it. Empty: none."
HEADER = "Header of the token"
HEADER_HELP = "Authorization sends it as a bearer token, any other header as it is."
SIGNING = "Signing secret"
SIGNING_HELP = "With it X-ETL-Signature holds the HMAC-SHA256 of the body. Empty: none."
HOST = "Mail server"
PORT = "Port"
PORT_HELP = "587 for STARTTLS, 465 for TLS, 25 without protection."
SECURITY = "Protection"
SECURITIES = {Security.STARTTLS: "STARTTLS", Security.TLS: "TLS", Security.PLAIN: "none"}
USER = "User"
USER_HELP = "Empty: the server wants none."
PASSWORD = "Password"
SENDER = "From"
RECIPIENTS = "To"
RECIPIENTS_HELP = "One address a line."
IS_SET = "is set"
REMOVE = "Remove the {name}"
SAVE = "Save"
DROP = "Do not save"
RULE_SAVED = "The rule {name} is saved."
CHANNEL_SAVED = "The channel {name} is saved. Send a test message now."

become_table(__name__)
