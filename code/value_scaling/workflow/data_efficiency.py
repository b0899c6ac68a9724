"""Second stage: the data D_J(σ) that runs with given hyperparameters need."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from value_scaling.records import (
    FITTED_SETS,
    Choices,
    Crossings,
    DataEfficiencies,
    DataEfficiency,
    Estimate,
    FittedLaw,
    PowerLaw,
    ScalingError,
    Setting,
    Study,
)
from value_scaling.records.axes import FITTED
from value_scaling.records.stage import Given, Incomplete
from value_scaling.records.stages.blocked import LEAST_UTDS
from value_scaling.stats.power_law import fit_line, fit_offset
from value_scaling.workflow.data.blocking import blocked_levels
from value_scaling.workflow.data.pooling import Blocks, Pooled, find_blocks, pool
from value_scaling.workflow.data.published import published_data_efficiency
from value_scaling.workflow.pipeline import CROSSINGS
from value_scaling.workflow.prediction.held_out import Check, against_naive, held_out
from value_scaling.workflow.prediction.naive import naive_data


def make(given: Given) -> DataEfficiencies:
    """Fit D_J(σ) to each set of runs.

    Published coefficients stand in for runs with fitted hyperparameters that have no
    archive.
    """
    study, choices = given.study, given.choices
    found: dict[str, DataEfficiency] = {}
    errors = []
    for name in FITTED_SETS:
        stage = CROSSINGS[name]
        published = name == "ours" and study.has_published_data
        try:
            if given.has(stage):
                found[name] = data_efficiency(given.record(stage), study, choices)
            elif published and name not in given.sets:
                found[name] = published_data_efficiency(study, name, choices)
        except ScalingError as error:
            errors.append(error)
    record = DataEfficiencies(study.name, found)
    if errors or not found:
        raise Incomplete(errors, record if found else None)
    return record


def data_efficiency(
    crossings: Crossings, study: Study, choices: Choices, *, with_checks: bool = True
) -> DataEfficiency:
    """Fit D_J(σ) = D_min + (β/σ)^α for every level of one set of runs.

    Args:
        with_checks: whether to make the held-out predictions and the fits to single
            environments and parts of the range; otherwise these fits are NaN.
    """
    every = choices.pooling == "every"
    table = data_table(crossings, study, every=every)
    utds, data, drawn = table.utds, table.data, table.drawn
    blocks = table.blocks(every=every)
    point, replicate = pool(data, blocks), pool(drawn, blocks)
    nonnegative = choices.asymptote == "nonnegative"
    levels = range(len(crossings.levels))

    def law(values: np.ndarray, utds: np.ndarray, *, wanted: bool = True) -> PowerLaw:
        """Fit [..., utds, levels] -> [..., levels]."""
        along = np.moveaxis(values, -2, -1)
        # All σ may lie on one side of the split.
        if len(utds) < LEAST_UTDS or not wanted:
            none = np.full(along.shape[:-1], np.nan)
            return PowerLaw(none, none, none)
        return fit_offset(utds, along, nonnegative=nonnegative)

    def fitted(
        keep: np.ndarray,
        point: Pooled = point,
        replicate: Pooled = replicate,
        *,
        wanted: bool = True,
    ) -> FittedLaw:
        return FittedLaw.searched(
            law(point.data[keep], utds[keep], wanted=wanted),
            law(replicate.data[:, keep], utds[keep], wanted=wanted),
        )

    def check(
        kind: str,
        pooled: tuple[Pooled, Pooled],
        keep: np.ndarray,
        laws: FittedLaw,
        at: int,
        j: int,
    ) -> Check:
        value, draws = laws.value(utds[at]), laws.replicates(utds[at])
        seen = pooled[0].data[keep, j], pooled[1].data[:, keep, j]
        return held_out(
            quantity="data",
            kind=kind,
            label=f"UTD {utds[at]:g}, J = {crossings.levels[j]:.0f}",
            predicted=(value[j], draws[:, j]),
            actual=(pooled[0].data[at, j], pooled[1].data[:, at, j]),
            status=laws.status_of(j),
            naive=naive_data(utds[keep], *seen, utds[at]),
        )

    found: list[Check] = []
    for kind, at in (("largest utd", len(utds) - 1), ("smallest utd", 0)):
        keep = np.arange(len(utds)) != at
        if with_checks and keep.sum() >= LEAST_UTDS:
            seen = pool(data, blocks, keep), pool(drawn, blocks, keep)
            laws = fitted(keep, *seen)
            found += [check(kind, seen, keep, laws, at, j) for j in levels]

    # These are drawn, so they are on the scale of all runs, as published.
    split = study.baseline_utd
    below, above = utds <= split, utds >= split / 2
    lower, upper = (fitted(keep, wanted=with_checks) for keep in (below, above))
    for kind, laws, keep in (
        ("larger utd", lower, below),
        ("smaller utd", upper, above),
    ):
        if with_checks and keep.sum() >= LEAST_UTDS:
            found += [
                check(kind, (point, replicate), keep, laws, int(at), levels[-1])
                for at in np.flatnonzero(~keep)
            ]
    if with_checks:
        found += _environment_held_out(table, law, crossings.levels, split, every=every)
    return DataEfficiency(
        study=study.name,
        set_name=crossings.set_name,
        choices=choices,
        source="archive",
        environments=table.environments,
        utds=utds,
        levels=crossings.levels,
        **table.used,
        data=until_reached(data, drawn),
        unreached=np.where(table.ran[..., None], np.isnan(drawn).mean(axis=0), np.nan),
        environment_median=point.environment_median,
        median=float(point.median),
        pooled=until_reached(point.data, replicate.data),
        law=fitted(np.ones(len(utds), dtype=bool)),
        environment_laws=FittedLaw.searched(
            *(law(each, utds, wanted=with_checks) for each in (data, drawn))
        ),
        lower_law=lower,
        upper_law=upper,
        split_utd=split,
        heldout=tuple(each.record for each in found),
        against_naive=against_naive(found),
        blocked=blocked_levels(
            table.environments,
            utds,
            crossings.levels,
            data,
            table.ran,
            pooled=np.isfinite(point.data),
        ),
        pooled_over=blocks.members,
    )


def until_reached(value: np.ndarray, drawn: np.ndarray) -> Estimate:
    """Put the 95% interval of `drawn` (axis 0, NaN: never reached) around `value`.

    A draw that never reaches the level needs more data than any that does, so it counts
    among the largest. An end of the interval that falls among such draws is unknown,
    NaN.
    """
    ordered = np.sort(drawn, axis=0)  # NaN last
    ends = []
    for quantile in (0.025, 0.975):
        position = quantile * (len(drawn) - 1)
        left, right = ordered[int(position)], ordered[int(np.ceil(position))]
        ends.append(left + (position - int(position)) * (right - left))
    return Estimate(value, *ends)


@dataclass(frozen=True)
class DataTable:
    """Crossings by environment and σ."""

    environments: tuple[str, ...]
    utds: np.ndarray
    """[utds]."""
    data: np.ndarray
    """[environments, utds, levels]."""
    drawn: np.ndarray
    """[replicates, environments, utds, levels]."""
    used: dict[str, np.ndarray]
    """[environments, utds], value of each fitted axis, by its plural; NaN: not run."""

    @property
    def ran(self) -> np.ndarray:
        """[environments, utds] of bool."""
        return np.isfinite(next(iter(self.used.values())))

    def blocks(self, *, every: bool, of: np.ndarray | slice = slice(None)) -> Blocks:
        """Return the block of each level over these environments."""
        return find_blocks(np.isfinite(self.data[of]), every=every)


def data_table(crossings: Crossings, study: Study, *, every: bool) -> DataTable:
    """Arrange crossings by environment and σ, one setting for each.

    Args:
        every: whether every environment must reach some level; otherwise one
            environment that does is enough.
    """
    what = f"{study.name} {crossings.set_name}"
    environments = study.ordered(crossings.settings)
    utds = np.array(sorted({setting.utd for setting in crossings.settings}))
    if len(utds) < LEAST_UTDS:
        raise ScalingError(
            what,
            found=f"runs at {len(utds)} UTD ratios",
            expected=f"at least {LEAST_UTDS}, since D_min, β and α are fitted",
            fix="add runs at other UTD ratios to the archive",
        )
    shape = (len(environments), len(utds))
    replicates, levels = crossings.replicates.shape[1:]
    data = np.full((*shape, levels), np.nan)
    drawn = np.full((replicates, *shape, levels), np.nan)
    used = {axis.plural: np.full(shape, np.nan) for axis in FITTED}
    table = DataTable(environments, utds, data, drawn, used)
    replicate_steps = crossings.replicate_steps()
    for i, setting in enumerate(crossings.settings):
        cell = (
            environments.index(setting.env),
            int(np.searchsorted(utds, setting.utd)),
        )
        if table.ran[cell]:
            raise ScalingError(
                f"{what}, {setting.env}, UTD {setting.utd:g}",
                found=f"more than one ({', '.join(axis.plain for axis in FITTED)})",
                expected="one, the hyperparameters that were chosen for this UTD",
                fix="keep one of them" + _middle_advice(crossings, setting),
            )
        data[cell] = crossings.steps[i]
        drawn[:, cell[0], cell[1]] = replicate_steps[i]
        for axis in FITTED:
            used[axis.plural][cell] = setting.values[axis.name]
    nothing = ~np.isfinite(data).any(axis=(1, 2))
    for e, env in enumerate(environments):
        if nothing.all() or (every and nothing[e]):
            raise ScalingError(
                f"{what}, {env}",
                found="no run that reaches any level",
                expected=f"runs that reach J = {crossings.levels[0]:g}",
                fix="lower max_return_fitted or the levels in the study file, train "
                "longer, or leave this environment out",
            )
    return table


def _middle_advice(crossings: Crossings, setting: Setting) -> str:
    """Advise `middle_only` if three settings or more allow one to be in the middle."""
    own = (setting.env, setting.utd)
    if sum((s.env, s.utd) == own for s in crossings.settings) < 3:
        return ""
    return (
        ", or, if the others are its neighbours in B or in lr, set middle_only = true "
        "in the study file"
    )


def _environment_held_out(
    table: DataTable,
    law: Callable[[np.ndarray, np.ndarray], PowerLaw],
    levels: np.ndarray,
    anchor: float,
    *,
    every: bool,
) -> list[Check]:
    """Predict an environment's data at the top level with the fit to the others.

    The fit gives the shape, and the environment's own data at the anchor σ give the
    scale, as for a new task that was run at one σ. The prediction "no change" is the
    data at the anchor, for every σ.
    """
    environments, utds = table.environments, table.utds
    if len(environments) < 2 or anchor not in utds:
        return []
    at = int(np.nonzero(utds == anchor)[0][0])
    found = []
    for e, env in enumerate(environments):
        others = np.arange(len(environments)) != e
        blocks = table.blocks(every=every, of=others)
        own: list[np.ndarray] = []
        parts: list[np.ndarray] = []
        pure: list[np.ndarray] = []
        laws: list[PowerLaw] = []
        for values in (table.data, table.drawn):
            pooled = pool(values[..., others, :, :], blocks).data[..., -1:]
            laws.append(law(pooled, utds))
            own.append(values[..., e, at, -1])
            for found_law, predicted in (
                (laws[-1], parts),
                (fit_line(utds, np.moveaxis(pooled, -2, -1)), pure),
            ):
                shape = found_law(utds)[..., 0, :]  # [..., utds]
                predicted.append(own[-1][..., None] * shape / shape[..., at : at + 1])
        status = FittedLaw.searched(*laws).status_of(0)
        for u, utd in enumerate(utds):
            if u == at:
                continue
            found.append(
                held_out(
                    quantity="data",
                    kind="environment",
                    label=f"{env}, UTD {utd:g}, J = {levels[-1]:.0f}",
                    predicted=(parts[0][u], parts[1][:, u]),
                    actual=(table.data[e, u, -1], table.drawn[:, e, u, -1]),
                    status=status,
                    naive={
                        "no change": (own[0], own[1]),
                        "pure power law": (pure[0][u], pure[1][:, u]),
                    },
                )
            )
    return found
