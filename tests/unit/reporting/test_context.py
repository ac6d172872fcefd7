"""What the report says: the typed context built from a run's metadata."""

# The tables below show what a reader sees, look-alike characters included.
# ruff: noqa: RUF001
from __future__ import annotations

import pytest

from etl_batch.reporting import rejected, wording
from etl_batch.reporting.formatting import MINUS, SEPARATOR
from tests.records import context_of, report_of


def plain(text: str) -> str:
    """The text with ordinary spaces and hyphens."""
    return text.replace(SEPARATOR, " ").replace(MINUS, "-")


def test_headline(success):
    """The headline names the run, its author, its time, and how many inputs became how many outputs."""
    head = context_of(success).headline
    assert (head.run_id, head.status, head.tone, head.user) == (success["run_id"], "Success", "good", "mara")
    assert plain(head.duration) == "12.3 s"
    assert plain(head.sources_note) == "3 inputs, 61.7 MB"
    assert head.results == ("orders.csv", "orders.parquet")
    assert head.rerun_of == "20260130T090000Z-00ff00"
    assert head.alarm is None


def test_many_inputs_are_counted(success):
    """The headline lists three inputs and counts the rest."""
    success["inputs"] *= 4
    head = context_of(success).headline
    assert head.sources[-1] == "and 9 more"
    assert len(head.sources) == 4


@pytest.mark.parametrize(
    ("status", "label", "word"),
    [
        ("failed", "Failed", "log"),
        ("cancelled", "Cancelled", "cancelled"),
        ("timed_out", "Timed out", "time limit"),
        ("running", "Running", "not finished"),
        ("queued", "Queued", "not started"),
        ("odd", "Unknown", "no known status"),
        (None, "Unknown", "no known status"),
    ],
)
def test_whatever_is_no_success_says_why(status, label, word):
    """Every other state has a sentence of its own when the metadata has none."""
    head = context_of({"status": status}).headline
    assert head.status == label
    assert word in (head.alarm or "")


def test_the_error_sentence_stands_on_top(failed):
    """A failed run shows its own message and kind, and takes its duration from its moments."""
    head = context_of(failed).headline
    assert head.alarm == failed["error"]["message"]
    assert head.alarm_kind == "input refused"
    assert plain(head.duration) == "0.41 s"
    assert head.sources == ("missing.bin",)


@pytest.mark.parametrize(
    ("counts", "holds", "words"),
    [
        ((10, 7, 2, 1), True, "accounted for"),
        ((10, 7, 1, 1), False, "1 record came in and cannot be accounted for"),
        ((10, 9, 2, 1), False, "2 records went out that never came in"),
        ((0, 0, 0, 0), None, "No record was read"),
    ],
)
def test_conservation(counts, holds, words):
    """The equation is judged in words: it holds, it fails by so many, or nothing was read."""
    names = ("records_in", "written", "rejected", "skipped")
    kept = context_of({"counts": dict(zip(names, counts, strict=True))}).conservation
    assert kept.holds is holds
    assert words in kept.sentence


def test_estimates(success):
    """Each measure shows estimate, interval, exact total and difference; an uncertified one its reason."""
    estimates = context_of(success).estimates
    quantity, value = estimates.measures.items
    assert plain(quantity.estimate) == "55 176 628"
    assert plain(quantity.interval or "") == "54 824 238 to 55 529 018"
    assert plain(quantity.exact) == "55 061 000"
    assert plain(quantity.deviation) == "+0.21 %"
    assert (quantity.certified, quantity.inside, quantity.reason) == (True, True, None)
    assert (value.certified, value.inside) == (False, False)
    assert value.reason == success["analytics"]["measures"]["value"]["reason"]
    assert estimates.sentence == "The exact total lies inside 1 of 2 intervals."
    assert plain(estimates.confidence) == "95 %"


