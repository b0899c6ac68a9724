"""Records with planted laws, of any size, made without a file or the workflow.

Data of environment e: D = m_e·(0.35·g + 0.65·g^1.3·σ^(-0.7)) with g = (J/800)^1.5; best
values follow σ^(-0.4) (batch size) and σ^(-0.3) (learning rate). Replicates scatter
log-normally around them. Laws and optima come from `value_scaling.stats`.
"""

from itertools import product
from typing import get_args

import numpy as np

from value_scaling.records import (
    BaselineChoice,
    BestValues,
    Budget,
    Choices,
    Crossings,
    Curves,
    DataEfficiency,
    Diagnostics,
    Environment,
    Estimate,
    FittedLaw,
    HeldOut,
    Hyperparameters,
    Measure,
    PowerLaw,
    Proposal,
    Regret,
    RegretRatio,
    Regrets,
    Runs,
    Setting,
    Study,
    Trend,
    estimate,
)
from value_scaling.records.compute import compute_flops
from value_scaling.records.stages.law_choice import LAWS, CurveSet, LawChoice, LawError
from value_scaling.records.stages.regret import Levels, Scope, SelectionRule
from value_scaling.stats.isotonic import first_crossings
from value_scaling.stats.power_law import fit_line, fit_offset, fit_shared_slope
from value_scaling.workflow.data.cheapest import cheapest

UTDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
LEVELS = (300.0, 400.0, 500.0, 600.0, 700.0, 800.0)
BATCH_LAW = PowerLaw(400.0, -0.4)
RATE_LAW = PowerLaw(6e-4, -0.3)


def planted_study(
    *,
    environments: int = 3,
    levels: tuple[float, ...] = LEVELS,
    utds: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0),
    held_out_levels: int = 2,
) -> Study:
    """A study whose sweep has 3 batch sizes and 3 learning rates."""
    return Study(
        name="planted",
        title="Planted & sown",
        algorithm="SAC",
        environments=tuple(
            Environment(f"Task{i}-v4", 1000, 1000, (128, 256, 512), (2e-4, 4e-4, 8e-4))
            for i in range(environments)
        ),
        sweep_utds=utds,
        archives={},
        sweep_levels=levels,
        fitted_levels=levels,
        model_size=1.5e5,
        delta=1.5e9,
        baseline_utd=2.0,
        proposal_utds=UTDS,
        held_out_levels=held_out_levels,
    )


def _scatter(
    rng: np.random.Generator, value: np.ndarray, replicates: int, spread: float
) -> np.ndarray:
    noise = rng.normal(scale=spread, size=(replicates, *value.shape))
    return value * np.exp(noise)


def _geometric_mean(values: np.ndarray) -> np.ndarray:
    """Return the mean of finite values over the last axis, or NaN without any."""
    count = np.isfinite(values).sum(axis=-1)
    total = np.nansum(np.log(values), axis=-1)
    return np.where(count > 0, np.exp(total / np.maximum(count, 1)), np.nan)


