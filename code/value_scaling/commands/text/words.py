"""What the terminal says about each result: records -> text, nothing else."""

import math
from collections.abc import Sequence

import numpy as np

from value_scaling.commands.text.held_out_words import held_out, is_known, percent
from value_scaling.records import (
    ALPHA,
    MEASURES,
    PREDICTORS,
    BestValues,
    Bounded,
    Budget,
    DataEfficiencies,
    DataEfficiency,
    Diagnostics,
    Estimate,
    Hyperparameters,
    Regret,
    Regrets,
    entry,
    negated,
    why_no_fit,
)
from value_scaling.records.axes import equations
from value_scaling.records.stages.law_choice import LawChoice
from value_scaling.report.findings.law_choice import WHERE, best_laws, grouped
from value_scaling.report.findings.regret import (
    NAMES,
    SCOPES,
    left_out,
    scopes,
    verdict,
    way_text,
    ways,
)
from value_scaling.report.text.plain import bound_and_ends, plain
from value_scaling.workflow.grid.proposals import recommend


def interval(low: float, high: float) -> str:
    """Format an interval, or say that none is known.

    One without width is none: every draw was the same, as with a single seed.
    """
    if not is_known(low, high):
        return "[interval unknown]"
    return f"[{plain(low)}, {plain(high)}]"


def number(values: Estimate, index: int | tuple[int, ...] = ()) -> str:
    """Format one entry of an estimate with its interval."""
    value, low, high = (
        float(np.asarray(part)[index])
        for part in (values.value, values.low, values.high)
    )
    return f"{plain(value)} {interval(low, high)}"


def bounded(found: Bounded) -> str:
    """Format an estimate from a search; a value at its limit as a bound."""
    value, ends = bound_and_ends(found)
    if ends and not is_known(*found.ends):
        ends = ""
    return f"{value} {ends or '[interval unknown]' * (not found.is_bound)}".strip()


def hyperparameters(record: Hyperparameters) -> str:
    """Laws of B* and η*."""
    return "\n".join(
        [
            *map(_best, record.fitted),
            tilt(record),
            *lower_baselines(record),
        ]
    )


def tilt(record: Hyperparameters) -> str:
    """Say whether the valley of the grid is tilted."""
    if not np.isfinite(record.tilt.value):
        return "tilt of the valley: unknown, as no winners at two lr can be compared"
    low, high = float(record.tilt.low), float(record.tilt.high)
    verdict = (
        "tilt unclear, the interval includes zero" if low <= 0 <= high else "tilted"
    )
    return f"best B at a fixed lr ~ lr^{number(record.tilt)} ({verdict})"


def lower_baselines(record: Hyperparameters) -> list[str]:
    """Say which constant hyperparameters are decided below the top level, or by none.

    Usually there are none.
    """
    at = f"at UTD {record.baseline_utd:g}"
    lines = [
        f"constant B, lr of {each.env}: decided at J = {each.level:g}, the highest "
        f"level that a setting reaches {at}; none reaches J = {record.top_level:g}"
        for each in record.lower_baselines
    ]
    if without := record.without_baseline:
        lines.append(
            f"constant B, lr of {', '.join(without)}: none, as no setting {at} reaches "
            "a level"
        )
    return lines


def _best(values: BestValues) -> str:
    symbol = f"{values.axis.plain}*"
    if values.is_single.all():
        tried = dict.fromkeys(f"{grid[0]:g}" for grid in values.grid)
        return (
            f"{symbol}(utd): one value on this axis ({', '.join(tried)}): nothing to "
            "fit"
        )
    lines = [f"{symbol}(utd) ~ utd^{number(values.shared.exponent, 0)}"]
    lines += [
        f"  {env:<24} "
        + (
            f"one value on this axis ({values.grid[e][0]:g}): nothing to fit"
            if values.is_single[e]
            else f"{symbol}(1) = {number(values.shared.scale, e)}"
        )
        for e, env in enumerate(values.environments)
    ]
    return "\n".join([*lines, *held_out(values.heldout, values.against_naive)])