def test_each_table_says_of_itself_whether_its_intervals_hold(success):
    """One stratum's interval misses, no total's does: only the table of that measure says so, above its strata."""
    measures, strata = success["analytics"]["measures"], success["analytics"]["strata"]
    for measure in (*measures.values(), *(each for stratum in strata for each in stratum["measures"].values())):
        measure |= {"estimate": 10, "ci_low": 9.0, "ci_high": 11.0, "exact": 10}
    strata[0]["measures"]["quantity"]["exact"] = 12
    estimates = context_of(success).estimates
    assert estimates.sentence == "The exact totals of all 2 measures lie inside their intervals."
    quantity, value = estimates.strata
    shown = len(quantity.rows.items)
    assert f"lies inside {shown - 1} of {shown} intervals; of certified ones one in twenty" in plain(quantity.sentence)
    assert plain(value.sentence).endswith(f"Of the strata below the exact total lies inside all {shown} intervals.")
    page = plain(report_of(success))
    assert "own exact total, and the ends are" in page
    assert "Exact total ±" not in page


def test_a_pooled_stratum_has_its_exact_total_alone(success):
    """It is said to be pooled, and how many are is a fact of the sample."""
    stratum = success["analytics"]["strata"][0]
    stratum["pool"] = 0
    stratum["measures"]["quantity"] |= {"estimate": None, "std_error": None, "ci_low": None, "ci_high": None}
    estimates = context_of(success).estimates
    row = next(row for row in estimates.strata[0].rows.items if row.pooled)
    assert (row.measure.estimate, row.measure.interval, row.measure.certified is not None) == ("–", None, True)
    assert ("1" in {fact.value for fact in estimates.facts}) is True
    assert "pooled" in report_of(success)


def test_a_table_of_pools_alone_speaks_of_no_drawings(success):
    """None of its strata has an interval, and that is said."""
    for number, stratum in enumerate(success["analytics"]["strata"]):
        stratum["pool"] = number // 5
        for measure in stratum["measures"].values():
            measure |= {"estimate": None, "std_error": None, "ci_low": None, "ci_high": None}
    assert {table.sentence for table in context_of(success).estimates.strata} == {wording.NONE_DRAWN}


def test_what_the_sample_is_worth(success):
    """A design effect of a half is a simple random sample of twice the rows, nearly: the population is finite."""
    success["analytics"]["design_effects"] = {"quantity": 0.5}
    quantity, value = context_of(success).estimates.measures.items
    rows, sampled = (success["analytics"][name] for name in ("population_rows", "sample_rows"))
    worth = int(plain(quantity.worth or "").removesuffix(" rows").replace(" ", ""))
    assert worth * (1 - sampled / rows) == pytest.approx(2 * sampled * (1 - worth / rows), rel=0.01)
    assert value.worth is None


def test_a_missing_reason_is_said(success):
    """An uncertified measure never stands without a sentence, and a certified one keeps its remark."""
    measures = success["analytics"]["measures"]
    measures["value"]["reason"], measures["quantity"]["reason"] = None, "Missing values count as nought."
    quantity, value = context_of(success).estimates.measures.items
    assert value.reason == "No reason was recorded."
    assert quantity.reason == "Missing values count as nought."


def test_strata_are_the_largest_in_order(success):
    """Twenty strata by falling rows, whatever their order in the metadata, and how many more there are."""
    success["analytics"]["strata"].reverse()
    table = context_of(success).estimates.strata[0]
    assert [plain(row.rows) for row in table.rows.items][:3] == ["160 000", "80 000", "53 333"]
    assert (len(table.rows.items), table.rows.more) == (20, "8")
    assert [row.value for row in table.rows.items if row.placeholder] == ["missing"]


def test_a_stratum_without_variance_has_no_interval(success):
    """Where the sample cannot tell, the row says nothing rather than nought."""
    measure = success["analytics"]["strata"][0]["measures"]["quantity"]
    measure |= {"std_error": None, "ci_low": None, "ci_high": None, "certified": False}
    row = context_of(success).estimates.strata[0].rows.items[0]
    assert row.measure.interval is None
    assert row.plot is not None
    assert row.plot.left is None


def test_without_a_stratum_column_there_is_no_strata_table(success):
    """The one stratum of all rows would only repeat the cards."""
    success["analytics"]["stratum"] = None
    assert context_of(success).estimates.strata == ()


@pytest.mark.parametrize(
    ("analytics", "words"),
    [({"status": "skipped", "reason": "No numeric column."}, "No numeric column."), ({}, "did not come that far")],
)
def test_skipped_estimates_say_why(analytics, words):
    """A run without estimates gives the reason in their place."""
    assert words in (context_of({"analytics": analytics}).estimates.skipped or "")


