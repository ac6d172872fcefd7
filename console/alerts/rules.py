"""Rules: which runs somebody is told about, and the sentence that says why."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from console import presets, sentences
from console.actions import act
from console.alerts import wording
from console.alerts.channels import check_name
from console.database import reading, transaction
from console.users import User
from etl_batch.errors import TooManyRejects, UsageError
from etl_batch.language import ENGLISH, speaking
from etl_batch.model import RunStatus
from etl_batch.record.originals import name_of
from etl_batch.record.run import RunRecord
from etl_batch.record.settings import RunSettings
from etl_batch.reporting.formatting import counted, percent, plain_percent, quantity, typed_number, visible, words
from etl_batch.retelling import retold
from etl_batch.security.audit import AuditLog

TEXT_LENGTH = 200


class RuleKind(StrEnum):
    """What a rule looks at; the value is the event's name after `run.`."""

    FAILED = "failed"
    REJECTS = "rejects"
    RANGE = "range"


class RuleTotal(StrEnum):
    """Which total of a measure a rule looks at."""

    ESTIMATE = "estimate"
    EXACT = "exact"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. Fields of other kinds than its own keep their defaults."""

    name: str
    kind: RuleKind
    enabled: bool = True
    with_cancelled: bool = False
    """Failures: also runs that somebody cancelled."""
    most_rejects: int | None = None
    """Rejects: more records than this."""
    most_share: float | None = None
    """Rejects: a larger share of the records than this, of 1."""
    measure: str = ""
    """Range: the column."""
    total: RuleTotal = RuleTotal.ESTIMATE
    low: float | None = None
    high: float | None = None
    file: str = ""
    """Only runs that read or write a file of this name (`sales*.csv`); empty for all."""
    preset: str = ""
    """Only runs of this preset; empty for all."""
    channels: tuple[int, ...] = ()
    """Channels that are told; empty for all."""
    id: int = field(default=0, compare=False)


def list_rules(home: Path) -> list[Rule]:
    """All rules by name."""
    with reading(home) as connection:
        return [_rule(row) for row in connection.execute("SELECT * FROM alert_rules ORDER BY name")]


def save_rule(home: Path, rule: Rule, user: User | None) -> int:
    """Add a rule, or change the one with its id; returns its id. A super_admin only, on the audit log."""
    try:
        with transaction(home) as connection, act(home, "alert.rule.save", user) as now:
            rule = checked(rule)
            settings = {name: value for name, value in asdict(rule).items() if name not in ("name", "enabled", "id")}
            row = (rule.name, rule.enabled, json.dumps(settings))
            if rule.id:
                statement = "UPDATE alert_rules SET name = ?, enabled = ?, settings = ? WHERE id = ?"
                cursor = connection.execute(statement, (*row, rule.id))
            else:
                statement = "INSERT INTO alert_rules (name, enabled, settings) VALUES (?, ?, ?)"
                cursor = connection.execute(statement, row)
            if not cursor.rowcount:
                raise UsageError(sentences.RULE_DELETED)
            with speaking(ENGLISH):
                detail = {"enabled": rule.enabled, "what": describe(rule)}
            AuditLog(home).append(user=now.name, action="alert.rule.save", target=rule.name, detail=detail)
            return rule.id or int(cursor.lastrowid or 0)
    except sqlite3.IntegrityError as error:
        raise UsageError(sentences.RULE_EXISTS.format(name=rule.name), field="name") from error


def delete_rule(home: Path, rule_id: int, user: User | None) -> None:
    """Forget a rule; what it has sent already stays in the list of alerts. A super_admin only."""
    with transaction(home) as connection, act(home, "alert.rule.delete", user) as now:
        row = connection.execute("SELECT name FROM alert_rules WHERE id = ?", (rule_id,)).fetchone()
        if row is None:
            return
        AuditLog(home).append(user=now.name, action="alert.rule.delete", target=row["name"])
        connection.execute("DELETE FROM alert_rules WHERE id = ?", (rule_id,))


def checked(rule: Rule) -> Rule:
    """The rule when it makes sense; raises `UsageError` with the `field` that does not."""
    rule = replace(rule, name=check_name(rule.name), measure=rule.measure.strip(), file=rule.file.strip())
    for name in ("measure", "file", "preset"):
        value = getattr(rule, name)
        if len(value) > TEXT_LENGTH or (value and not value.isprintable()):
            raise UsageError(sentences.RULE_TEXT_LONG.format(most=TEXT_LENGTH), field=name)
    if "/" in rule.file:
        raise UsageError(sentences.FILE_WITH_FOLDERS, field="file")
    if rule.kind is RuleKind.REJECTS:
        _check_rejects(rule)
    if rule.kind is RuleKind.RANGE:
        _check_range(rule)
    return rule


def _check_rejects(rule: Rule) -> None:
    if rule.most_rejects is None and rule.most_share is None:
        raise UsageError(sentences.NO_REJECT_LIMIT, field="most_rejects")
    if rule.most_rejects is not None and rule.most_rejects < 0:
        raise UsageError(sentences.REJECTS_BELOW_NOUGHT, field="most_rejects")
    if rule.most_share is not None and not 0 <= rule.most_share < 1:
        raise UsageError(sentences.NO_SHARE, field="most_share")


def _check_range(rule: Rule) -> None:
    if not rule.measure:
        raise UsageError(sentences.NO_MEASURE, field="measure")
    if rule.low is None and rule.high is None:
        raise UsageError(sentences.NO_BOUNDS, field="low")
    if not all(math.isfinite(bound) for bound in (rule.low, rule.high) if bound is not None):
        raise UsageError(sentences.NO_BOUND, field="low")
    if rule.low is not None and rule.high is not None and rule.low > rule.high:
        raise UsageError(sentences.BOUNDS_CROSSED, field="low")


def describe(rule: Rule) -> str:
    """What the rule looks at, in one line."""
    what = _condition(rule)
    if rule.file:
        what = wording.FOR_FILES.format(what=what, file=rule.file)
    if rule.preset:
        what = wording.FOR_PRESET.format(what=what, preset=rule.preset)
    return visible(what, 400)


def _condition(rule: Rule) -> str:
    if rule.kind is RuleKind.FAILED:
        return wording.FAILS_OR_CANCELLED if rule.with_cancelled else wording.FAILS
    if rule.kind is RuleKind.REJECTS:
        share = None if rule.most_share is None else plain_percent(rule.most_share)
        if rule.most_rejects is None:
            return wording.MORE_SHARE.format(share=share)
        records = counted(rule.most_rejects, "record")
        if share is None:
            return wording.MORE_RECORDS.format(records=records)
        return wording.MORE_RECORDS_OR_SHARE.format(records=records, share=share)
    if rule.total is RuleTotal.ESTIMATE:
        return wording.ESTIMATE_IS.format(measure=rule.measure, outside=_outside(rule))
    return wording.EXACT_IS.format(measure=rule.measure, outside=_outside(rule))


def _outside(rule: Rule) -> str:
    low, high = typed_number(rule.low), typed_number(rule.high)
    if rule.low is None:
        return wording.ABOVE.format(high=high)
    if rule.high is None:
        return wording.BELOW.format(low=low)
    return wording.OUTSIDE.format(low=low, high=high)


def finding(rule: Rule, record: RunRecord, home: Path) -> str | None:
    """The sentence that says why the rule speaks up about a run that is over; None when it does not."""
    if not rule.enabled or not _concerns(rule, record, home):
        return None
    who = {"run": record.run_id, "user": record.user or wording.SOMEBODY}
    if rule.kind is RuleKind.FAILED:
        ended = wording.ENDED.get(record.status) if record.status else None
        if ended and (record.status is not RunStatus.CANCELLED or rule.with_cancelled):
            return ended.format(**who)
        lacking = _lacking(record)
        return wording.LACKING.format(**who, reason=retold(lacking)) if lacking else None
    return _rejects(rule, record, who) if rule.kind is RuleKind.REJECTS else _range(rule, record, who)


def _lacking(record: RunRecord) -> str | None:
    """Why a run of a preset or schedule lacks what it was asked to estimate; None when it does not."""
    asked = record.config.values.get("stratum") or record.config.values.get("measures")
    if record.status is not RunStatus.SUCCESS or not asked or not record.config.values.get("unattended"):
        return None
    return record.analytics.reason if record.analytics else None


def _rejects(rule: Rule, record: RunRecord, who: Mapping[str, str]) -> str | None:
    rejected, records = record.counts.rejected, record.counts.records_in
    share = rejected / records if records else 0.0
    many = rule.most_rejects is not None and rejected > rule.most_rejects
    often = rule.most_share is not None and share > rule.most_share
    # A run that stops at its own limit has not counted to the end.
    stopped = record.error is not None and record.error.kind == TooManyRejects.kind
    if not (many or often or stopped):
        return None
    parts = {**who, "rejected": quantity(rejected), "records": counted(records, "record"), "share": percent(share)}
    reasons = record.rejects_by_reason
    if not reasons:
        return (wording.REJECTED_STOPPED if stopped else wording.REJECTED).format(**parts)
    sentence = wording.REJECTED_MOST_FOR_STOPPED if stopped else wording.REJECTED_MOST_FOR
    return sentence.format(**parts, reason=words(max(reasons, key=lambda each: reasons[each])))


def _range(rule: Rule, record: RunRecord, who: Mapping[str, str]) -> str | None:
    if record.status is not RunStatus.SUCCESS:
        return None
    measure = record.analytics.measures.get(rule.measure) if record.analytics else None
    value = None if measure is None else measure.estimate if rule.total is RuleTotal.ESTIMATE else measure.exact
    if value is None:
        # A rule over all runs meets many without its column; one for a certain file or preset expects it.
        if not (rule.file or rule.preset):
            return None
        sentence = wording.NO_ESTIMATE if rule.total is RuleTotal.ESTIMATE else wording.NO_EXACT
        return sentence.format(**who, measure=rule.measure)
    if (rule.low is None or value >= rule.low) and (rule.high is None or value <= rule.high):
        return None
    sentence = wording.ESTIMATED if rule.total is RuleTotal.ESTIMATE else wording.COUNTED
    return sentence.format(**who, measure=rule.measure, value=typed_number(value), outside=_outside(rule))


def _concerns(rule: Rule, record: RunRecord, home: Path) -> bool:
    """Whether the run is one of those that the rule is for."""
    if rule.file and not any(fnmatchcase(name, rule.file) for name in _file_names(record, home)):
        return False
    return not rule.preset or _is_of_preset(rule.preset, record.config, home)


def _file_names(record: RunRecord, home: Path) -> set[str]:
    """The last part of every path of a run, and what uploads were called."""
    paths = (*record.config.inputs, *record.config.outputs, *(each.path for each in record.inputs))
    called = (name_of(home, given, record.inputs) for given in record.config.inputs)
    return {Path(path).name for path in paths if path} | {*called, *(each.name for each in record.inputs)}


def _is_of_preset(name: str, config: RunSettings, home: Path) -> bool:
    try:
        preset = presets.find(home, name)
    except UsageError:
        # It was saved by another version; then no run of today is its.
        return False
    return preset is not None and all(config.values.get(key) == value for key, value in presets.body(preset).items())


def _rule(row: sqlite3.Row) -> Rule:
    values: dict[str, Any] = json.loads(row["settings"])
    values |= {
        "kind": RuleKind(values["kind"]),
        "total": RuleTotal(values["total"]),
        "channels": tuple(values["channels"]),
    }
    return Rule(name=row["name"], enabled=bool(row["enabled"]), id=row["id"], **values)
