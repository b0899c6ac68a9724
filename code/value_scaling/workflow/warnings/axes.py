"""Best values with weak evidence: at an edge, unopposed, or alone on their axis."""

from collections import defaultdict
from collections.abc import Hashable, Iterator

import numpy as np

from value_scaling.records import BestValues, Crossings, Hyperparameters, Setting, Study
from value_scaling.records.axes import FITTED
from value_scaling.records.stages.warnings import Place, StudyWarning
from value_scaling.workflow.data.short_runs import cut_short

_TOLERANCE = 1e-9


def near_edges(
    sweep: Crossings, hyperparameters: Hyperparameters
) -> Iterator[StudyWarning]:
    """Warn of best values beyond or within half a grid step (in logarithms) of an edge.

    The grid consists of the values that were run at the environment and σ. A fitted
    minimum may lie up to half a step beyond it, see `stats.grid_minimum`.
    """
    for values in hyperparameters.fitted:
        low, high, known = _at_edges(values, sweep.settings)
        if not low and not high:
            continue
        sides = [
            f"{len(places)} at the {word} value run"
            for places, word in ((low, "smallest"), (high, "largest"))
            if places
        ]
        directions = [
            word for places, word in ((low, "smaller"), (high, "larger")) if places
        ]
        symbol = values.axis.plain
        yield StudyWarning(
            "edge of the grid",
            sweep.set_name,
            values.name,
            tuple(low + high),
            f"best {symbol} beyond or within half a grid step of an edge of the grid: "
            f"{len(low) + len(high)} of {known} ({', '.join(sides)})",
            f"run {' and '.join(directions)} {symbol} there; until then treat these "
            f"best values as bounds, and do not rely on the slope of {symbol}*",
        )


def _at_edges(
    values: BestValues, settings: tuple[Setting, ...]
) -> tuple[list[Place], list[Place], int]:
    """Return places at the lower and upper edge, and the number of best values."""
    low, high, known = [], [], 0
    grids: dict[tuple[str, float], set[float]] = defaultdict(set)
    for setting in settings:
        grids[setting.env, setting.utd].add(setting.values[values.name])
    for e, env in enumerate(values.environments):
        for u, utd in enumerate(values.utds.tolist()):
            best = float(values.best.value[e, u])
            grid = np.log(sorted(grids[env, utd]))
            if not np.isfinite(best):
                continue
            known += 1
            if len(grid) < 2:  # reported by `single_values`
                continue
            place = Place(env=env, utd=utd)
            if np.log(best) <= (grid[0] + grid[1]) / 2 + _TOLERANCE:
                low.append(place)
            elif np.log(best) >= (grid[-2] + grid[-1]) / 2 - _TOLERANCE:
                high.append(place)
    return low, high, known


def tilted_valley(hyperparameters: Hyperparameters) -> Iterator[StudyWarning]:
    """Warn of best values of the marginal rule where the best B depends on η."""
    tilt = hyperparameters.tilt
    low, high = float(tilt.low), float(tilt.high)
    if hyperparameters.choices.best_values == "marginal" and (low > 0 or high < 0):
        yield StudyWarning(
            "tilted valley",
            "sweep",
            "",
            (),
            f"the best B at an lr changes as lr^{float(tilt.value):.2g} "
            f"[{low:.2g}, {high:.2g}]: the valley of the grid is tilted, and best "
            "values that are averaged over the other axis are biased",
            "do not rely on these slopes of B* and lr*, and take the default analysis, "
            "which looks at both axes together",
        )


def few_competitors(
    sweep: Crossings, study: Study, *, by_row: bool
) -> Iterator[StudyWarning]:
    """Warn of (environment, σ) whose winner had at most one other value on its axis.

    A run that was cut short is no competitor. `single_values` reports an axis that has
    only one value.

    Args:
        by_row: whether each value of the other axis has its own winner, which competes
            at that value; otherwise there is one winner for each environment and σ.
    """
    deciding = np.array(study.deciding_levels)
    reached = np.isfinite(sweep.steps[:, deciding]).any(axis=1)
    whole = ~cut_short(sweep)
    for axis in FITTED:
        name, symbol = axis.name, axis.plain
        tried = _tried(sweep, name)
        free = {name} if by_row else {each.name for each in FITTED}
        rows: dict[tuple[str, float, Hashable], list[int]] = {}
        for i, s in enumerate(sweep.settings):
            others = tuple((k, v) for k, v in s.values.items() if k not in free)
            rows.setdefault((s.env, s.utd, others), []).append(i)
        rivals: dict[Place, int] = {}
        voting = set()
        for (env, utd, _), row in rows.items():
            if len(tried[env]) < 2 or not reached[row].any():
                continue
            place = Place(env=env, utd=utd)
            voting.add(place)
            competing = {sweep.settings[i].values[name] for i in row if whole[i]}
            if len(competing) <= 2:
                rivals[place] = min(rivals.get(place, 2), len(competing) - 1)
        if rivals:
            none = sum(competitors < 1 for competitors in rivals.values())
            yield StudyWarning(
                "few competitors",
                sweep.set_name,
                name,
                tuple(rivals),
                f"(environment, UTD) at which a best {symbol} competed with at most "
                f"one other {symbol} that was run: {len(rivals)} of {len(voting)}"
                + (f", {none} of them without any" if none else ""),
                f"run at least three {symbol} "
                + ("for each value of the other axis there" if by_row else "there"),
            )


def single_values(sweep: Crossings, study: Study) -> Iterator[StudyWarning]:
    """Warn of environments with one value on an axis, where nothing can be fitted."""
    environments = study.ordered(sweep.settings)
    for axis in FITTED:
        name, symbol = axis.name, axis.plain
        tried = _tried(sweep, name)
        single = [env for env in environments if len(tried[env]) == 1]
        if single:
            others = len(single) < len(environments)
            yield StudyWarning(
                "one value",
                sweep.set_name,
                name,
                tuple(Place(env=env) for env in single),
                f"environments with one value of {symbol}, where there is nothing to "
                f"fit: {len(single)} of {len(environments)}"
                + ("; they pull the shared slope towards zero" if others else ""),
                f"run at least three values of {symbol}"
                + (", or leave these environments out" if others else ""),
            )


def _tried(sweep: Crossings, name: str) -> dict[str, set[float]]:
    """Return the values of an axis that were run, by environment."""
    found: dict[str, set[float]] = defaultdict(set)
    for setting in sweep.settings:
        found[setting.env].add(setting.values[name])
    return found
