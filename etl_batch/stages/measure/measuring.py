"""What a run measures and samples on the way."""

from __future__ import annotations

from dataclasses import dataclass

from etl_batch.analytics.design import WantedSample
from etl_batch.analytics.sampling import KeyBounds


@dataclass(frozen=True, slots=True)
class Measuring:
    """What the pass is to measure and sample on the way; `notes` say in words how it was chosen."""

    stratum: str | None
    measures: tuple[str, ...]
    bounds: KeyBounds
    seed: int
    wanted: WantedSample
    largest: int = 0
    """Rows of each measure, those with its largest values, that may be taken whole."""
    floors: tuple[float, ...] = ()
    """By measure, what these lie farther from nought than, as the planning rows tell."""
    notes: tuple[str, ...] = ()
    reason: str | None = None
    """Why the estimates are others than were asked for, or with `skipped` none at all."""
    unfit: str | None = None
    """Why a stratum or measures that were named cannot be ones."""
    skipped: bool = False

    def __post_init__(self) -> None:
        """Without floors nothing is known."""
        object.__setattr__(self, "floors", self.floors or (0.0,) * len(self.measures))
