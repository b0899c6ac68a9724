"""Coverage of the intervals of regrets: make bench ARGS="-k intervals".

Planted studies of one kind differ only in their seeds. The truth is the mean over these
studies, whose error is a seventh of the error of one study.
"""

from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from planted_valleys import VALLEYS, Valley, valley_runs

from value_scaling.workflow.regret import regrets

STUDIES = 50
KINDS = ("plain", "tilt 0.6", "4 seeds")


@pytest.mark.parametrize(
    "valley", [v for v in VALLEYS if v.name in KINDS], ids=lambda valley: valley.name
)
def test_intervals_of_regrets_include_the_truth(valley: Valley, bench: Any) -> None:
    found = defaultdict(list)
    for number in range(STUDIES):
        study, runs = valley_runs(valley, number)
        record = regrets(runs, study, splits=20, draws=20, seed=number)
        for row in record.rows:
            found[row.scope, row.levels, row.way].append(row.data)
        for ratio in record.ratios:
            key = (ratio.scope, ratio.levels, ratio.way, ratio.over)
            found[key].append(ratio.data)
    shares = []
    for estimates in found.values():
        logs = np.log([(e.value, e.low, e.high) for e in estimates])
        truth = logs[:, 0].mean()
        shares.append(np.mean((logs[:, 1] <= truth) & (truth <= logs[:, 2])))
    name = f"intervals of regret, {valley.name}"
    bench.record(f"{name}: include the truth, on average", 100 * np.mean(shares), "%")
    bench.record(f"{name}: include the truth, least often", 100 * min(shares), "%")
    assert min(shares) >= 0.9
