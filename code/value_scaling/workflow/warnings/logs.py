"""Log points that are too far apart for the data that they measure."""

from collections.abc import Iterator

import numpy as np

from value_scaling.records import Crossings, Study
from value_scaling.records.stages.warnings import Place, StudyWarning

COARSE = 0.1
"""Largest share of D_J that the log interval before the crossing may take up."""
TOLERATED = 0.05
"""Share of the D_J that may be coarser without a warning."""


def coarse_logs(crossings: Crossings, study: Study) -> Iterator[StudyWarning]:
    """Warn if the log interval is over `COARSE` of D_J for many D_J.

    A level that is reached at the first log point may have been reached at any step
    before it. A level that is reached at step 0 measures nothing. In a sweep, only the
    levels that decide B* and η* count.
    """
    levels = np.ones(len(crossings.levels), dtype=bool)
    if crossings.set_name == "sweep":
        levels = np.array(study.deciding_levels)
    with np.errstate(invalid="ignore"):  # 0/0 at step 0
        share = crossings.spacings / crossings.steps
    share[crossings.steps == 0] = 1
    share[:, ~levels] = np.nan
    known = np.isfinite(share)
    first = known & (crossings.spacings == crossings.steps)
    coarse = known & (share > COARSE)
    if not first.any() and coarse.sum() <= TOLERATED * known.sum():
        return
    places = []
    for i in np.flatnonzero(coarse.any(axis=1)):
        setting = crossings.settings[i]
        level = float(crossings.levels[int(coarse[i].argmax())])
        places.append(Place(env=setting.env, utd=float(setting.utd), level=level))
    yield StudyWarning(
        "coarse log",
        crossings.set_name,
        "",
        tuple(dict.fromkeys(places)),
        f"D_J known only to a log interval of more than {COARSE:.0%} of D_J: "
        f"{coarse.sum()} of {known.sum()}, the worst to {np.nanmax(share):.0%}"
        + (f"; reached at the first log point: {first.sum()}" if first.any() else ""),
        "log more often, or leave low levels out of the study file",
    )
