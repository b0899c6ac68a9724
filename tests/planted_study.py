"""A SYNTHETIC study: every run in it is computed from planted laws, none was trained.

Returns rise like 1000·(step/τ)^(1/1.5), so that level J is reached at τ·(J/1000)^1.5.
With the best hyperparameters of environment e

    τ = size_e·(0.4 + 0.6·σ^(-0.7)),   B*_e = 256·1.25^e·σ^(-0.5),
                                       η*_e = 8e-4·0.8^e·σ^(-0.25),

and each octave away from B* or η* costs its square times `OCTAVE` more data. Seeds
differ by a factor of τ that does not depend on chance. Where the sweep has metrics
beside the returns, its settings have the measures

    overfitting = 0.3·log2 σ + 0.1·log2(B/64),   norm = 1 + 0.2·log2 σ + 0.1·log2(η/η_1)

in units of the TD error on uniform data, and of the norm at η_1, the smallest η.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from value_scaling.records import (
    ArchiveRule,
    Crossings,
    Curves,
    Environment,
    PowerLaw,
    Runs,
    Setting,
    Study,
)
from value_scaling.store.archives.write import write_runs

NAME = "planted"
METRIC = "returns"
BATCH = PowerLaw(256.0, -0.5)
RATE = PowerLaw(8e-4, -0.25)
DATA = PowerLaw(0.6, -0.7, 0.4)
"""Asymptote of τ/size at large σ."""
RISE = 1.5
OCTAVE = 0.15
METRICS = (
    "training.critic_loss",
    "training.new_data_critic_loss",
    "val.critic_loss",
    "training.critic_pnorm_l2",
)
FITTED_UTDS = (0.5, 1.0, 2.0, 4.0, 8.0)
SEEDS = 4


def make_study(*, environments: int = 3, name: str = NAME, **changes: Any) -> Study:
    """Return the study file as a record; `changes` replace its fields."""
    study = Study(
        name=name,
        title="Synthetic: planted laws, no real runs",
        algorithm="none (synthetic)",
        environments=tuple(
            Environment(f"Synthetic{e}-v0", 2000.0, 4000.0, (64, 128, 256, 512), rates)
            for e, rates in enumerate([(2e-4, 4e-4, 8e-4)] * environments)
        ),
        sweep_utds=(1.0, 2.0, 4.0, 8.0),
        archives={
            set_name: ArchiveRule(f"{name}_{set_name}.zip", METRIC)
            for set_name in ("sweep", "ours", "baseline")
        },
        sweep_levels=(200.0, 400.0, 600.0, 800.0),
        fitted_levels=(300.0, 400.0, 500.0, 600.0, 700.0, 800.0),
        model_size=1e5,
        delta=1e9,
        baseline_utd=2.0,
        proposal_utds=(0.5, 1.0, 16.0),
    )
    return replace(study, **changes)


def size(env: str) -> float:
    """Return the environment steps in one unit of the data law of one environment."""
    return 1e5 * 1.5 ** _number(env)


def best_batch_size(env: str, utd: float) -> float:
    """Return B*."""
    return float(BATCH(utd)) * 1.25 ** _number(env)


def best_learning_rate(env: str, utd: float) -> float:
    """Return η*."""
    return float(RATE(utd)) * 0.8 ** _number(env)


def pace(setting: Setting) -> float:
    """Return τ of a setting."""
    batch_size = best_batch_size(setting.env, setting.utd)
    rate = best_learning_rate(setting.env, setting.utd)
    octaves = np.log2([setting.batch_size / batch_size, setting.learning_rate / rate])
    worse = 1 + OCTAVE * float(octaves @ octaves)
    return size(setting.env) * float(DATA(setting.utd)) * worse


def settings(study: Study, set_name: str) -> tuple[Setting, ...]:
    """Return the settings of a set.

    These are the grid, B* and η* for each σ, or the constant hyperparameters.
    """
    found = []
    for task in study.environments:
        if set_name == "sweep":
            found += [
                Setting(task.name, utd, batch_size, rate)
                for utd in study.sweep_utds
                for batch_size in task.batch_sizes
                for rate in task.learning_rates
            ]
            continue
        for utd in FITTED_UTDS:
            at = utd if set_name == "ours" else study.baseline_utd
            batch_size = round(best_batch_size(task.name, at))
            rate = float(f"{best_learning_rate(task.name, at):.2e}")
            found.append(Setting(task.name, utd, batch_size, rate))
    return tuple(sorted(found))


def make_runs(
    study: Study,
    set_name: str,
    *,
    seeds: int = SEEDS,
    points: int = 150,
    longest: Callable[[Setting], float] = lambda setting: 1.3 * pace(setting),
    only: Iterable[Setting] | None = None,
) -> Runs:
    """Return curves in the unit of the environment; `longest` is their last step."""
    curves = []
    for setting in settings(study, set_name) if only is None else only:
        task = study.environment(setting.env)
        steps = np.unique(np.ceil(np.linspace(0, longest(setting), points + 1)[1:]))
        luck = np.exp(np.linspace(-0.2, 0.2, seeds)) if seeds > 1 else np.ones(1)
        rise = (steps[:, None] / (pace(setting) * luck)) ** (1 / RISE)
        returns = task.span(set_name) * np.minimum(rise, 1.0) + task.min_return
        curves.append(Curves(setting, steps, returns))
    return Runs(study.name, set_name, tuple(curves))


def frame_of(runs: Runs) -> pd.DataFrame:
    """Return the runs in long form, under the default column names."""
    parts = [
        pd.DataFrame(
            {
                **curve.setting.table(),
                "seed": seed,
                "step": curve.steps,
                "value": curve.returns[:, seed],
            }
        )
        for curve in runs.curves
        for seed in range(curve.seeds)
    ]
    return pd.concat(parts, ignore_index=True)


def with_metrics(study: Study, metrics: tuple[str, ...] = METRICS) -> Study:
    """Return the study with diagnostics in its sweep."""
    sweep = replace(study.archives["sweep"], metrics=metrics)
    return replace(study, archives=study.archives | {"sweep": sweep})


def make_metric(study: Study, runs: Runs, metric: str) -> Runs:
    """Return one metric of the sweep; seeds differ by a factor."""
    curves = []
    for curve in runs.curves:
        task, key = study.environment(curve.setting.env), curve.setting
        utd, batch_size, rate = np.log2(
            [key.utd, key.batch_size / 64, key.learning_rate / task.learning_rates[0]]
        )
        loss = 10.0 * (1 + _number(key.env))
        over = 0.3 * utd + 0.1 * batch_size
        value = {
            "training.critic_loss": loss,
            "training.new_data_critic_loss": loss * (1 + over),
            "val.critic_loss": loss * (1 + 2 * over),
            "training.critic_pnorm_l2": 50 * (1 + 0.2 * utd + 0.1 * rate),
        }[metric]
        luck = np.linspace(0.9, 1.1, curve.seeds) if curve.seeds > 1 else np.ones(1)
        steps = curve.steps[9::10]
        curves.append(Curves(key, steps, np.tile(value * luck, (len(steps), 1))))
    return replace(runs, curves=tuple(curves))


def study_text(study: Study) -> str:
    """Return the study file in TOML."""
    keys = (
        *("title", "algorithm", "sweep_utds", "sweep_levels", "fitted_levels"),
        *("model_size", "delta", "baseline_utd", "proposal_utds", "held_out_levels"),
    )
    lines = ["# SYNTHETIC: runs computed from planted laws, only for the tests."]
    lines += [f"{key} = {_toml(getattr(study, key))}" for key in keys]
    for task in study.environments:
        lines.append("[[environments]]")
        lines += [f"{key} = {_toml(value)}" for key, value in vars(task).items()]
    for set_name, rule in study.archives.items():
        lines += [f"[archives.{set_name}]"]
        stated = {key: value for key, value in vars(rule).items() if value is not None}
        lines += [f"{key} = {_toml(value)}" for key, value in stated.items()]
    return "\n".join(lines) + "\n"


def write_checkout(
    root: Path,
    study: Study | None = None,
    *,
    sets: Sequence[str] = ("sweep", "ours", "baseline"),
    **options: Any,
) -> Study:
    """Write study file and archives below `root`; return the study."""
    study = make_study() if study is None else study
    folder = root / "data" / "studies"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{study.name}.toml").write_text(study_text(study))
    for set_name in sets:
        write_archive(root, make_runs(study, set_name, **options), study)
    return study


def write_archive(root: Path, runs: Runs, study: Study | None = None) -> Path:
    """Write one set's archive, with the study's metrics, where a checkout has it."""
    stated = study.archives[runs.set_name].metrics if study else ()
    metrics = {METRIC: runs}
    metrics |= {name: make_metric(study, runs, name) for name in stated}
    path = root / "data" / "zip" / f"{runs.study}_{runs.set_name}.zip"
    units = {"step": "environment steps"} | dict.fromkeys(metrics, "synthetic")
    manifest = {"units": units, "packages": {}, "commit": "none: synthetic"}
    write_runs(path, metrics, manifest=manifest)
    return path


def make_crossings(
    study: Study,
    set_name: str,
    cells: Mapping[Setting, Sequence[float]],
    *,
    drawn: Mapping[Setting, np.ndarray] | None = None,
    replicates: int = 2,
    levels: Sequence[float] | None = None,
    last_steps: Mapping[Setting, float] | None = None,
) -> Crossings:
    """Return crossings with the given steps to each level; NaN for never.

    Args:
        drawn: [replicates, levels] of some settings; the others repeat their steps.
        last_steps: last steps of the runs that are shorter than the others.
    """
    if levels is None:
        levels = study.sweep_levels if set_name == "sweep" else study.fitted_levels
    ordered = tuple(sorted(cells))
    steps = np.array([cells[setting] for setting in ordered], dtype=float)
    whole = np.repeat(steps[:, None, :], replicates, axis=1)
    for setting, values in (drawn or {}).items():
        whole[ordered.index(setting)] = values
    return Crossings(
        study=study.name,
        set_name=set_name,
        settings=ordered,
        seeds=np.full(len(ordered), SEEDS),
        last_steps=np.array([(last_steps or {}).get(s, 10**7) for s in ordered]),
        levels=np.array(levels, dtype=float),
        steps=steps,
        replicates=np.where(np.isnan(whole), -1, whole).astype(np.int32),
        spacings=np.where(np.isnan(steps), np.nan, 1.0),
    )


def planted_cells(study: Study, set_name: str) -> dict[Setting, np.ndarray]:
    """Return the planted steps to each level, not rounded to a logging interval."""
    levels = study.sweep_levels if set_name == "sweep" else study.fitted_levels
    shares = (np.array(levels) / 1000) ** RISE
    return {setting: pace(setting) * shares for setting in settings(study, set_name)}


def _number(env: str) -> int:
    return int(env.removeprefix("Synthetic").removesuffix("-v0"))


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(item) for item in value)}]"
    return repr(value)
