r"""Every number in the text of the paper, as one `\newcommand` each.

A name is put together from what it tells: the study, the set of runs, the quantity, the
part. `\GymOursAlpha` is α of the Gym runs with fitted hyperparameters; with an
interval known there are also `…Interval` and `…Full`, the value with its interval.
Results under the published choices end in `AsPublished`. A number that cannot be
computed has no command, so that a text which uses it does not compile.
"""

from collections.abc import Mapping

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
    Regrets,
    ScalingError,
    entry,
    negated,
)
from value_scaling.records.provenance import Provenance
from value_scaling.report.findings.regret import sentence
from value_scaling.report.paper.held_out_numbers import held_out_numbers
from value_scaling.report.paper.named_numbers import NO_FIT
from value_scaling.report.paper.named_numbers import estimate_numbers as _estimate
from value_scaling.report.paper.sensitivity_numbers import sensitivity_numbers
from value_scaling.report.results import Results, StudyResults
from value_scaling.report.tables.choices import inside
from value_scaling.report.tables.sources import seeds
from value_scaling.report.text.command_names import Named, command
from value_scaling.report.text.latex import (
    MISSING,
    bare_percent,
    bounded,
    count,
    number,
    percent,
    prose,
    with_bounds,
)
from value_scaling.report.verify import (
    AGREES,
    DIFFERS,
    KINDS,
    OUTSIDE,
    UNAVAILABLE,
    WITHIN,
    ReportCard,
)

_INTERVAL = " $["
"""How an interval opens, after its value."""


def numbers(everything: tuple[StudyResults, ...], card: ReportCard) -> dict[str, str]:
    """Return the LaTeX of every number, by the name of its command.

    Raises:
        ScalingError: two numbers have one name, as with studies `a_b` and `ab`.
    """
    found: dict[str, str] = {}
    for name, text in _all(everything, card):
        if text == MISSING:
            continue
        if name in found:
            raise ScalingError(
                "numbers of the paper",
                found=f"two of the name \\{name}",
                expected="names that differ by more than digits and underscores",
                fix="rename one of the studies",
            )
        found[name] = text
    return found


def numbers_tex(values: Mapping[str, str]) -> str:
    """Write the commands, sorted by name."""
    lines = (f"\\newcommand{{\\{name}}}{{{values[name]}}}" for name in sorted(values))
    return "\n".join(lines) + "\n"


def _all(everything: tuple[StudyResults, ...], card: ReportCard) -> Named:
    yield "StudyCount", count(len(everything))
    yield from _card(card)
    for results in everything:
        prefix = command(results.study.name)
        yield from _study(prefix, results)
        for suffix, records in (
            ("", results.default),
            ("AsPublished", results.published),
        ):
            yield from _records(prefix, suffix, records)
        if results.default.regret:
            yield from _regret(prefix, results.default.regret)
        if results.default.diagnostics:
            yield from _diagnostics(prefix, results.default.diagnostics)
        yield from held_out_numbers(prefix, results.default)
        yield from _constant_over_fitted(prefix, results.default)
        yield from _effects(prefix, results)
        if results.default.sensitivity:
            yield from sensitivity_numbers(prefix, results.default.sensitivity)
        if results.provenance:
            yield from _provenance(prefix, results.provenance)


def _bounded(name: str, found: Bounded, suffix: str) -> Named:
    """An estimate from a search: what lies at its limits is written as a bound."""
    limits = found.limits
    if not any(limits.sign(part) for part in (found.value, *found.ends)):
        yield from _estimate(name, found.values, suffix)
        return
    text = bounded(found)
    value, opening, ends = text.partition(_INTERVAL)
    yield name + suffix, value
    if opening:
        yield f"{name}{suffix}Interval", opening.strip() + ends
    yield f"{name}{suffix}Full", text


def _words(name: str, suffix: str, text: str) -> Named:
    """Words in place of a number, without an interval."""
    yield name + suffix, text
    yield f"{name}{suffix}Full", text


def _study(prefix: str, results: StudyResults) -> Named:
    study, records = results.study, results.default
    levels = study.fitted_levels
    yield f"{prefix}Title", prose(study.title)
    yield f"{prefix}Algorithm", prose(study.algorithm)
    yield f"{prefix}Environments", count(len(study.environments))
    yield f"{prefix}Levels", count(len(levels))
    yield f"{prefix}LevelLow", number(min(levels))
    yield f"{prefix}LevelTop", number(max(levels))
    yield f"{prefix}SweepLevelTop", number(max(study.sweep_levels))
    yield f"{prefix}DecidingLevels", count(sum(study.deciding_levels))
    yield f"{prefix}HeldOutLevels", count(study.held_out_levels)
    yield f"{prefix}ModelSize", number(study.model_size)
    yield f"{prefix}Delta", number(study.delta, 2)
    yield f"{prefix}ConstantUtd", f"${study.baseline_utd:g}$"
    for name, crossings in records.crossings.items():
        one = prefix + command(name)
        unreached = float(np.isnan(crossings.steps[:, -1]).mean())
        yield f"{one}Settings", count(len(crossings.settings))
        yield f"{one}Seeds", seeds(crossings).replace("–", "--")
        yield f"{one}Missing", count(len(crossings.missing))
        yield f"{one}Unreached", percent(unreached)
        yield f"{one}Replicates", count(crossings.replicates.shape[1])


