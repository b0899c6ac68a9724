"""Runs in the spool."""

import numpy as np

from value_scaling.importers.spool import Spool


def test_equal_steps_of_consecutive_runs_are_stored_once() -> None:
    rng = np.random.default_rng(0)
    spool = Spool()
    steps = [np.arange(4.0), np.arange(4.0), np.arange(3.0), np.arange(4.0)]
    runs = [(own, rng.normal(size=len(own))) for own in steps]
    places = [spool.put(*run) for run in runs]
    assert places[0].steps == places[1].steps != places[3].steps
    for place, (own, values) in zip(places, runs, strict=True):
        np.testing.assert_array_equal(spool.steps(place), own)
        np.testing.assert_array_equal(spool.values(place), values)
