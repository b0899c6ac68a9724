"""Bring the runs of an archive to the scale and selection that the analysis uses."""

from collections import defaultdict
from dataclasses import replace

import numpy as np

from value_scaling.records import (
    Curves,
    Environment,
    Runs,
    ScalingError,
    Setting,
    Study,
)
from value_scaling.records.axes import FITTED
from value_scaling.records.study import max_return_key

LARGEST = 1e9
"""Largest normalised return; a sum of a million of these still resolves 0.1."""


def collect(runs: Runs, study: Study) -> Runs:
    """Normalise returns to 0 … 1000, and keep what the study file declares.

    A sweep keeps the settings of the declared grid: an extra cell in one row would
    compete in that row alone and move the best value. If the study says so, only the
    middle one of several settings is kept.

    Returns become 1000·(return - min_return)/(max_return - min_return) with the
    max_return of the stage (sweep or fitted runs, which differ as published). Steps are
    never changed; the authors scaled them as well until qscaled 953e405.

    Raises:
        ScalingError: no setting is declared, there is no middle one, or a normalised
            return is too large to compare with a level.
    """
    rule = study.archive(runs.set_name)
    if runs.set_name == "sweep":
        runs = declared(runs, study)
    if rule.middle_only:
        kept = _middle(runs)
        runs = runs.only(kept.__contains__)

    def scaled(curve: Curves) -> Curves:
        environment = study.environment(curve.setting.env)
        with np.errstate(over="ignore", invalid="ignore"):  # reported below
            returns = environment.normalised(curve.returns, runs.set_name)
        if not (np.abs(returns) <= LARGEST).all():
            raise _too_large(runs, curve, environment)
        return replace(curve, returns=returns)

    return runs.mapped(scaled)


def declared(runs: Runs, study: Study) -> Runs:
    """Leave out the settings of a sweep that the study file does not declare.

    Raises:
        ScalingError: none of the settings is declared.
    """
    settings = runs.settings
    found = study.undeclared(settings)
    if not found:
        return runs
    if len(found) == len(settings):
        lists = ", ".join(axis.plural for axis in FITTED)
        raise ScalingError(
            f"{runs.study} {runs.set_name}",
            found=f"{len(found)} settings outside the grid that the study file "
            f"declares, the first of them {min(found)}",
            expected=f"runs of sweep_utds, {lists}",
            fix="correct these lists in the study file",
        )
    kept = runs.only(lambda setting: setting not in found)
    return replace(kept, outside=tuple(sorted(found.union(runs.outside))))


def _too_large(runs: Runs, curve: Curves, environment: Environment) -> ScalingError:
    top = max_return_key(runs.set_name)
    largest = float(curve.returns.flat[np.abs(curve.returns).argmax()])
    return ScalingError(
        f"{runs.study} {runs.set_name}, {curve.setting}",
        found=f"a return of {largest:g}, with {top} = "
        f"{environment.max_return(runs.set_name):g} and min_return = "
        f"{environment.min_return:g}",
        expected=f"normalised returns, 1000·(return - min_return)/({top} - "
        f"min_return), of at most {LARGEST:g}, since sums of larger ones cannot "
        "resolve a level such as 800",
        fix=f"correct the returns, or {top} of {environment.name} in the study file",
    )


def _middle(runs: Runs) -> set[Setting]:
    """Return, for each (environment, σ), the setting that has the median B and η.

    The runs were made at (B*, η*) and at neighbours that differ in B or in η alone,
    so the medians are B* and η*.
    """
    groups = defaultdict(list)
    for setting in runs.settings:
        groups[setting.env, setting.utd].append(setting)
    kept = set()
    for (env, utd), settings in groups.items():
        medians = {
            axis.name: np.median([setting.values[axis.name] for setting in settings])
            for axis in FITTED
        }
        middle = [each for each in settings if medians.items() <= each.values.items()]
        if len(middle) != 1:
            found = "; ".join(map(str, settings))
            raise ScalingError(
                f"{runs.study} {runs.set_name}, {env}, UTD {utd:g}",
                found=f"no middle setting among {found}",
                expected="one setting with the median B and the median lr",
                fix="complete the runs, or set middle_only = false in the study file",
            )
        kept.update(middle)
    return kept
