"""Numbers of the fits of B*, η* and D_J, of those along the budget, and of trends."""

import numpy as np

from value_scaling.records import (
    ALPHA,
    MEASURES,
    PREDICTORS,
    Bounded,
    Budget,
    DataEfficiency,
    Diagnostics,
    FittedLaw,
    Hyperparameters,
    entry,
    negated,
)
from value_scaling.report.paper.named_numbers import (
    NO_FIT,
    bounded_numbers,
    estimate_numbers,
    words_numbers,
)
from value_scaling.report.results import Results
from value_scaling.report.text.command_names import Named, command
from value_scaling.report.text.latex import count, number, percent, prose


def fit_numbers(prefix: str, suffix: str, records: Results) -> Named:
    """Yield the numbers of every fit of a study under one variant of the choices."""
    if records.hyperparameters:
        yield from _hyperparameters(prefix, suffix, records.hyperparameters)
    for name, efficiency in records.data.items():
        yield from _data(prefix + command(name), suffix, efficiency)
    for name, budget in records.budget.items():
        yield from _budget(prefix + command(name), suffix, budget)


def _hyperparameters(prefix: str, suffix: str, fits: Hyperparameters) -> Named:
    for values in fits.fitted:
        name = prefix + command(values.name)
        shared = negated(entry(values.shared.exponent, 0))
        yield from estimate_numbers(f"{name}Exponent", shared, suffix)
        own = -np.asarray(values.separate.value.exponent)
        known = np.isfinite(own)
        if known.any():
            low, high = np.flatnonzero(known)[
                [own[known].argmin(), own[known].argmax()]
            ]
            for part, e in (("Low", low), ("High", high)):
                yield f"{name}OwnExponent{part}{suffix}", number(float(own[e]))
                env = values.environments[e]
                yield f"{name}OwnExponent{part}Environment{suffix}", prose(env)
    yield from estimate_numbers(f"{prefix}Correlation", fits.correlation, suffix, 2)
    yield from estimate_numbers(f"{prefix}Tilt", fits.tilt, suffix, 2)


def _data(name: str, suffix: str, efficiency: DataEfficiency) -> Named:
    law = efficiency.law
    alpha = -np.asarray(law.value.exponent)[law.converged]
    if law.converged[-1]:
        top = negated(entry(law.exponent, -1))
        yield from bounded_numbers(f"{name}Alpha", Bounded(top, ALPHA), suffix)
        yield from estimate_numbers(f"{name}DMin", entry(law.asymptote, -1), suffix)
    else:
        why = NO_FIT[law.status_of(-1)]
        yield from words_numbers(f"{name}Alpha", suffix, why)
        yield from words_numbers(f"{name}DMin", suffix, why)
    if alpha.size:
        yield f"{name}AlphaLow{suffix}", number(float(alpha.min()))
        yield f"{name}AlphaHigh{suffix}", number(float(alpha.max()))
    # Runs at the ends of the range may end before they reach the top level.
    reached = np.flatnonzero(np.isfinite(efficiency.pooled.value[:, -1]))
    for part, indices in (("UtdLow", reached[:1]), ("UtdHigh", reached[-1:])):
        for index in indices:
            yield f"{name}{part}{suffix}", f"${efficiency.utds[index]:g}$"
            data = entry(efficiency.pooled, int(index), -1)
            yield from estimate_numbers(f"{name}DataAt{part}", data, suffix)
    drawn = np.stack([law.replicates.exponent[:, -1], law.replicates.asymptote[:, -1]])
    drawn = drawn[:, np.isfinite(drawn).all(axis=0)]
    if law.converged[-1] and drawn.shape[1] > 2 and (drawn.std(axis=1) > 0).all():
        tie = -float(np.corrcoef(drawn)[0, 1])
        yield f"{name}AlphaDMinCorrelation{suffix}", number(tie, 2)
    fitted = law.value(efficiency.utds)[-1]
    error = np.abs(fitted / efficiency.pooled.value[:, -1] - 1)
    if law.converged[-1] and np.isfinite(error).any():
        yield f"{name}FitError{suffix}", percent(float(np.nanmean(error)))
        yield f"{name}FitErrorWorst{suffix}", percent(float(np.nanmax(error)))


def _budget(name: str, suffix: str, budget: Budget) -> Named:
    for part in ("utd", "data", "compute", "exchange"):
        law: FittedLaw = getattr(budget, f"{part}_law")
        one = f"{name}{command(part)}Exponent"
        if law.converged[()]:
            yield from estimate_numbers(one, law.exponent, suffix)
        else:
            yield from words_numbers(one, suffix, NO_FIT[law.status_of()])
    if budget.unidentified:
        yield f"{name}Unidentified{suffix}", prose(budget.unidentified)
    used = -float(np.asarray(budget.batch.value.exponent))
    yield f"{name}BatchInComputeExponent{suffix}", number(used + 0.0)
    for part, index in (("Low", 0), ("Top", -1)):
        star = Bounded(entry(budget.utd_star, index), budget.limits)
        if budget.at_edge[index] or np.isfinite(star.value):
            yield from bounded_numbers(f"{name}UtdStar{part}", star, suffix)
        else:
            yield from words_numbers(
                f"{name}UtdStar{part}", suffix, NO_FIT["too few points"]
            )
        yield from estimate_numbers(
            f"{name}Budget{part}", entry(budget.budget, index), suffix
        )
    ratio = float(budget.budget.value[-1] / budget.budget.value[0])
    yield f"{name}BudgetRatio{suffix}", number(ratio, 2)
    yield f"{name}AtEdge{suffix}", count(int(budget.at_edge.sum()))


def trend_numbers(prefix: str, record: Diagnostics) -> Named:
    r"""Yield each measure's change per doubling, e.g. `\ClassicOverfittingPerUtd`.

    For a difference, `…Above` of `…Known` settings are above zero.
    """
    for measure, found in record.measures.items():
        name = prefix + command(measure)
        for index, predictor in enumerate(PREDICTORS):
            per = f"{name}Per{command(predictor)}"
            yield from estimate_numbers(per, entry(found.trend.slope, index), digits=2)
        if MEASURES[measure][1]:
            known = found.values.value[np.isfinite(found.values.value)]
            yield f"{name}Above", count(int((known > 0).sum()))
            yield f"{name}Known", count(len(known))
