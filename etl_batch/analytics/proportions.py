"""The interval of a share: how often something happened, and how often it may happen in the long run."""

from __future__ import annotations

import math
from statistics import NormalDist

from etl_batch.model import CONFIDENCE


def wilson(hits: float, count: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The Wilson score interval of a share, `hits` of `count` independent trials; 0 to 1 without any trial.

        (p + z^2 / 2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)

    It holds near nought and one, where `p -+ z sqrt(p (1 - p) / n)` does not. Source: Wilson (1927), Journal of the
    American Statistical Association 22(158); recommended by Brown, Cai and DasGupta (2001), Statistical Science 16(2).
    """
    if count <= 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = hits / count
    middle = share + z**2 / (2 * count)
    reach = z * math.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    scale = 1 + z**2 / count
    low, high = (middle - reach) / scale, (middle + reach) / scale
    return (0.0 if hits == 0 else low), (1.0 if hits == count else high)
