"""Alert rules: which runs they speak up about, what they say, and what makes no rule."""

from __future__ import annotations

import pytest

from console import alerts, presets
from console.alerts import Rule, RuleKind, RuleTotal
from console.alerts.messages import facts_of
from console.alerts.rules import describe, finding
from console.users import Forbidden, Role
from etl_batch.config import RunConfig
from etl_batch.errors import UsageError
from etl_batch.language import speaking
from etl_batch.security.audit import AuditLog
from tests.records import record

FAILURE = Rule("Failures", RuleKind.FAILED)
REJECTS = Rule("Rejects", RuleKind.REJECTS, most_rejects=100)
RANGE = Rule("Range", RuleKind.RANGE, measure="quantity", low=10.0, high=20.0)


def run(status: str = "success", **more) -> dict:
    """What a run leaves, as far as rules look at it."""
    measures = {"quantity": {"estimate": 15.0, "exact": 16}}
    metadata = {"run_id": "r1", "status": status, "user": "ada", "counts": {"records_in": 1000, "rejected": 0}}
    metadata |= {"config": {"inputs": ["/d/sales.csv"], "output_csv": "/o/clean.csv"}}
    return metadata | {"analytics": {"measures": measures}, "error": None} | more


def counted(rejected: int, records: int = 1000) -> dict:
    """Counts with so many rejects."""
    return {"records_in": records, "written": records - rejected, "rejected": rejected, "skipped": 0}


def measured(**values) -> dict:
    """Analytics of one measure."""
    return {"measures": {"quantity": values}}


UNATTENDED = {"unattended": True, "stratum": "x", "measures": []}
LACKING = "Run r1 by ada went on without estimates that it was asked for: There is no column 'x'."


@pytest.mark.parametrize(
    ("rule", "metadata", "sentence"),
    [
        (FAILURE, run(), None),
        (FAILURE, run("failed"), "Run r1 by ada failed."),
        (FAILURE, run("timed_out"), "Run r1 by ada timed out."),
        (FAILURE, run("cancelled"), None),
        (Rule("F", RuleKind.FAILED, with_cancelled=True), run("cancelled"), "Run r1 by ada was cancelled."),
        (Rule("F", RuleKind.FAILED, enabled=False), run("failed"), None),
        (FAILURE, run(config=UNATTENDED, analytics={"reason": "There is no column 'x'."}), LACKING),
        (FAILURE, run(config=UNATTENDED, analytics={}), None),
        (FAILURE, run(config=UNATTENDED | {"unattended": False}, analytics={"reason": "No column."}), None),
        (FAILURE, run(config={"unattended": True}, analytics={"reason": "No column."}), None),
        (REJECTS, run(counts=counted(100)), None),
        (REJECTS, run(counts=counted(101)), "Run r1 by ada rejected 101 of 1\u202f000 records (10.1\u202f%)."),
        (
            REJECTS,
            run(counts=counted(101), rejects_by_reason={"invalid_text": 40, "field_count": 61}),
            "Run r1 by ada rejected 101 of 1\u202f000 records (10.1\u202f%), most often for field count.",
        ),
        (
            REJECTS,
            run("failed", counts=counted(101)),
            "Run r1 by ada rejected 101 of 1\u202f000 records (10.1\u202f%).",
        ),
        (
            REJECTS,
            run("failed", counts=counted(6), error={"kind": "too_many_rejects", "message": "x"}),
            "Run r1 by ada rejected 6 of 1\u202f000 records (0.60\u202f%) and stopped at its own limit.",
        ),
        (Rule("R", RuleKind.REJECTS, most_share=0.05), run(counts=counted(50)), None),
        (
            Rule("R", RuleKind.REJECTS, most_share=0.05),
            run(counts=counted(51)),
            "Run r1 by ada rejected 51 of 1\u202f000 records (5.10\u202f%).",
        ),
        (Rule("R", RuleKind.REJECTS, most_share=0.0), run(counts=counted(0, 0)), None),
        (RANGE, run(), None),
        (RANGE, run(analytics=measured(estimate=10.0)), None),
        (
            RANGE,
            run(analytics=measured(estimate=9.5)),
            "Run r1 by ada estimates quantity at 9.5, which is outside 10 to 20.",
        ),
        (
            Rule("R", RuleKind.RANGE, measure="quantity", total=RuleTotal.EXACT, high=15.0),
            run(),
            "Run r1 by ada counts quantity exactly at 16, which is above 15.",
        ),
        (RANGE, run("failed", analytics={}), None),
        (RANGE, run(analytics=measured(estimate=None)), None),
        (RANGE, run(analytics={}), None),
        (
            Rule("R", RuleKind.RANGE, measure="quantity", low=1.0, file="sales*"),
            run(analytics={}),
            "Run r1 by ada has no estimate of quantity, so it could not be checked.",
        ),
        (Rule("F", RuleKind.FAILED, file="sales*.csv"), run("failed"), "Run r1 by ada failed."),
        (Rule("F", RuleKind.FAILED, file="clean.csv"), run("failed"), "Run r1 by ada failed."),
        (Rule("F", RuleKind.FAILED, file="other*"), run("failed"), None),
        (Rule("F", RuleKind.FAILED, preset="nightly"), run("failed"), None),
    ],
)
def test_what_a_rule_says(home, rule, metadata, sentence):
    """Each kind of rule against runs on both sides of its limit."""
    assert finding(rule, record(metadata), home) == sentence


