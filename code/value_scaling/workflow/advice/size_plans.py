"""The σ, N, B and η that reach a level within limits, and what such runs will need."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from value_scaling.records import Estimate, ScalingError, estimate
from value_scaling.records.axes import AXES
from value_scaling.records.model_size.record import ModelSizes, TaskSizes
from value_scaling.records.model_size.study import SizeStudy
from value_scaling.stats.model_size.batch_law import fit_log_linear
from value_scaling.workflow.advice.frontier import LevelPlace, Needs
from value_scaling.workflow.advice.limits import Request
from value_scaling.workflow.advice.plans import (
    AT_LIMIT,
    UNKNOWN,
    Plan,
    exactly,
    excess_over,
    met,
)
from value_scaling.workflow.advice.rounding import round_utd
from value_scaling.workflow.advice.size_distance import of_size_batch, of_size_data
from value_scaling.workflow.advice.size_frontier import SizeFrontier, size_frontiers

_GRID, _ZOOM, _ZOOMS = 41, 9, 8
"""Values of σ and of N in the first search, in each finer one, and their number."""
Cost = Callable[[Needs], np.ndarray]


@dataclass(frozen=True)
class SizePlan(Plan):
    """One σ and N to run, and what they need to reach a level."""

    size: Estimate = UNKNOWN
    """N. The interval is that of the best N; a given N has none."""
    size_chosen: bool = False
    """Whether N is the best one, not a given one."""
    size_at_edge: bool = False
    """Whether the best N is the smallest or largest N that was run."""

    @property
    def searched(self) -> str:
        """See `Plan`."""
        names = [AXES["utd"].plain] * self.chosen + ["N"] * self.size_chosen
        return " and ".join(names)

    @property
    def place(self) -> str:
        """See `Plan`."""
        size = float(self.size.value)
        return f"{super().place}, N {size:{'.3g' if self.size_chosen else 'g'}}"


def size_plans(
    study: SizeStudy, record: ModelSizes, request: Request
) -> tuple[SizePlan, ...]:
    """Answer a request for each task.

    Raises:
        ScalingError: the level is outside the fitted ones of every task.
    """
    found = tuple(size_frontiers(study, record, request))
    level = request.level
    if level is not None and all(np.isnan(one.place(level).share) for one in found):
        ends = [one.task.levels[[0, -1]] for one in found]
        raise ScalingError(
            f"study {study.name}",
            found=f"level {level:g}",
            expected="a level in the range of a task: "
            + ", ".join(f"{low:g} to {high:g}" for low, high in ends),
            fix="choose a level in one of these ranges",
        )
    return tuple(
        _with_setting(frontier, plan)
        for frontier in found
        for plan in _of_task(request, frontier)
    )


def _of_task(request: Request, frontier: SizeFrontier) -> Iterator[SizePlan]:
    """Return the plan of each given σ and N, or of the best ones."""
    every = [frontier.place(float(each)) for each in frontier.task.levels][::-1]
    asked = every if request.level is None else [frontier.place(request.level)]
    known = [e for e in asked if np.isfinite(e.share) and frontier.knows(e)]
    pairs = product(request.utds or (None,), request.sizes or (None,))
    for utd, size in pairs:
        yield _highest(request, frontier, known, every, utd, size)


def _highest(
    request: Request,
    frontier: SizeFrontier,
    levels: list[LevelPlace],
    every: list[LevelPlace],
    utd: float | None,
    size: float | None,
) -> SizePlan:
    """Return the plan of the highest level that meets the limits."""

    def meets(level: LevelPlace) -> bool:
        if not frontier.knows(level):
            return False
        return _at(request, frontier.point, level, utd, size).meets

    within = next((level for level in levels if meets(level)), None)
    if not levels:
        return SizePlan(
            frontier.name,
            exactly(np.nan if utd is None else utd),
            chosen=utd is None,
            size=exactly(np.nan if size is None else size),
            size_chosen=size is None,
        )
    found = _at(request, frontier, within or levels[-1], utd, size)
    if within is None and request.level is not None:
        below = (each for each in every if each.value < levels[0].value)
        reached = next((each.value for each in below if meets(each)), np.nan)
        found = replace(found, reachable=reached)
    return found


def _at(
    request: Request,
    frontier: SizeFrontier,
    level: LevelPlace,
    utd: float | None,
    size: float | None,
) -> SizePlan:
    """Return the cheapest σ and N within the limits, or the nearest ones."""
    ends = _ends(frontier.utds, utd), _ends(frontier.sizes, size)

    def search(cost: Cost) -> np.ndarray:
        return _search(lambda x, n: cost(frontier.needs(level, x, n)), *ends)

    def excess(needs: Needs) -> np.ndarray:
        return excess_over(needs, request)

    best = search(lambda n: np.where(excess(n) <= 1, n.budget, np.inf))
    needs = frontier.needs(level, *best[..., None]).at(slice(None), 0)
    within = (excess(needs) <= 1) & np.isfinite(needs.budget)
    binding: tuple[str, ...] = ()
    if within[0]:
        free = search(lambda n: n.budget)[:, 0]
        if (np.abs(np.log(best[:, 0] / free)) > AT_LIMIT).any():
            binding = tuple(
                name
                for name, limit in request.limits.given.items()
                if getattr(needs, name)[0] > limit * (1 - 10 * AT_LIMIT)
            )
        drawn = np.where(within, best, np.nan)
        chosen = [estimate(each[0], each[1:]) for each in drawn]
    else:  # exceeds the limits by the smallest factor
        best = search(excess)
        chosen = [exactly(float(each[0])) for each in best]
    chosen = [
        each if given is None else exactly(given)
        for each, given in zip(chosen, (utd, size), strict=True)
    ]
    at_edge = [
        given is None and bool(np.isclose(x[0], bounds, rtol=1e-6).any())
        for x, given, bounds in zip(best, (utd, size), ends, strict=True)
    ]
    at = best[:, :1, None]
    return _plan(request, frontier, level, at, SizePlan(
        frontier.name, chosen[0], chosen=utd is None, at_edge=at_edge[0],
        size=chosen[1], size_chosen=size is None, size_at_edge=at_edge[1],
        binding=binding,
    ))  # fmt: skip


def _ends(values: np.ndarray, given: float | None) -> tuple[float, float]:
    return (given, given) if given else (float(values.min()), float(values.max()))


def _search(
    cost: Callable[[np.ndarray, np.ndarray], np.ndarray],
    utds: tuple[float, float],
    sizes: tuple[float, float],
) -> np.ndarray:
    """Return the σ and N of least cost in a rectangle, [2, 1 + replicates].

    A grid in logarithms is followed by finer ones around the best point of each row.
    Costs that are not finite are ignored.
    """
    low, high = np.log(np.array([utds, sizes]).T)
    steps = [
        np.linspace(a, b, _GRID) if b > a else np.array([a])
        for a, b in zip(low, high, strict=True)
    ]
    grid = np.stack(np.meshgrid(*steps)).reshape(2, 1, -1)
    half = (high - low) / (_GRID - 1)
    stencil = np.linspace(-1, 1, _ZOOM)
    around = np.stack(np.meshgrid(stencil, stencil)).reshape(2, 1, -1)
    for _ in range(1 + _ZOOMS):
        value = cost(*np.exp(grid))
        best = np.where(np.isfinite(value), value, np.inf).argmin(axis=-1)
        at = np.take_along_axis(
            np.broadcast_to(grid, (2, *value.shape)), best[None, :, None], axis=-1
        )
        grid = at + half[:, None, None] * around
        grid = np.clip(grid, low[:, None, None], high[:, None, None])
        half = half / 3
    return np.exp(at[..., 0])


def _plan(
    request: Request,
    frontier: SizeFrontier,
    level: LevelPlace,
    at: np.ndarray,
    plan: SizePlan,
) -> SizePlan:
    """Add what a level needs at one σ and N, [2, 1, 1]."""
    needs = frontier.needs(level, at[0], at[1]).at(slice(None), 0)
    utd, size = (float(each[0, 0]) for each in at)
    return replace(
        plan,
        level=level.value,
        **met(needs, request),
        distances={
            name: of_size_data(frontier.task, level.nearest, axis, value)
            for name, axis, value in (
                ("data", "utd", utd),
                ("data_by_size", "model_size", size),
            )
        },
    )


def _with_setting(frontier: SizeFrontier, plan: SizePlan) -> SizePlan:
    """Add B and η at the σ and N of a plan, and values rounded for use."""
    utd, size = np.asarray(plan.utd.value), np.asarray(plan.size.value)
    if not (np.isfinite(utd) and np.isfinite(size)):
        return plan
    found, distances = {}, dict(plan.distances)
    run = {"utd": round_utd(float(utd)) if plan.chosen else float(utd)}
    run["model_size"] = float(size)
    if plan.size_chosen and (width := width_of(frontier.task, float(size))):
        run |= {"model_size": width[1], "width": width[0]}
    if (fits := frontier.batch) is not None:
        law, drawn = fits.law(utd, size)[..., 0], fits.law_drawn(utd, size)[..., 0]
        found["batch_size"] = estimate(law, drawn)
        rounded = float(fits.law(run["utd"], np.asarray(run["model_size"]))[..., 0])
        tried = [float(each.batch_size) for each in frontier.task.settings]
        run["batch_size"] = AXES["batch_size"].rounded(rounded, tried)
        for name, axis, at in (("batch_size", "utd", utd),
                               ("batch_size_by_size", "model_size", size)):  # fmt: skip
            distances[name] = of_size_batch(fits, axis, float(at))
    elif len(only := {each.batch_size for each in frontier.task.settings}) == 1:
        run["batch_size"] = int(*only)
        found["batch_size"] = exactly(run["batch_size"])
    run["learning_rate"] = learning_rate(frontier, run["utd"], run["model_size"])
    found["learning_rate"] = exactly(run["learning_rate"])
    return replace(plan, hyperparameters=found, run=run, distances=distances)


def learning_rate(frontier: SizeFrontier, utd: float, size: float) -> float:
    """Return η of the best settings at σ and N, log-linear between them.

    If only one value was tried, it is this one.
    """
    rates = np.array([each.learning_rate for each in frontier.task.settings])
    if np.ptp(rates) == 0:
        return float(rates[0])
    law = fit_log_linear(frontier.utds, frontier.sizes, rates)
    found = law(np.asarray(utd), np.asarray(size))[..., 0]
    return AXES["learning_rate"].rounded(float(found), ())


def width_of(task: TaskSizes, size: float) -> tuple[int, int] | None:
    """Return the width whose N is nearest to `size`, and its N; None if unknown.

    N of layers of one width is a polynomial of degree two, which three widths decide.
    """
    pairs = sorted(
        {(s.width, s.values["model_size"]) for s in task.settings if s.width}
    )
    if len(pairs) < 3:
        return None
    widths, sizes = np.array(pairs, dtype=float).T
    unit = widths.max()
    law = np.polynomial.Polynomial.fit(widths / unit, sizes, 2)
    step = 16 if not (widths % 16).any() else 1
    options = np.arange(step, 2 * unit + step, step)
    counted = law(options / unit)
    best = int(np.abs(counted - size).argmin())
    return int(options[best]), round(float(counted[best]))
