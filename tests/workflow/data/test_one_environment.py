"""The record of one environment holds that environment's data and fits."""

import numpy as np
from planted_study import make_crossings, make_study, planted_cells

from value_scaling.records import Choices
from value_scaling.workflow.budget import budget
from value_scaling.workflow.data.one_environment import of_environment
from value_scaling.workflow.data_efficiency import data_efficiency


def test_its_data_and_fits_are_those_of_the_environment() -> None:
    study = make_study(environments=2)
    pooled = data_efficiency(
        make_crossings(study, "ours", planted_cells(study, "ours")), study, Choices()
    )
    own = of_environment(pooled, "Synthetic1-v0")
    assert own.environments == ("Synthetic1-v0",)
    np.testing.assert_array_equal(own.pooled.value, pooled.data.value[1])
    x = np.array([1.0, 4.0])
    np.testing.assert_array_equal(
        own.law.at(x).low, pooled.environment_laws.at(x).low[1]
    )
    np.testing.assert_array_equal(own.batch_sizes[0], pooled.batch_sizes[1])


def test_an_environment_that_needs_more_data_needs_more_budget() -> None:
    study = make_study(environments=2)
    pooled = data_efficiency(
        make_crossings(study, "ours", planted_cells(study, "ours")), study, Choices()
    )
    first, second = (
        budget(of_environment(pooled, env.name), study, Choices(), fitted_batch=None)
        for env in study.environments
    )
    assert (second.budget.value > first.budget.value).all()