def planted_efficiency(
    study: Study,
    *,
    utds: tuple[float, ...] = UTDS,
    set_name: str = "ours",
    replicates: int = 30,
    worse: float = 0.0,
    never: tuple[tuple[int, int, int], ...] = (),
) -> DataEfficiency:
    """D_J(σ) of runs; `never`: cells (environment, σ, level) that no run reached.

    `worse` lifts the asymptote, as constant hyperparameters do.
    """
    rng = np.random.default_rng(0)
    x, levels = np.array(utds), np.array(study.fitted_levels)
    names = study.environment_names
    size = 1e5 * 1.5 ** np.arange(len(names))
    g = (levels / 800) ** 1.5
    shape = (0.35 + worse) * g + 0.65 * g**1.3 * x[:, None] ** -0.7
    truth = size[:, None, None] * shape
    truth = truth * np.exp(rng.normal(scale=0.03, size=truth.shape))
    for cell in never:
        truth[cell] = np.nan
    draws = _scatter(rng, truth, replicates, 0.06)
    median = np.nanmedian(truth, axis=(1, 2))
    overall = float(np.median(median))

    def pool(data: np.ndarray) -> np.ndarray:
        return overall * (data / median[:, None, None]).mean(axis=-3)

    def law(data: np.ndarray, keep: np.ndarray | slice = slice(None)) -> PowerLaw:
        return fit_offset(x[keep], np.swapaxes(data, -1, -2)[..., keep])

    split = float(x[(len(x) - 1) // 2])
    pooled, pooled_draws = pool(truth), pool(draws)
    keeps = {"law": x > 0, "lower_law": x <= split, "upper_law": x >= split / 2}
    return DataEfficiency(
        study=study.name,
        set_name=set_name,
        choices=Choices(),
        source="archive",
        environments=names,
        utds=x,
        levels=levels,
        batch_sizes=np.round(np.tile(BATCH_LAW(x), (len(names), 1))),
        learning_rates=np.tile(RATE_LAW(x), (len(names), 1)),
        data=estimate(truth, draws),
        unreached=np.isnan(truth).astype(float),
        environment_median=median,
        median=overall,
        pooled=estimate(pooled, pooled_draws),
        environment_laws=FittedLaw(law(truth), law(draws)),
        split_utd=split,
        heldout=(),
        **{
            name: FittedLaw(law(pooled, keep), law(pooled_draws, keep))
            for name, keep in keeps.items()
        },
    )


def published_efficiency(
    study: Study, *, utds: tuple[float, ...] = UTDS
) -> DataEfficiency:
    """Laws alone, as from published coefficients: no runs, no replicates."""
    laws = planted_efficiency(study, utds=utds).law.value
    levels, environments = len(study.fitted_levels), len(study.environments)
    none = np.empty((0, levels))
    law = FittedLaw(laws, PowerLaw(none, none, none))

    def unknown(*shape: int) -> FittedLaw:
        nan, empty = np.full(shape, np.nan), np.empty((0, *shape))
        return FittedLaw(PowerLaw(nan, nan, nan), PowerLaw(empty, empty, empty))

    def blank(*shape: int) -> np.ndarray:
        return np.full(shape, np.nan)

    cells = (environments, len(utds), levels)
    return DataEfficiency(
        study=study.name,
        set_name="ours",
        choices=Choices(),
        source="the authors' repository",
        environments=study.environment_names,
        utds=np.array(utds),
        levels=np.array(study.fitted_levels),
        batch_sizes=blank(*cells[:2]),
        learning_rates=blank(*cells[:2]),
        data=estimate(blank(*cells), np.empty((0, *cells))),
        unreached=blank(*cells),
        environment_median=blank(environments),
        median=1e5,
        pooled=estimate(blank(*cells[1:]), np.empty((0, *cells[1:]))),
        law=law,
        environment_laws=unknown(environments, levels),
        lower_law=unknown(levels),
        upper_law=unknown(levels),
        split_utd=1.0,
        heldout=(),
    )


def planted_budget(study: Study, efficiency: DataEfficiency) -> Budget:
    """The frontier, its optima and their laws, from the D_J laws of `efficiency`."""
    batch = FittedLaw(BATCH_LAW, PowerLaw(*(np.empty(0) for _ in range(3))))
    grid = np.geomspace(efficiency.utds[0], efficiency.utds[-1], 60)

    def optimum(law: PowerLaw):
        return cheapest(
            law,
            BATCH_LAW,
            model_size=study.model_size,
            delta=study.delta,
            low=grid[0],
            high=grid[-1],
        )

    best, draws = optimum(efficiency.law.value), optimum(efficiency.law.replicates)
    count = len(efficiency.levels)
    fitted = np.arange(count) < max(count - study.held_out_levels, min(count, 2))

    def line(x: str, y: str) -> FittedLaw:
        return FittedLaw(
            fit_line(getattr(best, x)[fitted], getattr(best, y)[fitted]),
            fit_line(getattr(draws, x)[:, fitted], getattr(draws, y)[:, fitted]),
        )

    frontier = efficiency.law.value(grid)
    pooled = efficiency.pooled.value.T
    used = (
        np.nanmean(efficiency.batch_sizes, axis=0)
        if np.isfinite(efficiency.batch_sizes).any()
        else np.full(len(efficiency.utds), np.nan)
    )
    size = study.model_size
    return Budget(
        study=study.name,
        set_name=efficiency.set_name,
        choices=Choices(),
        levels=efficiency.levels,
        model_size=size,
        delta=study.delta,
        batch=batch,
        utds=grid,
        frontier_data=frontier,
        frontier_compute=compute_flops(
            grid, frontier, BATCH_LAW(grid), model_size=size
        ),
        run_utds=efficiency.utds,
        run_data=pooled,
        run_compute=compute_flops(efficiency.utds, pooled, used, model_size=size),
        utd_star=estimate(best.utd, draws.utd),
        data_star=estimate(best.data, draws.data),
        compute_star=estimate(best.compute, draws.compute),
        budget=estimate(best.budget, draws.budget),
        at_edge=best.at_edge,
        fitted=fitted,
        utd_law=line("budget", "utd"),
        data_law=line("budget", "data"),
        compute_law=line("budget", "compute"),
        exchange_law=line("compute", "data"),
        heldout=(),
    )


def planted_law_choice(
    study: Study,
    *sets: str,
    curves: tuple[CurveSet, ...] = ("pooled", "each environment"),
) -> LawChoice:
    """Plant a sigmoid better between other σ and a power law worse at the ends."""
    off = {"sigmoid": -0.05, "pure power law": 0.2, "no change": 0.1}
    different = {("sigmoid", "interior"), ("pure power law", "ends")}
    found = []
    for set_name in sets:
        for each in curves:
            for where in ("interior", "ends"):
                for law in LAWS:
                    error = 0.1 + off.get(law, 0.0)
                    half = 0.02 if (law, where) in different else 0.3
                    found.append(
                        LawError(
                            set_name=set_name,
                            curves=each,
                            where=where,
                            law=law,
                            count=12,
                            error=_within(error, 0.04),
                            difference=_within(off.get(law, np.nan), half),
                            status="converged",
                        )
                    )
    return LawChoice(study.name, 41, tuple(found))


def _within(value: float, half: float) -> Estimate:
    return Estimate(*(np.asarray(value + part) for part in (0.0, -half, half)))


def planted_hyperparameters(
    study: Study,
    *,
    replicates: int = 30,
    missing: tuple[tuple[int, int], ...] = (),
) -> Hyperparameters:
    """B*(σ) and η*(σ); `missing`: cells (environment, σ) without a best value."""
    rng = np.random.default_rng(1)
    names, x = study.environment_names, np.array(study.sweep_utds)

    def best_values(name: str, law: PowerLaw, grid: tuple[float, ...]) -> BestValues:
        factor = 1.2 ** np.arange(len(names))[:, None]
        noise = rng.normal(scale=0.04, size=(len(names), len(x)))
        truth = factor * law(x) * np.exp(noise)
        for cell in missing:
            truth[cell] = np.nan
        draws = _scatter(rng, truth, replicates, 0.1)

        error = estimate(np.array(0.05), np.linspace(-0.2, 0.3, 41))
        return BestValues(
            name=name,
            environments=names,
            utds=x,
            grid=tuple(grid for _ in names),
            best=estimate(truth, draws),
            shared=FittedLaw(fit_shared_slope(x, truth), fit_shared_slope(x, draws)),
            separate=FittedLaw(fit_line(x, truth), fit_line(x, draws)),
            constant=_geometric_mean(truth),
            heldout=(
                HeldOut(name, "largest utd", f"{names[0]}, UTD 8", 1.05, 1.0, error),
            ),
        )

    batch = best_values("batch_size", BATCH_LAW, study.environments[0].batch_sizes)
    rate = best_values("learning_rate", RATE_LAW, study.environments[0].learning_rates)
    proposals = tuple(
        Proposal(
            env=name,
            utd=utd,
            learning_rate=float(rate.shared.value(utd)[i]),
            batch_size=int(batch.shared.value(utd)[i]),
            batch_size_rounded=max(16, 16 * round(batch.shared.value(utd)[i] / 16)),
            learning_rate_interval=(1e-4, 1e-3),
            batch_size_interval=(100.0, 900.0),
        )
        for i, name in enumerate(names)
        for utd in study.proposal_utds
        if np.isfinite(batch.shared.value.scale[i])
    )
    return Hyperparameters(
        study=study.name,
        choices=Choices(),
        batch_size=batch,
        learning_rate=rate,
        baseline=tuple(
            BaselineChoice(name, study.baseline_utd, 256, 4e-4, 2e5, 800.0)
            for name in names
        ),
        baseline_utd=study.baseline_utd,
        top_level=800.0,
        proposals=proposals,
        separate_proposals=proposals,
        correlation=estimate(np.array(0.2), np.linspace(-0.1, 0.5, 41)),
        tilt=estimate(np.array(0.1), np.linspace(-0.1, 0.3, 41)),
        replicates=replicates,
    )


def planted_runs(
    study: Study,
    *,
    utds: tuple[float, ...] = UTDS,
    set_name: str = "ours",
    seeds: int = 4,
    points: int = 60,
) -> Runs:
    """Normalised learning curves that rise and level off, with noise.

    The sweep has every (B, η) of the grid, any other set one setting for each σ.
    """
    rng = np.random.default_rng(2)
    curves = []
    for i, task in enumerate(study.environments):
        for utd in utds:
            pairs = [
                (batch, rate)
                for batch in task.batch_sizes
                for rate in task.learning_rates
            ]
            for batch, rate in pairs if set_name == "sweep" else pairs[:1]:
                steps = np.linspace(1e3, 1e6 * max(1, 1 / utd), points)
                pace = 1e5 * 1.5**i * (0.35 + 0.65 * utd**-0.7) * (1 + batch / 2000)
                mean = 1000 * (1 - np.exp(-steps / pace))
                noise = rng.normal(scale=40, size=(points, seeds))
                setting = Setting(task.name, utd, batch, rate)
                curves.append(Curves(setting, steps, mean[:, None] + noise))
    return Runs(study.name, set_name, tuple(curves))


def planted_crossings(
    runs: Runs, *, levels: tuple[float, ...] = LEVELS, replicates: int = 5
) -> Crossings:
    """First crossings of `runs`; replicates repeat the plain mean's."""
    settings, steps = [], []
    for curve in runs.curves:
        index = first_crossings(curve.returns, np.array(levels))[0]
        settings.append(curve.setting)
        steps.append(np.append(curve.steps, np.nan)[index])
    values = np.array(steps)
    whole = np.where(np.isnan(values), -1, values).astype(np.int32)
    return Crossings(
        study=runs.study,
        set_name=runs.set_name,
        settings=tuple(settings),
        seeds=np.array([curve.seeds for curve in runs.curves]),
        last_steps=np.array([curve.steps[-1] for curve in runs.curves]),
        levels=np.array(levels),
        steps=values,
        replicates=np.repeat(whole[:, None, :], replicates, axis=1),
        spacings=np.where(np.isnan(values), np.nan, 1e3),
    )


def planted_regret(study: Study, *, constant: bool = True) -> Regrets:
    """Plant ways that cost 10% more in turn, 20% at the highest level."""
    count = len(study.environments)
    ways: dict[Scope, tuple[SelectionRule, ...]] = {
        "every": ("cell", "fitted", "separate", "published", "constant"),
        "unseen": ("cell", "fitted", "nearest", "constant"),
        "largest": ("cell", "fitted", "nearest", "constant"),
    }
    rows, ratios = [], []
    for scope, levels in product(ways, get_args(Levels)):
        costs = {}
        for i, way in enumerate(w for w in ways[scope] if constant or w != "constant"):
            costs[way] = 1.1 + 0.1 * i * (1 + (levels == "highest"))
            spread = np.linspace(-0.05, 0.05, count) if count > 1 else np.zeros(1)
            rows.append(
                Regret(
                    scope, levels, way, _around(costs[way]), costs[way] + spread, 0.1
                )
            )
        for way, over in (("fitted", "constant"), ("fitted", "nearest")):
            if {way, over} <= costs.keys():
                ratio = costs[way] / costs[over]
                each = np.full(count, ratio)
                ratios.append(
                    RegretRatio(scope, levels, way, over, _around(ratio), each)
                )
    return Regrets(
        study=study.name,
        environments=study.environment_names,
        utds=np.array(study.sweep_utds),
        levels=np.array(study.sweep_levels),
        baseline_utd=study.baseline_utd,
        splits=7,
        draws=5,
        rows=tuple(rows),
        ratios=tuple(ratios),
    )


def _around(value: float) -> Estimate:
    return Estimate(*(np.asarray(part) for part in (value, value - 0.05, value + 0.05)))


def planted_diagnostics(
    study: Study,
    *,
    measures: tuple[str, ...] = (
        "overfitting",
        "validation_overfitting",
        "parameter_norm",
    ),
    unknown: tuple[int, ...] = (),
    replicates: int = 20,
) -> Diagnostics:
    """Measures that rise by 0.3, 0.1 and 0.2 for each doubling of σ, B and η.

    `unknown`: settings without a value.
    """
    rng = np.random.default_rng(0)
    settings = tuple(
        Setting(task.name, utd, batch_size, rate)
        for task in study.environments
        for utd in study.sweep_utds
        for batch_size in task.batch_sizes
        for rate in task.learning_rates
    )
    x = np.log2([(s.utd, s.batch_size, s.learning_rate) for s in settings])
    centre, slopes = x.mean(axis=0), np.array([0.3, 0.1, 0.2])
    # What takes one value only has no slope.
    slopes = np.where(np.ptp(x, axis=0) > 0, slopes, np.nan)
    truth = 0.6 + (x - centre) @ np.nan_to_num(slopes)
    found = {}
    for name in measures:
        drawn = truth + rng.normal(scale=0.2, size=(replicates + 1, len(settings)))
        drawn[:, list(unknown)] = np.nan
        known = np.isfinite(drawn[0])
        share = (drawn[:, known] > 0).mean(axis=1) if known.any() else drawn[:, 0]
        own = np.tile(slopes if known.any() else np.nan, (len(study.environments), 1))
        own = own * np.ones(3) + np.arange(len(own))[:, None]
        found[name] = Measure(
            separate=estimate(own, own + rng.normal(scale=0.1, size=(20, *own.shape))),
            scale=np.full(len(study.environments), 10.0),
            seeds=np.where(np.isfinite(drawn[0]), 8, 0),
            values=estimate(drawn[0], drawn[1:]),
            positive=estimate(share[0], share[1:]),
            trend=Trend(
                centre=centre,
                level=np.asarray(0.6 if known.any() else np.nan),
                slopes=slopes if known.any() else np.full(3, np.nan),
                level_replicates=0.6 + rng.normal(scale=0.05, size=replicates),
                slope_replicates=slopes + rng.normal(scale=0.05, size=(replicates, 3)),
            ),
        )
    return Diagnostics(
        study=study.name,
        set_name="sweep",
        settings=settings,
        environments=study.environment_names,
        windows=np.array([[5e4, 1e5]] * len(study.environments)),
        measures=found,
        replicates=replicates,
    )
