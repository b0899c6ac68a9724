"""The σ, B and η that reach a level within limits, and what such runs will need."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from value_scaling.records import Estimate, ScalingError, estimate
from value_scaling.records.axes import FITTED
from value_scaling.stats.minimum import Minimum, find_minimum
from value_scaling.workflow.advice.distance import (
    Distance,
    of_best_values,
    of_data,
)
from value_scaling.workflow.advice.frontier import (
    Fits,
    Frontier,
    LevelPlace,
    Needs,
    frontiers,
)
from value_scaling.workflow.advice.limits import POOLED, Request
from value_scaling.workflow.advice.rounding import to_run

UNKNOWN = Estimate(*(np.full((), np.nan),) * 3)
Levels = tuple[LevelPlace, ...]
Cost = Callable[[Needs], np.ndarray]
"""What a search minimises over σ."""
AT_LIMIT = 1e-3
"""Relative distance from a limit below which the limit decides."""


@dataclass(frozen=True)
class Plan:
    """One setting to run, and what it needs to reach a level.

    Values are of the unrounded σ, B and η.
    """

    env: str
    """An environment, or `POOLED`."""
    utd: Estimate
    """σ. The interval is that of the best σ, over the replicates in which some σ meets
    the limits; a given σ has none."""
    chosen: bool = False
    """Whether σ is the best one, not a given one."""
    at_edge: bool = False
    """Whether the best σ is the smallest or largest σ that was run."""
    hyperparameters: dict[str, Estimate] = field(default_factory=dict)
    """B* and η*, by name; NaN without a sweep."""
    run: dict[str, float] = field(default_factory=dict)
    """σ, B and η rounded for use; empty without a sweep."""
    level: float = np.nan
    data: Estimate = UNKNOWN
    """Environment steps to the level."""
    compute: Estimate = UNKNOWN
    """C, in `Study.compute_unit`."""
    budget: Estimate = UNKNOWN
    """F = C + δ·D, in that unit."""
    hours: Estimate = UNKNOWN
    """Wall time; NaN if the durations are not known."""
    meets: bool = True
    """Whether the point estimates meet the limits. Otherwise this plan exceeds them by
    the smallest factor that is possible at its level."""
    exceeds: dict[str, float] = field(default_factory=dict)
    """By quantity, value divided by limit of each limit that is exceeded."""
    binding: tuple[str, ...] = ()
    """Limits that move σ away from the cheapest one."""
    share_meeting: float = np.nan
    """Share of replicates in which this σ meets the limits; NaN without limits."""
    reachable: float = np.nan
    """Highest other level that meets the limits if this one does not; NaN for none."""
    distances: dict[str, Distance] = field(default_factory=dict)
    """Distance of the prediction of B, η and the data, by name."""

    @property
    def searched(self) -> str:
        """Return the symbols of what is chosen."""
        return "UTD"

    @property
    def place(self) -> str:
        """Write the setting at which the level is predicted."""
        return f"UTD {self.utd.value:{'.3g' if self.chosen else 'g'}}"


def plans(fits: Fits, request: Request) -> tuple[Plan, ...]:
    """Answer a request for each environment and for the pool.

    Raises:
        ScalingError: D_J(σ) is needed and not known, the level is outside the fitted
            ones, or hours are limited and the times are not known.
    """
    found = {each.name: each for each in frontiers(fits, request.times_of)}
    if request.needs_data and not found:
        raise ScalingError(
            f"study {fits.study.name}",
            found="no fit of D_J(σ)",
            expected="one, since the best σ, a level and limits depend on it",
            fix="add runs with fitted or constant hyperparameters, such as those of "
            "one B and lr of the sweep (`scaling import … --set baseline --only "
            "batch_size=B,learning_rate=LR`), or give --utd alone",
        )
    levels = _levels(fits, request)
    rows = list(fits.environments)
    rows += [POOLED] if len(rows) > 1 or not fits.sweep else []
    return tuple(
        _with_setting(fits, plan)
        for name in dict.fromkeys([*rows, *found])
        for plan in _of_row(fits, request, name, found.get(name), levels)
    )


def _levels(fits: Fits, request: Request) -> Levels:
    """Return the levels to try, highest first.

    These are all fitted levels, or the requested level and the fitted ones below it.
    """
    record = fits.efficiency
    if record is None:
        return ()
    levels = record.levels
    every = tuple(LevelPlace.of(float(each), levels) for each in levels)[::-1]
    if request.level is None:
        return every
    asked = LevelPlace.of(request.level, levels)
    if np.isnan(asked.share):
        raise ScalingError(
            f"study {fits.study.name}",
            found=f"level {request.level:g}",
            expected=f"{levels[0]:g} to {levels[-1]:g}, the range of the fitted levels",
            fix="choose a level in this range, or add one to fitted_levels",
        )
    return (asked, *(each for each in every if each.value < asked.value))


def _of_row(
    fits: Fits, request: Request, name: str, frontier: Frontier | None, levels: Levels
) -> Iterator[Plan]:
    """Return the plan of each given σ, or of the best σ."""

    def at_level(level: LevelPlace, utd: float | None) -> Plan:
        assert frontier is not None  # it knows this level
        if utd is None:
            return _best(fits, request, frontier, level)
        return _plan(fits, request, frontier, level, exactly(utd))

    known = [each for each in levels if frontier is not None and frontier.knows(each)]
    asked = [each for each in known if request.level in (None, each.value)]
    for utd in request.utds or (None,):
        found = Plan(name, exactly(np.nan if utd is None else utd))
        for level in asked:
            found = at_level(level, utd)
            if found.meets:
                break
        if not found.meets and request.level is not None:
            others = (at_level(each, utd) for each in known if each not in asked)
            reached = next((each.level for each in others if each.meets), np.nan)
            found = replace(found, reachable=reached)
        yield found


def _best(fits: Fits, request: Request, frontier: Frontier, level: LevelPlace) -> Plan:
    """Return the σ with the smallest F within the limits, or the nearest one."""
    record = fits.efficiency
    assert record is not None  # it has a frontier
    low, high = float(record.utds.min()), float(record.utds.max())
    shape = frontier.batch.scale.shape

    def search(cost: Cost) -> Minimum:
        return find_minimum(
            lambda utd: cost(frontier.needs(level, utd)), shape, low=low, high=high
        )

    def excess(needs: Needs) -> np.ndarray:
        return excess_over(needs, request)

    found = search(lambda n: np.where(excess(n) <= 1, n.budget, np.inf))
    needs = frontier.needs(level, found.x[:, None]).at(slice(None), 0)
    meets = (excess(needs) <= 1) & np.isfinite(needs.budget)
    if not meets[0]:  # exceeds the limits by the smallest factor
        found = search(excess)
        utd = exactly(float(found.x[0]))
        return replace(
            _plan(fits, request, frontier, level, utd),
            chosen=True,
            at_edge=bool(found.at_edge[0]),
        )
    free = search(lambda n: n.budget).x[0]
    moved = abs(np.log(found.x[0] / free)) > AT_LIMIT
    drawn = np.where(meets, found.x, np.nan)
    return replace(
        _plan(fits, request, frontier, level, estimate(drawn[0], drawn[1:])),
        chosen=True,
        at_edge=bool(found.at_edge[0]),
        binding=tuple(
            name
            for name, limit in request.limits.given.items()
            if moved and getattr(needs, name)[0] > limit * (1 - AT_LIMIT)
        ),
    )


def _plan(
    fits: Fits, request: Request, frontier: Frontier, level: LevelPlace, utd: Estimate
) -> Plan:
    """Return what a level needs at one σ."""
    record = fits.efficiency
    assert record is not None  # it has a frontier
    at = float(utd.value)
    needs = frontier.needs(level, np.full((1, 1), at)).at(slice(None), 0)
    return Plan(
        frontier.name,
        utd,
        level=level.value,
        **met(needs, request),
        distances={"data": of_data(record, level.nearest, at)},
    )


def excess_over(needs: Needs, request: Request) -> np.ndarray:
    """Return the largest ratio of a need to its limit; 0 without limits."""
    ratios = [
        np.broadcast_to(getattr(needs, name) / limit, needs.budget.shape)
        for name, limit in request.limits.given.items()
    ]
    return np.max(ratios, axis=0) if ratios else np.zeros(needs.budget.shape)


def met(needs: Needs, request: Request) -> dict[str, Any]:
    """Return the fields of a plan on its needs, [1 + draws], and on the limits."""
    excess = excess_over(needs, request)
    drawn = excess[1:][np.isfinite(needs.budget[1:])]
    limits = request.limits.given
    ratios = {name: float(getattr(needs, name)[0] / limits[name]) for name in limits}
    return {
        **{
            name: estimate(getattr(needs, name)[0], getattr(needs, name)[1:])
            for name in ("data", "compute", "budget", "hours")
        },
        "meets": bool(excess[0] <= 1),
        "exceeds": {name: ratio for name, ratio in ratios.items() if ratio > 1},
        "share_meeting": (
            float((drawn <= 1).mean()) if limits and drawn.size else np.nan
        ),
    }


def exactly(utd: float) -> Estimate:
    return Estimate(np.asarray(float(utd)), *(np.full((), np.nan),) * 2)


def _with_setting(fits: Fits, plan: Plan) -> Plan:
    """Add B* and η* at the σ of a plan, and their values rounded for use."""
    if fits.sweep is None:
        return plan
    utd = float(plan.utd.value)
    found, distances = {}, dict(plan.distances)
    for axis in FITTED:
        law = fits.hyperparameter(axis.name, plan.env)
        assert law is not None  # there is a sweep
        found[axis.name] = law.at(np.asarray(utd))
        distances[axis.name] = of_best_values(getattr(fits.sweep, axis.name), utd)
    return replace(
        plan,
        hyperparameters=found,
        run=to_run(fits, plan.env, utd, rounding=plan.chosen),
        distances=distances,
    )
