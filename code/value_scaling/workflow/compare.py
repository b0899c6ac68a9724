"""Compare fresh runs with the published ones, setting by setting and fit by fit."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from value_scaling.records import (
    SETS,
    Choices,
    Crossings,
    Curves,
    Estimate,
    FittedLaw,
    Runs,
    ScalingError,
    Setting,
    Study,
    entry,
    estimate,
)
from value_scaling.records.stages.comparison import (
    Comparison,
    LawComparison,
    Pair,
    SetComparison,
)
from value_scaling.stats.bootstrap import resample_counts, stream
from value_scaling.workflow.budget import budget
from value_scaling.workflow.data.collect import collect
from value_scaling.workflow.data_efficiency import data_efficiency, until_reached
from value_scaling.workflow.hyperparameters import hyperparameters
from value_scaling.workflow.preprocess import preprocess

LAST_SHARE = 0.1
"""Share of the common steps over which final returns are averaged."""
_PUBLISHED, _FRESH = 0, 1
"""Bases of the random streams, which differ so that equal settings draw differently."""
_SIDES = ("published", "fresh")

Side = tuple[Study, Mapping[str, Runs]]
"""The study that describes the archives, and the runs of each set as they were read."""


def compare(
    published: Side,
    fresh: Side,
    *,
    sweep_replicates: int,
    replicates: int,
) -> Comparison:
    """Compare every setting and every fit of fresh runs with the published ones.

    Where both archives have a set, the fits of both use only the settings that both
    have, because fits over different environments or σ are not comparable.

    Args:
        sweep_replicates: bootstrap samples for the fits of B* and η*.
        replicates: bootstrap samples for everything else.
    """
    notes: list[str] = []
    sets = []
    shared: tuple[dict[str, Runs], dict[str, Runs]] = ({}, {})
    for name in SETS:
        there = [side[1].get(name) for side in (published, fresh)]
        for runs, word, place in zip(there, _SIDES, shared, strict=True):
            if runs is None:
                notes.append(f"{name}: no {word} runs")
            else:
                place[name] = runs
        if there[0] is None or there[1] is None:
            continue
        found = compare_set(published[0], there[0], fresh[0], there[1], replicates)
        if found is None:
            notes.append(f"{name}: no setting is in both archives")
            for place in shared:
                del place[name]
            continue
        sets.append(found)
        for i, place in enumerate(shared):
            place[name] = _only(place[name], {pair[i] for pair in found.pairs})
    counts = {"sweep": sweep_replicates, "ours": replicates, "baseline": replicates}
    theirs = _laws((published[0], shared[0]), counts, notes, base=_PUBLISHED)
    ours = _laws((fresh[0], shared[1]), counts, notes, base=_FRESH)
    laws = tuple(
        LawComparison(*key, theirs.get(key), ours.get(key))
        for key in dict.fromkeys([*theirs, *ours])
    )
    return Comparison(fresh[0].name, tuple(sets), laws, tuple(dict.fromkeys(notes)))


def _only(runs: Runs, settings: set[Setting]) -> Runs:
    curves = tuple(curve for curve in runs.curves if curve.setting in settings)
    return replace(runs, curves=curves)


def compare_set(
    study: Study, published: Runs, fresh_study: Study, fresh: Runs, replicates: int
) -> SetComparison | None:
    """Compare the settings of one set that both archives hold; None without any."""
    sides = (collect(published, study), collect(fresh, fresh_study))
    pairs = _pairs(*sides)
    if not pairs:
        return None
    last = [min(one.steps[-1], other.steps[-1]) for one, other in pairs]
    crossings, finals = [], []
    for place, (about, runs) in enumerate(
        zip((study, fresh_study), sides, strict=True)
    ):
        cut = [_until(pair[place], end) for pair, end in zip(pairs, last, strict=True)]
        crossings.append(
            preprocess(
                replace(runs, curves=tuple(cut)),
                about,
                Choices(),
                replicates=replicates,
                seed=(_PUBLISHED, _FRESH)[place],
            )
        )
        finals.append(
            [
                _final(curve, end, replicates, about, fresh.set_name, place)
                for curve, end in zip(cut, last, strict=True)
            ]
        )
    drawn = [np.moveaxis(each.replicate_steps(), 1, 0) for each in crossings]
    value, ratio, agrees = _ratio([each.steps for each in crossings], drawn)
    returns = [
        estimate(
            np.array([value for value, _ in final]),
            np.stack([draws for _, draws in final], axis=1),
        )
        for final in finals
    ]
    apart = np.stack(
        [new[1] - old[1] for old, new in zip(*finals, strict=True)], axis=1
    )
    return SetComparison(
        study=study.name,
        set_name=fresh.set_name,
        pairs=tuple((one.setting, other.setting) for one, other in pairs),
        seeds=np.array([(one.seeds, other.seeds) for one, other in pairs]),
        last_steps=np.array(last),
        levels=crossings[0].levels,
        data=Pair(
            *(
                until_reached(each.steps, draws)
                for each, draws in zip(crossings, drawn, strict=True)
            )
        ),
        ratio=Estimate(value, *ratio),
        agrees=agrees,
        returns=Pair(*returns),
        difference=estimate(returns[1].value - returns[0].value, apart),
        only_published=len(sides[0].curves) - len(pairs),
        only_fresh=len(sides[1].curves) - len(pairs),
    )


def _pairs(published: Runs, fresh: Runs) -> list[tuple[Curves, Curves]]:
    def key(setting: Setting) -> tuple:
        if fresh.set_name == "sweep":
            return (setting,)
        return setting.env, setting.utd

    new = {key(curve.setting): curve for curve in fresh.curves}
    return [
        (curve, new[key(curve.setting)])
        for curve in published.curves
        if key(curve.setting) in new and _overlap(curve, new[key(curve.setting)])
    ]


def _overlap(one: Curves, other: Curves) -> bool:
    """Whether both curves have points up to some common step."""
    return min(one.steps[-1], other.steps[-1]) >= max(one.steps[0], other.steps[0])


def _until(curve: Curves, end: float) -> Curves:
    count = int(np.searchsorted(curve.steps, end, side="right"))
    return replace(curve, steps=curve.steps[:count], returns=curve.returns[:count])


def _final(
    curve: Curves,
    end: float,
    replicates: int,
    study: Study,
    set_name: str,
    place: int,
) -> tuple[float, np.ndarray]:
    """Return the mean final return and that of each replicate, in environment units."""
    environment = study.environment(curve.setting.env)
    late = curve.steps > (1 - LAST_SHARE) * end
    late[-1] = True
    own = curve.returns[late].mean(axis=0) * (environment.span(set_name) / 1000)
    own = own + environment.min_return
    rng = stream(place, "final return", str(curve.setting))
    counts = resample_counts(rng, curve.seeds, replicates)
    return float(own.mean()), counts @ own / curve.seeds


def _ratio(
    steps: list[np.ndarray], drawn: list[np.ndarray]
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray], np.ndarray]:
    """Return fresh/published data, its interval, and where the interval includes 1.

    A draw that never reaches the level counts as needing infinite data. An end of the
    interval that falls among such draws is unknown, NaN.
    """
    old, new = (np.where(np.isnan(each), np.inf, each) for each in drawn)
    with np.errstate(invalid="ignore"):
        both = np.where(np.isinf(old) & np.isinf(new), 1.0, new / old)
    low, high = np.quantile(both, [0.025, 0.975], axis=0, method="inverted_cdf")
    reached = np.isfinite(steps[0]) | np.isfinite(steps[1])
    agrees = reached & (low <= 1) & (high >= 1)
    ends = (
        np.where(reached & (low > 0), low, np.nan),
        np.where(reached & np.isfinite(high), high, np.nan),
    )
    return steps[1] / steps[0], ends, agrees


def _laws(
    side: Side, replicates: Mapping[str, int], notes: list[str], *, base: int
) -> dict[tuple[str, str], Estimate]:
    """Fit everything that one archive allows, and note what it does not allow."""
    study, runs = side
    found: dict[tuple[str, str], Estimate] = {}
    batch_law: FittedLaw | None = None
    for name in SETS:
        if name not in runs:
            continue
        crossings = preprocess(
            collect(runs[name], study),
            study,
            Choices(),
            replicates=replicates[name],
            seed=base,
        )
        try:
            if name == "sweep":
                batch_law = _sweep_laws(crossings, study, found)
            else:
                _data_laws(crossings, study, batch_law, found, notes, side=_SIDES[base])
        except ScalingError as error:
            notes.append(f"{name}, no fits: {error}")
    return found


def _sweep_laws(
    crossings: Crossings, study: Study, found: dict[tuple[str, str], Estimate]
) -> FittedLaw:
    fits = hyperparameters(crossings, study, Choices(), with_checks=False)
    for values in fits.fitted:
        symbol = f"{values.axis.symbol}*"
        exponent = entry(values.shared.exponent, 0)
        found["sweep", f"exponent of {symbol}(σ)"] = exponent
        for e, env in enumerate(values.environments):
            at_one = entry(values.shared.scale, e)
            found["sweep", f"{symbol}(1), {env}"] = at_one
    return fits.batch_law()


def _data_laws(
    crossings: Crossings,
    study: Study,
    batch_law: FittedLaw | None,
    found: dict[tuple[str, str], Estimate],
    notes: list[str],
    *,
    side: str,
) -> None:
    fits = data_efficiency(crossings, study, Choices(), with_checks=False)
    name = crossings.set_name
    for words, levels in fits.smaller_sets().items():
        at = ", ".join(f"{level:g}" for level in levels)
        notes.append(f"{name}: {side} fits at J = {at} are pooled over {words}")
    for j, level in enumerate(fits.levels):
        if j in (0, len(fits.levels) - 1) and fits.law.converged[j]:
            alpha = fits.law.exponent
            found[name, f"exponent of D_J(σ), J = {level:.0f}"] = entry(alpha, j)
            d_min = fits.law.asymptote
            found[name, f"D_min, J = {level:.0f}"] = entry(d_min, j)
    optimum = budget(fits, study, Choices(), fitted_batch=batch_law, with_checks=False)
    if optimum.unidentified:
        notes.append(f"{name}: σ*(F) is not identifiable: {optimum.unidentified}")
    else:
        found[name, "exponent of σ*(F)"] = entry(optimum.utd_law.exponent)
