"""Results of a planted study of σ and N, with everything that figures show."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from planted_sizes import GRID, STUDY, Given, array, member, pack

from value_scaling.records import Estimate
from value_scaling.records.model_size.comparisons import EqualBudget
from value_scaling.records.model_size.critics import PassiveCritic, Slopes, TdErrors
from value_scaling.report.sizes.results import SizeResults
from value_scaling.workflow.model_size.stage import make


def about(value: np.ndarray | float) -> Estimate:
    """Return values with an interval of ±10%."""
    middle = np.asarray(value, dtype=float)
    ends = 0.9 * middle, 1.1 * middle
    return Estimate(middle, np.minimum(*ends), np.maximum(*ends))


def td_errors() -> TdErrors:
    """Errors at two σ, three widths and two batch sizes."""
    cells = [(u, w, b) for u in (1, 8) for w in (256, 512, 1024) for b in (128, 256)]
    utds, widths, batches = (np.array(each, float) for each in zip(*cells, strict=True))
    groups = np.array([1.0, 1, 1, 8, 8, 8]), np.array([256.0, 512, 1024] * 2)
    slopes = Slopes(*groups, about(np.full(6, -0.1)), about(np.full(6, 0.2)))
    by_size = Slopes(np.array([1.0, 8]), np.zeros(2), about(-np.ones(2)), about([1, 2]))
    errors = about(100 / widths), about(300 / widths * (batches / 128) ** 0.2)
    sizes = 8 * widths**2
    return TdErrors("grid.zip", utds, widths.astype(int), sizes, batches, *errors,
                    slopes, by_size)  # fmt: skip


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> SizeResults:
    folder = tmp_path_factory.mktemp("sizes")
    batches = {}
    for utd in (1, 2, 4):
        for width in (256, 512, 1024):
            for batch, slower in ((128, 0.8), (512, 0.9)):
                found = array(utd, width)
                found[:, 1:] *= slower
                batches[member(utd, width, batch)] = found
    pack(folder / "grid.zip", GRID | batches)
    record = make(Given(STUDY, folder), replicates=20, seed=0)
    widths = np.array([256, 512])
    critic = PassiveCritic(
        widths, widths, about([[4, 3], [2, 1]]), about(-0.5), about(-0.2), 2
    )
    pairs = EqualBudget(
        "n_only.zip", ("walk, budget 1",), about([1.2]), about(1.2), about(1.2)
    )
    record = replace(
        record,
        td_errors={"group/walk": td_errors()},
        passive_critics={"walk": critic},
        equal_budget=(pairs,),
    )
    return SizeResults(STUDY, record)