def test_rejects_are_grouped(success, rejects):
    """Reasons by falling count with at most three examples; bytes as hexadecimal pairs, text with its line end."""
    first, second = context_of(success, rejects).rejects.items
    assert (first.reason, first.count, plain(first.share or "")) == ("not_utf8", "9", "75.0 %")
    assert len(first.examples) == 3
    assert first.examples[0].raw.startswith("00 01 02 03")
    assert first.examples[0].raw_label.endswith("bytes")
    assert second.examples[0].raw.endswith("blue‹CR›‹LF›")
    assert second.examples[0].field is None


def test_rejects_without_totals_are_a_lower_bound(rejects):
    """When only the first lines are known, their number is not passed off as the whole."""
    group = context_of({}, rejects).rejects.items[0]
    assert (group.count, group.share) == ("at least 4", None)


def test_only_the_first_lines_of_the_rejects_are_read(rejects):
    """An endless file of rejects costs no more than its beginning."""
    lines = iter([rejects[0]] * (rejected.READ_LINES + 5))
    context_of({}, lines)
    assert len(list(lines)) == 5


def test_raw_that_is_not_base64_is_shown_as_text(rejects):
    """A damaged line of the rejects does not stop the report."""
    rejects[0]["raw"] = "not base64!"
    assert context_of({}, rejects).rejects.items[0].examples[0].raw == "not base64!"


def test_long_bytes_are_cut(rejects):
    """A record of many bytes shows its beginning within two hundred characters."""
    rejects[0]["raw"] = "AAAA" * 250_000
    raw = context_of({}, rejects).rejects.items[0].examples[0].raw
    assert raw.startswith("00 00")
    assert raw.endswith("…")
    assert len(raw) <= 200


def test_changes(success, previous):
    """Every figure stands beside its predecessor with its difference; facts are sentences."""
    changes = context_of(success, previous=previous).changes
    assert changes is not None
    figures = {row.label: row for row in changes.figures.items}
    records, rejected_row = figures["Records in"], figures["Rejected"]
    assert (plain(records.difference), plain(records.share)) == ("+20 000", "+1.85 %")
    assert plain(rejected_row.difference) == "-2"
    assert plain(figures["Exact total of quantity"].difference) == "+1 061 000"
    assert not figures["Peak memory"].changed
    assert changes.facts.items == (
        "The csv output has the same bytes as before.",
        "The parquet output has other bytes than before.",
        "Column product is new.",
        "Setting Workers is 8 and was 4.",
    )


def test_schema_changes_are_named(success, previous):
    """A column that went and a column that changed its type are both said."""
    previous["schema"] = [{"name": "gone", "type": "string"}, *success["schema"]]
    success["schema"] = [{"name": "id", "type": "string"}, *success["schema"][1:]]
    changes = context_of(success, previous=previous).changes
    assert changes is not None
    assert "Column gone is gone." in changes.facts.items
    assert "Column id is string and was uint32." in changes.facts.items


def test_first_run_has_no_changes(success):
    """Without a previous run there is nothing to compare."""
    assert context_of(success).changes is None


@pytest.mark.parametrize(
    ("gpu", "expected"),
    [
        (None, [("GPU", "No GPU found.")]),
        ([], [("GPU", "No GPU found.")]),
        (
            [{"name": "Model X", "load": 0.25, "memory_total_mb": 8192.0, "memory_used_mb": 0.5}],
            [
                ("GPU name", "Model X"),
                ("GPU load", "0.25"),
                ("GPU memory total mb", "8192"),
                ("GPU memory used mb", "0.5"),
            ],
        ),
    ],
)
def test_gpu(gpu, expected):
    """A machine without a graphics processor says so; one with it lists what is known."""
    cpu, memory = {"model": "Model Y", "cores": 8, "usable_cores": 4, "load": 1.5}, {"total_bytes": 16_000_000_000}
    system = context_of({"system": {"cpu": cpu, "memory": memory, "gpu": gpu}}).system
    assert [(fact.label, plain(fact.value)) for fact in system] == [
        ("CPU model", "Model Y"),
        ("CPU cores", "8"),
        ("CPU usable cores", "4"),
        ("CPU load", "1.5"),
        ("Memory total", "16.0 GB"),
        ("Memory available", "0 B"),
        *expected,
    ]
