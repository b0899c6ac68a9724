"""Compare four laws for D_J(σ): each predicts every σ from a fit to all the others."""

from collections.abc import Mapping

import numpy as np

from value_scaling.records import Choices, Crossings, Estimate, ScalingError, Study
from value_scaling.records.stage import Given, Incomplete
from value_scaling.records.stages.blocked import LEAST_UTDS
from value_scaling.records.stages.law_choice import (
    LAWS,
    CurveSet,
    Law,
    LawChoice,
    LawError,
    Where,
)
from value_scaling.stats.power_law import fit_line, fit_offset
from value_scaling.stats.sigmoid import LEAST_POINTS, fit_sigmoid
from value_scaling.workflow.data.pooling import Blocks, pool
from value_scaling.workflow.data_efficiency import data_table
from value_scaling.workflow.pipeline import CROSSINGS, LAW_CHOICE
from value_scaling.workflow.prediction.held_out import median_difference, median_error
from value_scaling.workflow.prediction.naive import no_change

DRAWS = 200
"""Number of bootstrap replicates that are used. Four laws are fitted to each curve of
each replicate, once for every σ that is left out."""
LEAST: dict[Law, int] = {
    "power law with floor": LEAST_UTDS,
    "pure power law": 2,
    "sigmoid": LEAST_POINTS,
    "no change": 1,
}
"""Number of σ that each fit needs: as many as it has parameters."""


def make(given: Given) -> LawChoice:
    """Compare the laws on each set of runs that can be analysed."""
    found: list[LawChoice] = []
    errors = []
    for name in LAW_CHOICE.any_of:
        if given.has(CROSSINGS[name]):
            try:
                own = {name: given.record(CROSSINGS[name])}
                found.append(law_choice(own, given.study, given.choices))
            except ScalingError as error:
                errors.append(error)
    if not found:
        raise Incomplete(errors)
    rows = tuple(row for each in found for row in each.errors)
    record = LawChoice(given.study.name, found[-1].replicates, rows)
    if errors:
        raise Incomplete(errors, record)
    return record


def law_choice(
    crossings: Mapping[str, Crossings], study: Study, choices: Choices
) -> LawChoice:
    """Compare the laws on each set of runs.

    Args:
        crossings: by set name.
    """
    errors: list[LawError] = []
    draws = 0
    for name, found in crossings.items():
        every = choices.pooling == "every"
        table = data_table(found, study, every=every)
        blocks = table.blocks(every=every)
        values = np.concatenate([table.data[None], table.drawn[:DRAWS]])
        draws, last = len(values) - 1, len(table.utds) - 1
        for curves, ratios in _ratios(values, table.utds, blocks, choices).items():
            parts: tuple[tuple[Where, slice], ...] = (
                ("interior", slice(1, last)),
                ("ends", slice(None, None, last)),
            )
            for where, left_out in parts:
                for law, (count, error, difference) in _compared(
                    {law: each[left_out] for law, each in ratios.items()}
                ).items():
                    few = last < LEAST[law] or not count
                    errors.append(
                        LawError(
                            set_name=name,
                            curves=curves,
                            where=where,
                            law=law,
                            count=count,
                            error=error,
                            difference=difference,
                            status="too few points" if few else "converged",
                        )
                    )
    return LawChoice(study.name, draws, tuple(errors))


def _ratios(
    values: np.ndarray, utds: np.ndarray, blocks: Blocks, choices: Choices
) -> dict[CurveSet, dict[Law, np.ndarray]]:
    """Return predicted/actual at every left-out σ, [utds, 1 + replicates, curves].

    A fit that ended at a limit of its search still predicts.

    Args:
        values: [1 + replicates, environments, utds, levels].
    """
    nonnegative = choices.asymptote == "nonnegative"
    own = np.moveaxis(values, -2, -1)
    own = own.reshape(len(values), -1, len(utds))
    found: dict[CurveSet, list[dict[Law, np.ndarray]]] = {}
    for u in range(len(utds)):
        keep = np.arange(len(utds)) != u
        both: dict[CurveSet, np.ndarray] = {
            "pooled": np.moveaxis(pool(values, blocks, keep).data, -2, -1),
            "each environment": own,
        }
        for curves, data in both.items():
            predicted = _predict(utds[keep], data[..., keep], utds[u], nonnegative)
            with np.errstate(invalid="ignore", divide="ignore"):
                ratios = {law: each / data[..., u] for law, each in predicted.items()}
            found.setdefault(curves, []).append(ratios)
    return {
        curves: {law: np.stack([one[law] for one in each]) for law in LAWS}
        for curves, each in found.items()
    }


def _predict(
    utds: np.ndarray, data: np.ndarray, at: float, nonnegative: bool
) -> dict[Law, np.ndarray]:
    """Return the prediction of each law at one σ, [1 + replicates, curves].

    Args:
        data: [1 + replicates, curves, utds], the value before its replicates.
    """
    unchanged = np.full(data.shape[:2], np.nan)
    for curve in range(data.shape[1]):
        point, drawn = data[0, curve], data[1:, curve]
        unchanged[0, curve], unchanged[1:, curve] = no_change(utds, point, drawn, at)
    floor = np.full(data.shape[:2], np.nan)
    if len(utds) >= LEAST["power law with floor"]:
        floor = fit_offset(utds, data, nonnegative=nonnegative)(at)
    return {
        "power law with floor": floor,
        "pure power law": fit_line(utds, data)(at),
        "sigmoid": fit_sigmoid(utds, data)(at),
        "no change": unchanged,
    }


def _compared(
    ratios: Mapping[Law, np.ndarray],
) -> dict[Law, tuple[int, Estimate, Estimate]]:
    """Return the number of predictions, the median error and the median difference.

    The difference is to the law with a floor. All are over the predictions that every
    law makes; a law that makes none is ignored.
    """
    cells = {
        law: np.moveaxis(each, 1, -1).reshape(-1, each.shape[1])
        for law, each in ratios.items()
    }
    able = [law for law, each in cells.items() if np.isfinite(each[:, 0]).any()]
    known = np.all([np.isfinite(cells[law]) for law in able], axis=0)
    chosen = known[:, 0] if able else np.zeros(0, dtype=bool)
    reference = cells[LAWS[0]]
    found = {}
    for law, each in cells.items():
        count = int(chosen.sum()) if law in able else 0
        if not count:
            found[law] = (0, _UNKNOWN, _UNKNOWN)
            continue
        both = known[chosen]
        own = np.where(both, each[chosen], np.nan)
        other = np.where(both, reference[chosen], np.nan)
        error, difference = median_error(own), median_difference(own, other)
        found[law] = (count, error, _UNKNOWN if law == LAWS[0] else difference)
    return found


_UNKNOWN = Estimate(*(np.array(np.nan),) * 3)
