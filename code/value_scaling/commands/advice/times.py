"""Durations of a step and an update: given by the user, or measured here."""

from collections.abc import Mapping

import numpy as np

from value_scaling.commands.machine.measured_delta import measure_study
from value_scaling.records import ScalingError, Study
from value_scaling.store.project import Project
from value_scaling.workflow.advice.limits import Times


def times_of(
    project: Project,
    study: Study,
    *,
    step_seconds: float | None,
    update_seconds: float | None,
    measure: bool,
) -> Mapping[str, Times] | None:
    """Return the times of each environment; None if they are not known.

    Raises:
        ScalingError: only one duration is given, a duration is given together with
            `measure`, or nothing can be measured here.
    """
    if measure and step_seconds is None and update_seconds is None:
        return _measured(project, study)
    one = given_times(step_seconds, update_seconds, measure=measure)
    return None if one is None else dict.fromkeys(study.environment_names, one)


def given_times(
    step_seconds: float | None, update_seconds: float | None, *, measure: bool = False
) -> Times | None:
    """Return the times that the user gives; None if there are none.

    Raises:
        ScalingError: only one duration is given, or one together with `measure`.
    """
    if step_seconds is None and update_seconds is None and not measure:
        return None
    if measure or step_seconds is None or update_seconds is None:
        raise ScalingError(
            "the duration of runs",
            found="--measure and a duration" if measure else "one duration",
            expected="both --step-seconds and --update-seconds, or --measure alone",
            fix="give the duration of one environment step and that of one update",
        )
    return Times(step_seconds, update_seconds)


def _measured(project: Project, study: Study) -> dict[str, Times]:
    """Time steps and updates on this machine; an update is linear in B."""
    found = measure_study(project, study, ())
    times = {}
    for env in dict.fromkeys(each.env for each in found):
        own = [each for each in found if each.env == env]
        sizes = np.array([each.batch_size for each in own], dtype=float)
        updates = np.array([each.update_seconds for each in own])
        slope = 0.0
        if len(own) > 1:
            slope = max(0.0, float(np.polyfit(sizes, updates, 1)[0]))
        constant = max(0.0, float((updates - slope * sizes).mean()))
        times[env] = Times(own[0].price.step_seconds, constant, slope)
    return times
