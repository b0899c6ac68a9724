"""A sweep as grids, arranged one environment at a time where they are large."""

import numpy as np
import pytest
from planted_study import make_runs, make_study

from value_scaling.records import VARIANTS, Choices
from value_scaling.store.files.record_trees import to_tree
from value_scaling.workflow.data.collect import collect
from value_scaling.workflow.grid import sweep_table as module
from value_scaling.workflow.grid.sweep_table import Arranged, sweep_table
from value_scaling.workflow.hyperparameters import hyperparameters
from value_scaling.workflow.preprocess import preprocess

STUDY = make_study(environments=2)
CROSSINGS = preprocess(
    collect(make_runs(STUDY, "sweep", points=40), STUDY),
    STUDY,
    Choices(),
    replicates=8,
    seed=0,
)


@pytest.mark.parametrize("variant", VARIANTS)
def test_large_tables_give_the_same_fits(
    variant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = hyperparameters(CROSSINGS, STUDY, VARIANTS[variant])
    monkeypatch.setattr(module, "STEPS_BYTES", 0)
    large = hyperparameters(CROSSINGS, STUDY, VARIANTS[variant])
    assert to_tree(large) == to_tree(kept)


def test_large_tables_are_arranged_when_they_are_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    every = np.ones(len(CROSSINGS.levels), dtype=bool)
    kept = sweep_table(CROSSINGS, STUDY.environment_names, every)
    assert isinstance(kept.steps, tuple)
    monkeypatch.setattr(module, "STEPS_BYTES", 0)
    large = sweep_table(CROSSINGS, STUDY.environment_names, every)
    assert isinstance(large.steps, Arranged)
    assert large.steps[0] is not large.steps[0]
    np.testing.assert_equal([*large.steps], [*kept.steps])
    np.testing.assert_equal([*large.steps[1:]], [*kept.steps[1:]])
    assert kept.replicates == kept.steps[0].shape[3]