def _records(prefix: str, suffix: str, records: Results) -> Named:
    if records.hyperparameters:
        yield from _hyperparameters(prefix, suffix, records.hyperparameters)
    for name, efficiency in records.data.items():
        yield from _data(prefix + command(name), suffix, efficiency)
    for name, budget in records.budget.items():
        yield from _budget(prefix + command(name), suffix, budget)


def _hyperparameters(prefix: str, suffix: str, fits: Hyperparameters) -> Named:
    for values in (fits.batch_size, fits.learning_rate):
        name = prefix + command(values.name)
        shared = negated(entry(values.shared.exponent, 0))
        yield from _estimate(f"{name}Exponent", shared, suffix)
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
    yield from _estimate(f"{prefix}Correlation", fits.correlation, suffix, 2)
    yield from _estimate(f"{prefix}Tilt", fits.tilt, suffix, 2)


def _data(name: str, suffix: str, efficiency: DataEfficiency) -> Named:
    law = efficiency.law
    alpha = -np.asarray(law.value.exponent)[law.converged]
    if law.converged[-1]:
        top = negated(entry(law.exponent, -1))
        yield from _bounded(f"{name}Alpha", Bounded(top, ALPHA), suffix)
        yield from _estimate(f"{name}DMin", entry(law.asymptote, -1), suffix)
    else:
        why = NO_FIT[law.status_of(-1)]
        yield from _words(f"{name}Alpha", suffix, why)
        yield from _words(f"{name}DMin", suffix, why)
    if alpha.size:
        yield f"{name}AlphaLow{suffix}", number(float(alpha.min()))
        yield f"{name}AlphaHigh{suffix}", number(float(alpha.max()))
    yield f"{name}UtdLow{suffix}", f"${efficiency.utds[0]:g}$"
    yield f"{name}UtdHigh{suffix}", f"${efficiency.utds[-1]:g}$"
    for part, index in (("UtdLow", 0), ("UtdHigh", -1)):
        data = entry(efficiency.pooled, index, -1)
        yield from _estimate(f"{name}DataAt{part}", data, suffix)
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
            yield from _estimate(one, law.exponent, suffix)
        else:
            yield from _words(one, suffix, NO_FIT[law.status_of()])
    if budget.unidentified:
        yield f"{name}Unidentified{suffix}", prose(budget.unidentified)
    used = -float(np.asarray(budget.batch.value.exponent))
    yield f"{name}BatchInComputeExponent{suffix}", number(used + 0.0)
    for part, index in (("Low", 0), ("Top", -1)):
        star = Bounded(entry(budget.utd_star, index), budget.limits)
        if budget.at_edge[index] or np.isfinite(star.value):
            yield from _bounded(f"{name}UtdStar{part}", star, suffix)
        else:
            yield from _words(f"{name}UtdStar{part}", suffix, NO_FIT["too few points"])
        yield from _estimate(f"{name}Budget{part}", entry(budget.budget, index), suffix)
    ratio = float(budget.budget.value[-1] / budget.budget.value[0])
    yield f"{name}BudgetRatio{suffix}", number(ratio, 2)
    yield f"{name}AtEdge{suffix}", count(int(budget.at_edge.sum()))


_SCOPES = {"every": "", "unseen": "Unseen", "largest": "Largest"}
_AT = {"all": "", "highest": "Top"}


def _regret(prefix: str, record: Regrets) -> Named:
    r"""`\GymRegretFitted`: extra data over the best cell; a ratio of two ways:
    `\GymRegretFittedOverConstant`. With `Unseen` or `Largest` for σ that did not
    choose, with `Top` at the highest level; and the sentence that compares the ways."""
    for row in record.rows:
        name = f"{prefix}Regret{_SCOPES[row.scope]}{command(row.way)}{_AT[row.levels]}"
        ends = [float(part) - 1 for part in (row.data.low, row.data.high)]
        yield name, percent(float(row.data.value) - 1)
        if np.isfinite(ends).all():
            low, high = map(bare_percent, ends)
            yield f"{name}Interval", f"$[{low}, {high}]$"
            yield f"{name}Full", f"\\{name}{{}} {{$[{low}, {high}]$}}"
    for each in record.ratios:
        ways = f"{command(each.way)}Over{command(each.over)}"
        name = f"{prefix}Regret{_SCOPES[each.scope]}{ways}{_AT[each.levels]}"
        yield from _estimate(name, each.data)
    if text := sentence(record):
        yield f"{prefix}RegretSentence", text


