"""Presets in words."""

from __future__ import annotations

from etl_batch.ui.launch.presets import describe, missing
from tests.support import config_of


def test_presets_in_words(fresh):
    """What differs from the defaults is said, and nothing of a hostile name is left to obey."""
    plain_words = dict(describe(config_of(fresh)))
    assert set(plain_words) == {"Reads", "Writes", "Limits"}
    assert "stops after 60\N{NARROW NO-BREAK SPACE}min" in plain_words["Limits"]
    config = config_of(fresh, layout="default", stratum="product", measures=("value",), sample_frac=0.5)
    assert dict(describe(config))["Sample"].endswith("by product; totals of value")
    assert dict(describe(config))["Layout"] == "default"
    sized = config_of(fresh, allocation="neyman", target_error=0.01, target_per="stratum")
    assert dict(describe(sized))["Sample"] == (
        "rows for an error of 1\N{NARROW NO-BREAK SPACE}% of each stratum's total, neyman allocation"
    )
    assert missing(config) is None
    assert missing(config_of(fresh, inputs=(str(fresh / "data" / "*.gone"),))) is None
