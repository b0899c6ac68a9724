"""Steps and updates that `stop_at_level` would save, computed from archives.

The rule is applied to the finished runs of a sweep. The crossings of the shortened runs
are then compared with those of the whole runs, with the same bootstrap samples.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stopped_runs import stopped_at
from sweeps import read_sweep

from value_scaling.records import Choices
from value_scaling.records.training import STOP_MARGIN
from value_scaling.workflow.preprocess import preprocess

REPLICATES = 500


def test_steps_saved(root: Path, bench: Any, request: pytest.FixtureRequest) -> None:
    study, runs = read_sweep("classic", root, request)
    short = stopped_at(runs, max(study.sweep_levels) * (1 + STOP_MARGIN))
    found = [
        preprocess(each, study, Choices(), replicates=REPLICATES, seed=0)
        for each in (runs, short)
    ]
    steps = np.array([each.last_steps for each in found])
    updates = steps * [each.utd * each.batch_size for each in runs.settings]
    stopped = steps[1] < steps[0]
    what = "classic's sweep with stop_at_level at its top level"
    for name, each in (("environment steps", steps), ("FLOPs", updates)):
        saved = 1 - each[1].sum() / each[0].sum()
        bench.record(f"{what}: {name} saved", 100 * saved, "%")
    share = 100 * stopped.mean()
    bench.record(f"{what}: settings that end early", share, "%")
    same = [found[0].steps[stopped], found[1].steps[stopped]]
    other = ~np.isclose(*same, equal_nan=True)
    bench.record(f"{what}: crossings of these that change", 100 * other.mean(), "%")
    drawn = found[0].replicates[stopped] != found[1].replicates[stopped]
    bench.record(
        f"{what}: bootstrap crossings of these that change", 100 * drawn.mean(), "%"
    )