def data_efficiency(record: DataEfficiency) -> str:
    """Law of D_J at the highest level at which its fit converged."""
    law, top = record.law, _top(record)
    source = f"from {'runs' if record.source == 'archive' else record.source}"
    if top is None:
        lines = [f"D_J(utd), {record.set_name}, {source}: no fit at any level"]
    else:
        alpha = Bounded(negated(entry(law.exponent, top)), ALPHA)
        lines = [
            f"D_J(utd) = D_min + (beta/utd)^alpha, {record.set_name}, "
            f"J = {record.levels[top]:.0f}, {source}",
            f"  D_min = {number(law.asymptote, top)} env steps, "
            f"alpha = {bounded(alpha)}, "
            f"beta^alpha = {number(law.scale, top)} env steps",
        ]
        if (share := float(law.at_bound[top])) >= 0.005:
            lines.append(
                f"  {100 * share:.0f}% of the bootstrap draws end at the limit of the "
                "search for alpha"
            )
    lines += [
        f"  no fit at J = {record.levels[j]:.0f}: {why_no_fit(law, j)}"
        for j in range(len(record.levels))
        if why_no_fit(law, j)
    ]
    lines += [
        f"  pooled over {words}, at J = {', '.join(f'{level:g}' for level in levels)}"
        for words, levels in record.smaller_sets().items()
    ]
    lines += [f"  no fit: {each.words()}" for each in record.blocked]
    return "\n".join([*lines, *held_out(record.heldout, record.against_naive)])


def _top(record: DataEfficiency) -> int | None:
    """Index of the highest level at which the fit converged; None: there is none."""
    has_law = np.flatnonzero(record.law.converged)
    return int(has_law[-1]) if len(has_law) else None


def regret(record: Regrets) -> str:
    """What each way to choose B and η costs on held-out seeds, as a table."""
    head = "Extra data on seeds that did not choose B and lr"
    if record.why_none:
        return f"{head}: not known, as {record.why_none}"
    top = f"J = {record.levels[-1]:g}"
    lines = [f"{head} ({record.splits} random splits):"]
    for scope in scopes(record):
        lines.append(f"  {_ascii(SCOPES[scope]):<38} {'all levels':<21} {top}")
        for way in ways(record, scope):
            cells = [
                _extra(row) if (row := record.row(scope, at, way)) else ""
                for at in ("all", "highest")
            ]
            name = _ascii(way_text(record, way))
            lines.append(f"    {name:<36} {cells[0]:<21} {cells[1]}".rstrip())
        lines += [
            f"    data, {_ascii(f'{NAMES[each.way]} / {NAMES[each.over]}'):<30} "
            f"{number(each.data):<21} {verdict(each)}"
            for each in record.ratios
            if (each.scope, each.levels) == (scope, "all")
            and np.isfinite(each.data.value)
        ]
    if missing := left_out(record):
        lines.append(f"  {_ascii(missing)}")
    return "\n".join(lines)


def _ascii(text: str) -> str:
    return text.replace("σ", "UTD")


def _extra(row: Regret) -> str:
    value, low, high = (
        float(part) - 1 for part in (row.data.value, row.data.low, row.data.high)
    )
    if not math.isfinite(value):
        return "no level to compare"
    known = math.isfinite(low) and math.isfinite(high)
    return percent(value) + (f" [{percent(low)}, {percent(high)}]" if known else "")


def budget(record: Budget) -> str:
    """Law of σ*(F)."""
    if record.unidentified:
        law = f"utd*(F), {record.set_name}, is not identifiable: {record.unidentified}"
    elif np.isfinite(record.utd_law.value.scale):
        law = (
            f"utd*(F) = {plain(float(record.utd_law.value.scale))} * "
            f"F^{number(record.utd_law.exponent)}, {record.set_name}"
        )
    else:
        law = f"utd*(F), {record.set_name}: no fit, with fewer than two optima"
    return "\n".join(
        [
            law,
            *_others(record),
            *_bounds(record),
            *held_out(record.heldout, record.against_naive),
        ]
    )


def _others(record: Budget) -> list[str]:
    """The levels that the laws along the budget leave out, and why."""
    levels = ", ".join(f"{level:g}" for level in record.levels[record.other_sets])
    return [f"  not joined: J = {levels}, of other environments"] if levels else []


