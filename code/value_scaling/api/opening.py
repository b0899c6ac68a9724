"""Fits of data frames, of archives, and of the studies of a checkout."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from value_scaling.api.archives import read_archives
from value_scaling.api.fitted import Fit
from value_scaling.api.frames import columns_of, rules_of, runs_of
from value_scaling.api.in_memory import InMemoryProject
from value_scaling.api.study_of_runs import Settings, study_of_runs
from value_scaling.commands.stages.fitting import fit_stages, has_crossings
from value_scaling.commands.stages.require import require_archives
from value_scaling.commands.stages.running import StageRun
from value_scaling.records import SETS, Runs, ScalingError, Study
from value_scaling.store.folders import Folders
from value_scaling.store.project import Project
from value_scaling.store.read_only import ReadOnlyProject

_NAME = "frame"


def fit(
    frame: pd.DataFrame | None = None,
    *,
    ours: pd.DataFrame | None = None,
    baseline: pd.DataFrame | None = None,
    env: str = "env",
    utd: str = "utd",
    batch_size: str = "batch_size",
    learning_rate: str = "learning_rate",
    seed: str = "seed",
    step: str = "step",
    value: str = "value",
    study: str | Study = _NAME,
    **options: Any,
) -> Fit:
    """Fit the scaling laws of runs in data frames, without any file.

    A frame is in long form: one row for each run and logged step. B*(σ) and η*(σ) are
    fitted to a grid search, the first argument. D_J(σ) and σ*(F) are fitted to runs
    with one B and η for each environment and σ.

    Args:
        frame: runs of a grid search over B and η.
        ours: runs with fitted hyperparameters.
        baseline: runs with constant hyperparameters.
        env: column of the environment's name.
        utd: column of the UTD ratio σ.
        batch_size: column of the batch size B.
        learning_rate: column of the learning rate η.
        seed: column of the seed.
        step: column of the environment step.
        value: column of the return.
        study: name of the study, which is part of its random streams, or a `Study`,
            whose settings are used, such as `vs.load("classic").study`.
        options: settings of the study (`title`, `algorithm`, `max_returns`,
            `min_returns`, `levels`, `model_size`, `delta`, `baseline_utd`,
            `proposal_utds`, `held_out_levels`; `Fit.notes` has the default of each that
            is not given), and rules for the runs (`every`, `window`, `at`, `resumed`,
            `duplicates`, `short`, `least`, `not_finite`, `step_scale`; see
            docs/import.md).

    Returns:
        the fit.

    Raises:
        ScalingError: a column or an argument is wrong, a rule refuses a run, or no
            stage could be fitted.

    >>> vs.fit(runs[runs.utd == 1])
    Traceback (most recent call last):
    ...
    value_scaling.records.errors.ScalingError: the frame of the sweep runs, column \
'utd': found one UTD ratio, 1, in every row; expected two UTD ratios or more, since \
the fits are functions of it. What to do: add runs at another UTD ratio
    """
    frames = dict(zip(SETS, (frame, ours, baseline), strict=True))
    frames = {name: each for name, each in frames.items() if each is not None}
    if not frames:
        raise ScalingError(
            "vs.fit",
            found="no frame",
            expected="the runs of a grid search, or ours=…, or baseline=…",
            fix="give one of the frames",
        )
    columns = columns_of(
        {
            **{"env": env, "utd": utd, "batch_size": batch_size, "seed": seed},
            **{"learning_rate": learning_rate, "step": step, "value": value},
        }
    )
    settings, others = _divided(options)
    rules, held, notes = rules_of(others), {}, []
    name = study if isinstance(study, str) else study.name
    for set_name, each in frames.items():
        held[set_name], report = runs_of(
            each, columns, rules, study=name, set_name=set_name
        )
        lines = replace(report, origins={}).lines()
        notes += [f"{set_name}: {line.strip()}" for line in lines]
    return _fit_runs(held, study, settings, notes)


def fit_archive(
    *paths: str | Path,
    metric: str | None = None,
    study: str | Study | None = None,
    **settings: Any,
) -> Fit:
    """Fit the scaling laws of one or more run archives, without a study file.

    Args:
        paths: archives of one study. The manifest or the end of a file's name
            (`_sweep.zip`, `_ours.zip`, `_baseline.zip`) says which set an archive has.
        metric: folder of the returns; by default `episode.return`, or the only one.
        study: name of the study, or a `Study` whose settings are used; by default the
            name in the manifest or of the file.
        settings: settings of the study, as in `fit`.

    Returns:
        the fit.

    Raises:
        ScalingError: an archive or a setting is wrong, or no stage could be fitted.

    >>> fit = vs.fit_archive("data/zip/classic_ours.zip")
    >>> fit.data(level=300, utd=2).columns.tolist()
    ['set', 'level', 'utd', 'extrapolated', 'data', 'data_low', 'data_high']
    """
    known, others = _divided(settings)
    if others:
        raise ScalingError(
            "vs.fit_archive",
            found=f"an argument {next(iter(others))!r}",
            expected=f"one of {', '.join(Settings.__annotations__)}",
            fix="correct the name",
        )
    name, held = read_archives([Path(path) for path in paths], metric, study)
    return _fit_runs(held, name if study is None else study, known, [])


def load(study: str, root: str | Path | None = None) -> Fit:
    """Open the fit of a study of a checkout.

    Saved records are used where nothing has changed since. Other stages run in memory,
    and nothing is written.

    Args:
        study: name of the study, as in `scaling fit`.
        root: folder of the checkout; by default the one around the current folder.

    Returns:
        the fit.

    Raises:
        ScalingError: there is no such study or no archive of it, or no stage could be
            fitted.

    >>> vs.load("classic").study.title
    'Classic control'
    """
    project = ReadOnlyProject.at(root)
    about = project.study(study)
    require_archives(project, about)
    return _fit(project, about, (), saved=True)


def _divided(options: Mapping[str, Any]) -> tuple[Settings, dict[str, Any]]:
    """Divide arguments into settings of a study and others."""
    known = Settings.__annotations__
    settings: Any = {key: value for key, value in options.items() if key in known}
    return settings, {key: value for key, value in options.items() if key not in known}


def _fit_runs(
    held: dict[str, Runs], study: str | Study, settings: Settings, notes: list[str]
) -> Fit:
    if isinstance(study, str):
        about, defaults = study_of_runs(held, settings, name=study)
        notes = [*notes, *defaults]
    elif settings:
        raise ScalingError(
            "the arguments",
            found=f"a study with settings of its own, and {', '.join(settings)}",
            expected="one of the two",
            fix="leave one of them out, or use dataclasses.replace on the study",
        )
    else:
        about = study
    if "sweep" in held:
        held = held | {"sweep": _with_missing(held["sweep"], about)}
    project = InMemoryProject(Folders.at(Path.cwd()), held)
    return _fit(project, about, tuple(notes), saved=False)


def _with_missing(runs: Runs, study: Study) -> Runs:
    """Name the settings of the grid that the sweep lacks."""
    there = {curve.setting for curve in runs.curves}
    missing = tuple(sorted(setting for setting in study.grid if setting not in there))
    return replace(runs, missing=missing)


def _fit(project: Project, study: Study, notes: tuple[str, ...], *, saved: bool) -> Fit:
    run = StageRun(project, study)
    attempt = fit_stages(run, saved=saved)
    if not has_crossings(run):
        raise attempt.errors[0]
    return Fit(study, notes, run, attempt)
