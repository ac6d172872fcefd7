"""Alerts: who is told when a run fails, rejects too much or estimates something odd.

`run_ended` holds a finished run against the rules and fills the outbox; a `Courier` delivers what is in it.
"""

from console.alerts.channels import (
    Channel,
    Mail,
    Security,
    Webhook,
    delete_channel,
    list_channels,
    save_channel,
)
from console.alerts.courier import Courier, send_test
from console.alerts.outbox import (
    ATTEMPTS,
    Attempt,
    Delivery,
    list_attempts,
    list_deliveries,
    outbox_states,
    run_ended,
    send_again,
)
from console.alerts.rules import Rule, RuleKind, RuleTotal, delete_rule, describe, list_rules, save_rule
from console.alerts.senders import Outcome

__all__ = [
    "ATTEMPTS",
    "Attempt",
    "Channel",
    "Courier",
    "Delivery",
    "RuleKind",
    "Mail",
    "Outcome",
    "Rule",
    "Security",
    "RuleTotal",
    "Webhook",
    "delete_channel",
    "delete_rule",
    "describe",
    "list_attempts",
    "list_channels",
    "list_deliveries",
    "list_rules",
    "outbox_states",
    "run_ended",
    "save_channel",
    "save_rule",
    "send_again",
    "send_test",
]