def _diagnostics(prefix: str, record: Diagnostics) -> Named:
    r"""`\ClassicOverfittingPerUtd`: change for a doubling of σ; of a difference also in
    how many settings it is above zero, `…Above` of `…Known`."""
    for measure, found in record.measures.items():
        name = prefix + command(measure)
        for index, predictor in enumerate(PREDICTORS):
            per = f"{name}Per{command(predictor)}"
            yield from _estimate(per, entry(found.trend.slope, index), digits=2)
        if MEASURES[measure][1]:
            known = found.values.value[np.isfinite(found.values.value)]
            yield f"{name}Above", count(int((known > 0).sum()))
            yield f"{name}Known", count(len(known))


def _constant_over_fitted(prefix: str, records: Results) -> Named:
    """Data with constant over data with fitted hyperparameters at the top level.

    Geometric mean over environments, for each σ that both sets ran; no interval, as
    the two sets are resampled apart.
    """
    sets = [records.data.get(name) for name in ("ours", "baseline")]
    if any(data is None or data.source != "archive" for data in sets):
        return
    fitted, constant = (data for data in sets if data is not None)
    if fitted.environments != constant.environments:
        return
    ratios = {}
    for i, utd in enumerate(fitted.utds):
        for j in np.flatnonzero(constant.utds == utd):
            each = constant.data.value[:, j, -1] / fitted.data.value[:, i, -1]
            ratios[float(utd)] = float(np.exp(np.log(each).mean()))
    for utd, ratio in ratios.items():
        yield f"{prefix}ConstantOverFittedAt{command(f'{utd:g}')}", number(ratio)


def _effects(prefix: str, results: StudyResults) -> Named:
    effects = results.effects.effects if results.effects else ()
    yield f"{prefix}Effects", count(len(effects))
    yield f"{prefix}EffectsInside", count(sum(inside(effect) for effect in effects))
    for effect in effects:
        name = f"{prefix}Effect{command(effect.choice, effect.result)}"
        yield name, number(effect.published)
        yield f"{name}Default", with_bounds(effect.default)


def _provenance(prefix: str, provenance: Provenance) -> Named:
    hours = [s.cpu_hours for s in provenance.sets if s.cpu_hours is not None]
    if len(hours) == len(provenance.sets):
        yield f"{prefix}CpuHours", number(sum(hours), 2)
    for made in provenance.sets:
        name = prefix + command(made.name)
        yield f"{name}Runs", count(made.runs)
        yield f"{name}FailedRuns", count(made.failed)
        yield f"{name}Steps", number(made.steps)
        if made.cpu_hours is not None:
            yield f"{name}CpuHours", number(made.cpu_hours, 2)
    training = provenance.training
    yield f"{prefix}RunSeeds", count(training.seeds)
    yield f"{prefix}Hidden", " and ".join(f"${width}$" for width in training.hidden)


def _card(card: ReportCard) -> Named:
    r"""Counts of the lines, as in `\CardWithin`; of a kind of numbers, as in
    `\CardStoredWithin`; of a study, as in `\GymCardWithin`."""
    for name, verdicts in (
        ("Within", (WITHIN,)),
        ("Outside", (OUTSIDE,)),
        ("Unavailable", (UNAVAILABLE,)),
        ("Agree", (AGREES,)),
        ("Differ", (DIFFERS,)),
        ("Checked", (WITHIN, OUTSIDE)),
    ):
        yield f"Card{name}", count(card.counted(*verdicts))
        for kind in KINDS:
            counted = card.only(kind=kind).counted(*verdicts)
            yield f"Card{command(kind)}{name}", count(counted)
        for study in dict.fromkeys(row.study for row in card.rows):
            counted = card.only(study=study).counted(*verdicts)
            yield f"{command(study)}Card{name}", count(counted)
    checked = [row for row in card.rows if row.verdict in (WITHIN, OUTSIDE)]
    yield "CardCells", count(sum(len(row.cells) for row in checked))
    yield "CardCellsWithin", count(sum(row.cells_within for row in checked))
    for row in card.rows:
        if row.macro and row.worst:
            yield f"Published{row.macro}", number(row.worst.published)
            yield f"Recomputed{row.macro}", number(row.worst.ours)