def _bounds(record: Budget) -> list[str]:
    """The optima that are bounds, one line for each end of the range."""
    stars = [
        Bounded(entry(record.utd_star, j), record.limits).write(plain, star)
        for j, star in enumerate(record.utd_star.value)
    ]
    return [
        f"  utd* {bound} at J = "
        + ", ".join(
            f"{level:.0f}"
            for level, star, edge in zip(
                record.levels, stars, record.at_edge, strict=True
            )
            if edge and star == bound
        )
        + ", a bound: the search ended at a UTD that was run"
        for bound in dict.fromkeys(
            star for star, edge in zip(stars, record.at_edge, strict=True) if edge
        )
    ]


def diagnostics(record: Diagnostics) -> str:
    """Change of each measure for a doubling of σ, B and η."""
    names = dict(zip(PREDICTORS, ("UTD", "B", "lr"), strict=True))
    lines = [
        f"Measured in the {record.set_name}, change for each doubling (in units of the "
        "environment's median):"
    ]
    for name, measure in record.measures.items():
        slopes = [
            f"{names[p]} {number(measure.trend.slope, i)}"
            if math.isfinite(measure.trend.slopes[i])
            else f"{names[p]} unknown"
            for i, p in enumerate(PREDICTORS)
        ]
        known = np.isfinite(measure.values.value)
        above = int((measure.values.value[known] > 0).sum())
        is_difference = MEASURES[name][1] is not None
        lines.append(
            f"  {name.replace('_', ' '):<23} {', '.join(slopes)}"
            + (f"; above zero in {above} of {known.sum()} settings" * is_difference)
        )
    return "\n".join(lines)


def recommendation(record: Hyperparameters, utds: Sequence[float]) -> str:
    """B* and η* of every environment at the given σ."""
    tried = record.fitted[0].utds
    swept = f" (extrapolated: swept {tried.min():g} to {tried.max():g})"
    lines = []
    for utd in utds:
        found = tuple(recommend(record.fitted, [utd]))
        lines.append(f"UTD {utd:g}{swept if found[0].is_extrapolated else ''}")
        for e, each in enumerate(found):
            best = ", ".join(
                f"{values.axis.plain}* = {_tried(values, each.fits[values.name], e)}"
                for values in record.fitted
            )
            told = f"{best}; run {equations(each.to_run)}"
            why = "no law: one needs best values at two UTDs"
            lines.append(f"  {each.env:<24} {told if each.to_run else why}")
    return "\n".join(lines)


def _tried(values: BestValues, fit: Estimate, e: int) -> str:
    """A fitted value with its interval, or the one that was tried."""
    if values.is_single[e]:
        return f"{plain(values.grid[e][0])} (the one value that was tried)"
    return number(fit)


def expected_data(records: DataEfficiencies, utds: Sequence[float]) -> str:
    """Environment steps that the fitted hyperparameters need at the given σ."""
    record = records.sets.get("ours") or next(iter(records.sets.values()))
    needed, top = record.law.at(np.array(utds)), _top(record)
    if top is None:
        why = "; ".join(each.words() for each in record.blocked[:1]) or (
            why_no_fit(record.law, len(record.levels) - 1)
        )
        return f"Environment steps ({record.set_name}): no fit at any level: {why}"
    low, high = record.utds.min(), record.utds.max()
    pool = record.set_words(top) or "environments"
    lines = [
        f"Environment steps to J = {record.levels[top]:.0f}, pooled over {pool} "
        f"({record.set_name})"
    ]
    for u, utd in enumerate(utds):
        ran = low <= utd <= high
        note = "" if ran else f" (extrapolated: ran {low:g} to {high:g})"
        lines.append(f"  UTD {utd:g}: {number(needed, (top, u))}{note}")
    return "\n".join(lines)


def law_choice(record: LawChoice) -> str:
    """Errors of each law at σ left out of its fit, and which predicts best."""
    lines = ["Laws of D_J(utd) compared, median |error| at a UTD left out of the fit:"]
    for (set_name, curves, where), group in grouped(record).items():
        errors = ", ".join(
            f"{each.law} {percent(float(each.error.value))}"
            if each.count
            else f"{each.law}: {each.status}"
            for each in group
        )
        lines.append(f"  {set_name}, {curves}, {WHERE[where]}: {errors}")
    return "\n".join([*lines, *(f"  {said}" for said in best_laws(record))])
