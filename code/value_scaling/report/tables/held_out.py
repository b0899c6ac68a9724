"""Tables of predictions against what their fits did not see."""

from value_scaling.records import WIDEST, Study
from value_scaling.report.checks import (
    KINDS,
    QUANTITIES,
    Summary,
    predictions,
    summaries,
)
from value_scaling.report.latex import escape
from value_scaling.report.results import Results
from value_scaling.report.tables.table import (
    Cell,
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
                *("predicted", "actual", "relative_error", "covered", "fit"),
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
                check.covered if check.counts and check.telling else None,
                check.status,
            )
            for name, check in predictions(results)
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
                Percent(summary.median) if summary.count else None,
                _covered(summary),
                _worst(summary),
                Percent(summary.worst.error) if summary.worst else None,
            )
        )
    return Table(
        slug=machine.slug,
        caption=(
            rf"\textbf{{{escape(study.title)}: predictions of what the fit did not "
            r"see.} Relative error, predicted over actual less one: median magnitude; "
            r"how many 95\% intervals include zero (both sides resampled; those over "
            rf"more than a factor of {WIDEST:g} exclude too little to count); the "
            rf"worst case with its interval. All larger: than "
            rf"{study.baseline_utd:g}; all smaller: than {study.baseline_utd / 2:g}. "
            "Each check is in the CSV file."
        ),
        columns=(
            Column("quantity", "Predicted", "l"),
            Column("left_out", "Left out", "l"),
            Column("count", "$n$"),
            Column("median", r"Median"),
            Column("covered", "Include zero"),
            Column("worst_cell", "Worst case", "l"),
            Column("worst_error", "Error"),
        ),
        rows=tuple(rows),
        machine=machine,
    )


def _covered(summary: Summary) -> Cell:
    if summary.known:
        return Share(summary.covered, summary.known)
    return "too wide" if summary.wide else None


def _worst(summary: Summary) -> str:
    """The cell of the worst check; what is no check, and why."""
    label = summary.worst.label if summary.worst else ""
    why = f"no check: {summary.words}" if summary.words else ""
    return "; ".join(filter(None, (label, why)))
