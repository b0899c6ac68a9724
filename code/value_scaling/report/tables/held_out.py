"""Tables of predictions against what their fits did not see."""

import numpy as np

from value_scaling.records import Study
from value_scaling.report.checks import KINDS, QUANTITIES, checks, summaries
from value_scaling.report.latex import escape
from value_scaling.report.results import Results
from value_scaling.report.tables.table import (
    Column,
    Heading,
    Percent,
    Row,
    Share,
    Table,
)

SETS = {
    "sweep": "Grid search",
    "ours": "Fitted hyperparameters",
    "baseline": "Constant hyperparameters",
}


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
