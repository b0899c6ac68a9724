"""Table of held-out predictions and their errors."""

from value_scaling.records import NAIVE, WIDEST, Estimate, HeldOut, Naive, Study
from value_scaling.report.findings.held_out import (
    KINDS,
    QUANTITIES,
    Summary,
    better_predictor,
    predictions,
    summaries,
    which_wins,
)
from value_scaling.report.results import Results
from value_scaling.report.tables.formats.table import (
    Cell,
    Column,
    Heading,
    Percent,
    Row,
    Share,
    Table,
)
from value_scaling.report.text.latex import escape, prose

_WRAPPED = r">{\raggedright\arraybackslash}p{0.255\linewidth}"
SETS = {
    "sweep": "Grid search",
    "ours": "Fitted hyperparameters",
    "baseline": "Constant hyperparameters",
}


def held_out(study: Study, results: Results) -> Table:
    """Return a table of every kind of check, compared with naive predictors.

    The CSV file has every check. Both list the naive predictors in the order of
    `NAIVE`.
    """
    machine = Table(
        slug=f"{study.name}_held_out",
        caption="",
        columns=tuple(
            Column(name)
            for name in (
                *("set", "quantity", "left_out", "cell"),
                *("predicted", "actual", "relative_error", "covered", "fit"),
                *(f"{_slug(naive)}_error" for naive in NAIVE),
                *(f"distance_less_{_slug(naive)}" for naive in NAIVE),
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
                *(_naive(check, naive, "error") for naive in NAIVE),
                *(_naive(check, naive, "difference") for naive in NAIVE),
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
                *(_median(summary, naive) for naive in NAIVE),
                _nearer(summary),
                _covered(summary),
                Percent(summary.worst.error) if summary.worst else None,
            )
        )
    return Table(
        slug=machine.slug,
        caption=(
            rf"\textbf{{{escape(study.title)}: held-out predictions.}} "
            r"Errors are relative, predicted over actual minus one; all but the "
            r"worst are medians of the magnitude. No change predicts the value at the "
            r"nearest $\sigma$ in the fit; for an environment, its own value at "
            r"one $\sigma$; along the budget, the $\sigma^*$ of the highest fitted "
            r"level. No floor is a pure power law, unless the fit is one itself. A "
            r"predictor is better if its median error in the logarithm is smaller and "
            r"the 95\% interval of the difference excludes zero. Includes 0 counts "
            r"the intervals of the fit's error that include zero, with predicted and "
            rf"actual values resampled; those wider than a factor of {WIDEST:g} "
            r"exclude too little to count. All larger $\sigma$ are those above "
            rf"{study.baseline_utd:g}, all smaller those below "
            rf"{study.baseline_utd / 2:g}. "
            rf"{prose(which_wins(results))} Each check is in the CSV file."
        ),
        columns=(
            Column("quantity", "Predicted", "l"),
            Column("left_out", "Left out", "l"),
            Column("count", "$n$"),
            Column("median", "Fit"),
            Column("no_change", "No change"),
            Column("pure_power_law", "No floor"),
            Column("better", "Which is better", _WRAPPED),
            Column("covered", "Includes 0"),
            Column("worst_error", "Worst of fit"),
        ),
        rows=tuple(rows),
        machine=machine,
    )


def _slug(naive: Naive) -> str:
    return naive.replace(" ", "_")


def _naive(check: HeldOut, naive: Naive, part: str) -> Estimate | None:
    """Return one part of a naive prediction, or None if there is none."""
    own = [each for each in check.naive if each.naive == naive]
    return getattr(own[0], part) if own else None


def _median(summary: Summary, naive: Naive) -> Cell:
    own = [each for each in summary.against if each.naive == naive and each.count]
    return Percent(float(own[0].error.value)) if own else None


def _nearer(summary: Summary) -> str:
    """Name the better predictor, and say why predictions are not checks."""
    why = f"no check: {summary.words}" if summary.words else ""
    return "; ".join(filter(None, (better_predictor(summary.against), why)))


def _covered(summary: Summary) -> Cell:
    if summary.known:
        return Share(summary.covered, summary.known)
    return "too wide" if summary.wide else None
