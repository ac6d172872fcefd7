"""The estimates of a run back from its `metadata.json`; `Analytics.to_json` is the way there."""

from __future__ import annotations

from etl_batch.model import (
    CONFIDENCE,
    Allocation,
    Analytics,
    ExpectedError,
    MeasureEstimate,
    Pool,
    StratumEstimate,
    TargetError,
    TargetScope,
)
from etl_batch.record.values import Json, JsonObject, mapping, number, objects, some_text, text, texts, whole


def analytics_from_json(value: Json) -> Analytics | None:
    """The estimates, None for a run that made none; what older runs did not say has its default."""
    given = mapping(value)
    if not given:
        return None
    measures = _measures(given.get("measures"))
    return Analytics(
        status=text(given.get("status")) or "success",
        method=text(given.get("method")),
        seed=int(number(given.get("seed")) or 0),
        confidence=number(given.get("confidence")) or CONFIDENCE,
        stratum=some_text(given.get("stratum")),
        population_rows=whole(given.get("population_rows")),
        sample_rows=whole(given.get("sample_rows")),
        sample_frac_effective=number(given.get("sample_frac_effective")),
        taken_whole=whole(given.get("taken_whole")),
        measures=measures,
        strata=tuple(map(_stratum, objects(given.get("strata")))),
        reason=some_text(given.get("reason")),
        allocation=_allocation(given.get("allocation")),
        # A run that does not say took the largest values of every measure whole.
        heavy=texts(given["heavy"]) if "heavy" in given else tuple(measures),
        expected_errors=tuple(map(_expected, objects(given.get("expected_errors")))),
        target_error=_target(mapping(given.get("target_error"))),
        pools=tuple(map(_pool, objects(given.get("pools")))),
        mix=number(given.get("mix")) or 0.0,
        design_effects={
            name: effect
            for name, value in mapping(given.get("design_effects")).items()
            if (effect := number(value)) is not None
        },
    )


def _allocation(value: Json) -> Allocation | None:
    """The rule; runs that do not say used the square root."""
    try:
        return Allocation(text(value) or Allocation.SQRT)
    except ValueError:
        return None


def _measures(value: Json) -> dict[str, MeasureEstimate]:
    return {name: _measure(mapping(measure)) for name, measure in mapping(value).items()}


def _measure(given: JsonObject) -> MeasureEstimate:
    return MeasureEstimate(
        estimate=number(given.get("estimate")),
        std_error=number(given.get("std_error")),
        df=number(given.get("df")),
        ci_low=number(given.get("ci_low")),
        ci_high=number(given.get("ci_high")),
        exact=number(given.get("exact")),
        certified=given.get("certified") is True,
        reason=some_text(given.get("reason")),
    )


def _stratum(given: JsonObject) -> StratumEstimate:
    value = given.get("value")
    return StratumEstimate(
        value=value if isinstance(value, str | int | float | None) else str(value),
        rows=whole(given.get("rows")),
        sampled=whole(given.get("sampled")),
        expansion=number(given.get("expansion")),
        measures=_measures(given.get("measures")),
        taken_whole=whole(given.get("taken_whole")),
        pool=whole(given["pool"]) if number(given.get("pool")) is not None else None,
    )


def _pool(given: JsonObject) -> Pool:
    return Pool(
        strata=whole(given.get("strata")),
        rows=whole(given.get("rows")),
        sampled=whole(given.get("sampled")),
        expansion=number(given.get("expansion")),
        measures=_measures(given.get("measures")),
        taken_whole=whole(given.get("taken_whole")),
    )


def _expected(given: JsonObject) -> ExpectedError:
    widths = mapping(given.get("half_widths"))
    return ExpectedError(
        sample_frac=number(given.get("sample_frac")) or 0.0,
        sample_rows=whole(given.get("sample_rows")),
        half_widths={name: number(width) for name, width in widths.items()},
    )


def _target(given: JsonObject) -> TargetError | None:
    if not given:
        return None
    scope = TargetScope.STRATUM if given.get("scope") == TargetScope.STRATUM else TargetScope.MEASURE
    return TargetError(
        number(given.get("target")) or 0.0, scope, given.get("reached") is True, texts(given.get("missed"))
    )
