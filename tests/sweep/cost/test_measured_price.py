"""δ as measured on this host."""

import pytest

from value_scaling.records import ScalingError
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import load_study
from value_scaling.store.studies.training import load_training
from value_scaling.sweep.cost.measured_price import measure, priced
from value_scaling.sweep.cost.speed import Speed
from value_scaling.sweep.plan.sets import plan_set


def test_delta_by_hand(tiny: Folders) -> None:
    """An update has N = 100, B = 8 and therefore 8000 FLOPs, and takes 18 ms.

    A step of the environment and of the policy takes 1.1 ms.
    """
    study = load_study("tiny", tiny)
    plan = plan_set(study, "sweep", load_training(study, tiny), tiny)
    speed = Speed(1e-3, step=1e-4, update=1e-2, update_sample=1e-3)
    (found,) = priced(study, plan.groups, {"Pendulum-v1": speed})
    assert (found.env, found.batch_size) == ("Pendulum-v1", 8)
    assert found.update_seconds == pytest.approx(0.018)
    assert found.price.flops_per_second == pytest.approx(8000 / 0.018)
    assert found.price.delta == pytest.approx(8000 / 0.018 * 1.1e-3)


def test_an_update_that_takes_no_time_is_refused(tiny: Folders) -> None:
    study = load_study("tiny", tiny)
    plan = plan_set(study, "sweep", load_training(study, tiny), tiny)
    speed = Speed(1e-3, step=1e-4, update=0.0, update_sample=0.0)
    with pytest.raises(ScalingError, match=r"too short for the clock.*run the command"):
        priced(study, plan.groups, {"Pendulum-v1": speed})


def test_it_is_measured(tiny: Folders) -> None:
    """A step of Pendulum with a small policy takes from 1 µs to 100 ms."""
    study = load_study("tiny", tiny)
    training = load_training(study, tiny)
    plan = plan_set(study, "sweep", training, tiny)
    (found,) = measure(study, training, plan.groups)
    assert 1e-6 < found.price.step_seconds < 0.1
    assert 1e-6 < found.update_seconds < 1
    assert found.price.delta == pytest.approx(
        8000 / found.update_seconds * found.price.step_seconds
    )
