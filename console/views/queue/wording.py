"""What is said by the queue, as Home and Live draw it: its sentences and labels, in one table."""

from __future__ import annotations

from etl_batch.language import become_table

# part
TITLE = "Waiting for their turn"
LEAD = "Runs start in this order, {runners} at a time. Under way now: {running}."
PLACE = "{place} in line"
FACTS = "{inputs} · {user} · waiting for {span}"
OF_SCHEDULE = " · schedule {name}"
UP = "Up"
DOWN = "Down"
FRONT = "To the front"
CANCEL = "Cancel"
UP_HELP = "Start this run one place earlier."
DOWN_HELP = "Start this run one place later."
FRONT_HELP = "Start this run next. An operator moves own runs among own runs only."
CANCEL_HELP = "Take this run off the queue. It has not started, so nothing is left behind."
MOVED = "Run {run_id} has a new place."
CANCELLED = "Run {run_id} was taken off the queue; nothing was started."
STARTED = "Run {run_id} had started already and was stopped; its page says what came of it."
MORE = "And {count} behind them."

become_table(__name__)
