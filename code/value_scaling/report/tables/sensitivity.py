"""Table of the sensitivity of the conclusions."""

from collections.abc import Iterator

import numpy as np

from value_scaling.records import STATUSES, Estimate, Study, entry
from value_scaling.records.axes import FITTED
from value_scaling.records.stages.sensitivity import (
    LevelSensitivity,
    Multiverse,
    Sensitivity,
    SensitivityScan,
    SetSensitivity,
    sign,
    sign_changes,
)
from value_scaling.report.findings.sensitivity import (
    CHOICES,
    in_symbols,
    plain_flops,
)
from value_scaling.report.results import RUNS
from value_scaling.report.tables.formats.table import Cell, Column, Heading, Row, Table
from value_scaling.report.text.latex import escape
from value_scaling.report.text.plain import plain

_EXPONENT = "exponent of σ*(F)"


def sensitivity(study: Study, found: Sensitivity) -> Table:
    """Return a table with a row for each conclusion and each varied quantity."""
    rows: list[Row | Heading] = []
    for heading, own in (
        (r"$\delta$, two decades to either side", _along(found, "deltas")),
        (
            "FLOPs of an update for each sample, $6N$ to $26N$",
            _along(found, "accountings"),
        ),
        (r"Lowest levels left out of $\sigma^*(F)$", _along(found, "lowest")),
        (r"Highest levels left out of $\sigma^*(F)$", _along(found, "highest")),
        ("One sweep level alone decides", _levels(found.levels)),
        ("All combinations of the choices", _combinations(found.multiverse)),
    ):
        made = list(own)
        if made:
            rows += [Heading(heading), *made]
    multiverse = found.multiverse
    return Table(
        slug=f"{study.name}_sensitivity",
        caption=(
            rf"\textbf{{{escape(study.title)}: what the conclusions depend on.}} Each "
            "row gives a conclusion by default and its range as one quantity varies. "
            "It counts the cases in which the conclusion is negative, positive, or "
            "without a number because no fit is identifiable. The last column says "
            "where the sign changes, or which choice moves the conclusion most, with "
            "the median move while all else is constant. "
            r"A factor $c$ on $C$ has the effect of $\delta/c$. "
            f"Of the {multiverse.count} combinations, all but the default and the "
            rf"published one use {multiverse.sweep_replicates} bootstrap samples for "
            rf"$B^*$ and $\eta^*$, and {multiverse.fitted_replicates} to decide what "
            "is identifiable."
        ),
        columns=(
            Column("varied"),
            Column("runs", "Runs", "l"),
            Column("conclusion", "Conclusion", "l"),
            Column("default", "Default"),
            Column("smallest", "Smallest"),
            Column("largest", "Largest"),
            Column("negative", "$-$"),
            Column("positive", "$+$"),
            Column("no_number", "none"),
            Column("changes", "Changes", "l"),
        ),
        rows=tuple(rows),
        in_paper=False,  # the figure shows it
    )


def _along(found: Sensitivity, name: str) -> Iterator[Row]:
    for one in found.sets.values():
        rows: SensitivityScan = getattr(one, name)
        yield (
            name,
            _runs(one.set_name),
            _EXPONENT,
            _default(one),
            *_counted(rows.exponent.value),
            _changes(name, rows),
        )


def _runs(set_name: str) -> str:
    return RUNS[set_name].partition(" ")[0]


def _default(one: SetSensitivity) -> Cell:
    """Return the exponent at the δ of the study, or why there is none."""
    row = int(np.flatnonzero(one.deltas.values == one.delta)[0])
    if not one.deltas.converged[row]:
        return STATUSES[int(one.deltas.status[row])]
    return entry(one.deltas.exponent, row)


def _counted(values: np.ndarray) -> tuple[Cell, ...]:
    """Return the range, and the numbers of negative, positive and missing values."""
    known = values[np.isfinite(values)]
    low, high = (known.min(), known.max()) if known.size else (np.nan, np.nan)
    signs = sign(values)
    return (
        float(low),
        float(high),
        int((signs < 0).sum()),
        int((signs > 0).sum()),
        int(np.isnan(values).sum()),
    )


def _changes(name: str, rows: SensitivityScan) -> str:
    if name in ("deltas", "accountings"):
        changes = rows.sign_changes()
        points = " and ".join(plain_flops(change) for change in changes)
        return f"sign at δ = {points}" if changes else ""
    signs = sign(rows.exponent.value)
    flips = [rows.labels[at] for at in np.flatnonzero(signs * signs[0] < 0)]
    return f"sign with J = {flips[0]}" if flips else ""


def _levels(levels: LevelSensitivity | None) -> Iterator[Row]:
    if levels is None:
        return
    for axis in FITTED:
        values: Estimate = getattr(levels, axis.name)
        changes = sign_changes(levels.levels, values.value)
        points = " and ".join(f"{change:.0f}" for change in changes)
        yield (
            "levels",
            _runs("sweep"),
            f"{axis.words} exponent",
            None,
            *_counted(values.value),
            f"sign at J = {points}" if changes else "",
        )


def _combinations(multiverse: Multiverse) -> Iterator[Row]:
    for one in multiverse.conclusions:
        move = multiverse.largest_shift(one)
        text = (
            f"{CHOICES[move.choice]}, by {plain(move.typical, 2)}"
            if move
            else "no choice"
        )
        if move and move.flips:
            text += "; its sign changes"
        known = np.isfinite(float(one.default.value))
        yield (
            "choices",
            _runs(one.set_name),
            in_symbols(one.name),
            one.default if known else "no number",
            *_counted(one.values),
            text,
        )
