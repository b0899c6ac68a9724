"""Let the tests of this folder import shared modules, and fit a planted study."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from planted_study import make_runs, make_study

from value_scaling.records import Budgets, Choices, DataEfficiencies, Study
from value_scaling.workflow.advice.frontier import Fits
from value_scaling.workflow.budget import budget
from value_scaling.workflow.data.collect import collect
from value_scaling.workflow.data_efficiency import data_efficiency
from value_scaling.workflow.hyperparameters import hyperparameters
from value_scaling.workflow.preprocess import preprocess

REPLICATES = 200
SWEPT = (1.0, 2.0, 4.0, 8.0, 16.0)


def fits_of(study: Study) -> Fits:
    """Run the three stages on the planted runs of a study."""
    sweep, ours = (
        preprocess(
            collect(make_runs(study, name, points=100), study),
            study,
            Choices(),
            replicates=REPLICATES,
            seed=0,
        )
        for name in ("sweep", "ours")
    )
    first = hyperparameters(sweep, study, Choices())
    data = data_efficiency(ours, study, Choices())
    third = budget(data, study, Choices(), fitted_batch=first.batch_law())
    return Fits(
        study,
        first,
        DataEfficiencies(study.name, {"ours": data}),
        Budgets(study.name, {"ours": third}),
    )


@pytest.fixture(scope="session")
def fits() -> Fits:
    """Three environments, σ from 1 to 16 in the sweep and from 0.5 to 8 in the runs."""
    return fits_of(make_study(sweep_utds=SWEPT))
