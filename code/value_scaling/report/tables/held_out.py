"""Tables of predictions against what their fits did not see."""

from dataclasses import dataclass

import numpy as np

from value_scaling.records import HeldOut, Study
from value_scaling.report.latex import escape
from value_scaling.report.results import FITTED_SETS, Results
from value_scaling.report.tables.table import (
    Column,
    Heading,
    Percent,
    Row,
    Share,
    Table,
)

QUANTITIES = {
    "batch_size": "best batch size",
    "learning_rate": "best learning rate",
    "data": "data",
    "utd_star": "σ* at the budget",
    "budget_data": "data at the budget",
    "budget_compute": "compute at the budget",
}
KINDS = {
    "largest utd": "largest σ",
    "smallest utd": "smallest σ",
    "larger utd": "all larger σ",
    "smaller utd": "all smaller σ",
    "environment": "an environment",
    "level": "the top levels",
}
SETS = {
    "sweep": "Grid search",
    "ours": "Fitted hyperparameters",
    "baseline": "Constant hyperparameters",
}


@dataclass(frozen=True)
class Summary:
    """Held-out checks of one quantity and one kind."""

    set_name: str
    quantity: str
    kind: str
    count: int
    median: float
    """Median |relative error|."""
    worst: HeldOut
    known: int
    """How many have an interval."""
    covered: int
    """How many of those intervals hold zero."""


def checks(results: Results) -> tuple[tuple[str, HeldOut], ...]:
    """All held-out checks of a study with a finite error, with their set."""
    found: list[tuple[str, HeldOut]] = []
    if fits := results.hyperparameters:
        for values in (fits.batch_size, fits.learning_rate):
            found += [("sweep", check) for check in values.heldout]
    for name in FITTED_SETS:
        for stage in (results.data.get(name), results.budget.get(name)):
            found += [(name, check) for check in (stage.heldout if stage else ())]
    return tuple(pair for pair in found if np.isfinite(pair[1].error.value))


def summaries(results: Results) -> tuple[Summary, ...]:
    """One summary for each set, quantity and kind, in the order of the records."""
    groups: dict[tuple[str, str, str], list[HeldOut]] = {}
    for name, check in checks(results):
        groups.setdefault((name, check.quantity, check.kind), []).append(check)
    found = []
    for (name, quantity, kind), own in groups.items():
        known = [check for check in own if np.isfinite(check.error.low)]
        found.append(
            Summary(
                set_name=name,
                quantity=quantity,
                kind=kind,
                count=len(own),
                median=float(np.median([abs(c.error.value) for c in own])),
                worst=max(own, key=lambda c: abs(float(c.error.value))),
                known=len(known),
                covered=sum(check.covered for check in known),
            )
        )
    return tuple(found)


def held_out(study: Study, results: Results) -> Table:
    """Summary of every kind of check with its worst case; the CSV holds every check."""
    machine = Table(
        slug=f"{study.name}_held_out",
        caption="",
        columns=tuple(
            Column(name)
            for name in (
                *("set", "quantity", "left_out", "cell"),
                *("predicted", "actual", "relative_error", "covered"),
            )
        ),
        rows=tuple(
            (
                name,
                check.quantity,
                check.kind,
                check.label,
                check.predicted,
                check.actual,
                check.error,
                check.covered if np.isfinite(check.error.low) else None,
            )
            for name, check in checks(results)
        ),
    )
    rows: list[Row | Heading] = []
    last = ""
    for summary in summaries(results):
        if summary.set_name != last:
            last = summary.set_name
            rows.append(Heading(SETS.get(last, escape(last))))
        rows.append(
            (
                QUANTITIES.get(summary.quantity, summary.quantity),
                KINDS.get(summary.kind, summary.kind),
                summary.count,
                Percent(summary.median),
                Share(summary.covered, summary.known) if summary.known else None,
                summary.worst.label,
                Percent(summary.worst.error),
            )
        )
    return Table(
        slug=machine.slug,
        caption=(
            rf"\textbf{{{escape(study.title)}: predictions of what the fit did not "
            r"see.} Relative error, predicted over actual less one: median magnitude; "
            r"how many 95\% intervals hold zero (both sides resampled); the worst case "
            rf"with its interval. All larger: than {study.baseline_utd:g}; all "
            rf"smaller: than {study.baseline_utd / 2:g}. Each check is in the CSV file."
        ),
        columns=(
            Column("quantity", "Predicted", "l"),
            Column("left_out", "Left out", "l"),
            Column("count", "$n$"),
            Column("median", r"Median"),
            Column("covered", "Hold zero"),
            Column("worst_cell", "Worst case", "l"),
            Column("worst_error", "Error"),
        ),
        rows=tuple(rows),
        form="wide",
        machine=machine,
    )