@pytest.mark.parametrize("kept", [True, False])
def test_a_rule_for_a_file_knows_what_an_upload_was_called(home, kept):
    """By the run's record, and, of a run that was cut off before it had one, by the note beside the file."""
    stored = home / "data" / "upload-1.csv"
    stored.with_name(".upload-1.csv.json").write_text('{"original_name": "towns.csv"}')
    inputs = [{"path": str(stored), "original_name": "towns.csv"}] if kept else []
    failed = record(run("failed", inputs=inputs, config={"inputs": [str(stored)]}))
    assert finding(Rule("F", RuleKind.FAILED, file="towns*"), failed, home)
    assert finding(Rule("F", RuleKind.FAILED, file="upload-1*"), failed, home)
    assert finding(Rule("F", RuleKind.FAILED, file="sales*"), failed, home) is None
    assert facts_of(failed, "run.failed", "F", "", "", "", home).inputs == ("towns.csv",)


def test_a_rule_for_a_preset(home, people):
    """It concerns the runs of exactly that configuration, whoever launched them."""
    config = RunConfig(inputs=("/in.csv",), output_csv=home / "output" / "out.csv", home=home, workers=2)
    presets.save(home, "Nightly", config, people[Role.SUPER_ADMIN])
    rule = Rule("F", RuleKind.FAILED, preset="nightly")
    launched = config.changed({"user": "bob", "rerun_of": "r0"}).to_json()
    assert finding(rule, record(run("failed", config=launched)), home)
    assert finding(rule, record(run("failed", config=launched | {"seed": 9})), home) is None


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (Rule(" ", RuleKind.FAILED), "name"),
        (Rule("a\nb", RuleKind.FAILED), "name"),
        (Rule("a", RuleKind.REJECTS), "most_rejects"),
        (Rule("a", RuleKind.REJECTS, most_rejects=-1), "most_rejects"),
        (Rule("a", RuleKind.REJECTS, most_share=1.0), "most_share"),
        (Rule("a", RuleKind.RANGE, low=1.0), "measure"),
        (Rule("a", RuleKind.RANGE, measure="q"), "low"),
        (Rule("a", RuleKind.RANGE, measure="q", low=2.0, high=1.0), "low"),
        (Rule("a", RuleKind.RANGE, measure="q", low=float("nan")), "low"),
        (Rule("a", RuleKind.FAILED, file="data/x.csv"), "file"),
        (Rule("a", RuleKind.FAILED, preset="x\r"), "preset"),
    ],
)
def test_what_makes_no_rule(home, people, rule, field):
    """The error names the field, and nothing is kept."""
    with pytest.raises(UsageError) as caught:
        alerts.save_rule(home, rule, people[Role.SUPER_ADMIN])
    assert caught.value.field == field
    assert alerts.list_rules(home) == []


def test_rules_are_kept_changed_and_deleted(home, people):
    """A rule comes back as it was saved, two cannot have one name, and each change is on the audit log."""
    admin = people[Role.SUPER_ADMIN]
    rule_id = alerts.save_rule(home, RANGE, admin)
    assert alerts.list_rules(home) == [RANGE]
    with pytest.raises(UsageError, match="already a rule"):
        alerts.save_rule(home, Rule("RANGE", RuleKind.FAILED), admin)
    alerts.save_rule(home, Rule("Renamed", RuleKind.FAILED, id=rule_id, channels=(3,)), admin)
    assert alerts.list_rules(home) == [Rule("Renamed", RuleKind.FAILED, channels=(3,))]
    alerts.delete_rule(home, rule_id, admin)
    assert alerts.list_rules(home) == []
    with pytest.raises(UsageError, match="deleted meanwhile"):
        alerts.save_rule(home, Rule("Renamed", RuleKind.FAILED, id=rule_id), admin)
    actions = [(entry["action"], entry["target"]) for entry in AuditLog(home).tail(3)]
    assert actions == [("alert.rule.delete", "Renamed"), ("alert.rule.save", "Renamed"), ("alert.rule.save", "Range")]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_only_a_super_admin_changes_rules(home, people, role):
    """The role is the database's, whatever the page believes."""
    rule_id = alerts.save_rule(home, FAILURE, people[Role.SUPER_ADMIN])
    with pytest.raises(Forbidden):
        alerts.save_rule(home, REJECTS, people[role])
    with pytest.raises(Forbidden):
        alerts.delete_rule(home, rule_id, people[role])
    assert alerts.list_rules(home) == [FAILURE]


def test_what_a_rule_says_in_portuguese(home):
    """The sentence, its numbers, and the engine's own sentence within it."""
    with speaking("pt_br"):
        assert describe(RANGE) == "A estimativa de quantity está fora de 10 a 20"
        rejected = finding(REJECTS, record(run(counts=counted(101), rejects_by_reason={"field_count": 101})), home)
        assert rejected == (
            "A execução r1 de ada rejeitou 101 de 1.000 registros (10,1\u202f%), mais vezes por número de campos."
        )
        value = finding(RANGE, record(run(analytics=measured(estimate=9.5))), home)
        assert value == "A execução r1 de ada estima quantity em 9,5, o que está fora de 10 a 20."
        lacking = finding(
            FAILURE, record(run(config=UNATTENDED, analytics={"reason": "There is no column 'x'."})), home
        )
        assert lacking is not None
        assert "There is" not in lacking


def test_a_rule_in_words():
    """What a rule looks at reads as one line."""
    assert describe(FAILURE) == (
        "A run fails or times out, or one of a preset or schedule lacks the estimates it asks for"
    )
    both = Rule("R", RuleKind.REJECTS, most_rejects=1000, most_share=0.025, file="sales*", preset="nightly")
    assert describe(both) == (
        "More than 1\u202f000 records or 2.5\u202f% of the records rejected, for files named sales*, "
        "for the preset nightly"
    )
    assert describe(RANGE) == "The estimate of quantity is outside 10 to 20"
