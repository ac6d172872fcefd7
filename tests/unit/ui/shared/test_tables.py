"""Tables of the screens: whole numbers, and nothing hidden."""

from __future__ import annotations

from etl_batch.ui.analytics import view as analytics
from etl_batch.ui.audit import view as audit
from tests.records import measures


def test_tables_keep_large_numbers_and_spell_out_what_is_hidden():
    """An exact total past 2**53 is not rounded, and a value's control characters are visible."""
    exact = 2**60 + 1
    table = analytics.totals_table(measures({"m": {"exact": exact, "estimate": 1.5, "certified": False}}))
    assert table["Exact"][0].replace("\N{NARROW NO-BREAK SPACE}", "") == str(exact)
    records = [{"seq": 1, "ts": "x", "user": "a\u202eb", "action": "x", "target": "t", "outcome": "ok", "detail": {}}]
    assert "U+202E" in audit.audit_table(records)["User"][0]
