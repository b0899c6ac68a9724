"""Sentences shared by captions, as LaTeX."""

from collections.abc import Iterable, Sequence

import numpy as np

from value_scaling.records import (
    PUBLISHED,
    AgainstNaive,
    Budget,
    DataEfficiency,
    Estimate,
    Study,
    why_no_fit,
)
from value_scaling.report.drawing.marks import is_open
from value_scaling.report.drawing.ticks import level_text, utd_text
from value_scaling.report.findings.held_out import beside, better_predictor
from value_scaling.report.original import Originals
from value_scaling.report.text.latex import escape, percent, prose


def head(study: Study, topic: str) -> str:
    """Return the beginning of a caption: the study, then the topic."""
    return rf"\textbf{{{escape(study.title)}: {topic}.}}"


def level(value: float) -> str:
    """Write J = value."""
    return f"$J={level_text(value)}$"


def is_published(efficiency: DataEfficiency) -> bool:
    """Return whether published coefficients replace runs."""
    return efficiency.source != "archive"


def archive(study: Study, set_name: str) -> str:
    """Name the archive of a set, and its hyperparameters if they are constant."""
    rule = study.archives.get(set_name)
    constant = " (constant hyperparameters)" if set_name == "baseline" else ""
    return (rf" of \texttt{{{escape(rule.file)}}}" if rule else "") + constant


def data_words(study: Study, efficiency: DataEfficiency) -> str:
    """Name the source of the numbers: an archive of runs, or published coefficients."""
    if is_published(efficiency):
        return (
            f"published coefficients ({escape(efficiency.source)}), because there are "
            "no runs; the fits have no points or intervals"
        )
    choices = ", with the published analysis choices"
    return f"runs{archive(study, efficiency.set_name)}" + (
        choices if efficiency.choices == PUBLISHED else ""
    )


def origin(study: Study, efficiency: DataEfficiency) -> str:
    """Name the source of the numbers in a sentence."""
    return f"Source: {data_words(study, efficiency)}."


def intervals(*values: Estimate, words: str = "Bars and bands") -> str:
    """Explain the bars and arrows if an interval is known."""
    if not any(np.isfinite(each.low).any() for each in values):
        return ""
    text = rf"{words}: 95\% bootstrap intervals over seeds"
    if any(is_open(each).any() for each in values):
        text += r" (arrow: no upper end, as over 2.5\% of the draws never reach $J$)"
    return f"{text}."


def digitised(original: Originals, *panels: str) -> str:
    """Explain the grey squares, and why our values may differ from them."""
    shown = [original[panel] for panel in panels if panel in original]
    reasons = dict.fromkeys(reason for each in shown for reason in each.reasons)
    if not shown:
        return ""
    # A reason that another one begins with would appear twice.
    whole = [r for r in reasons if not any(o != r and o.startswith(r) for o in reasons)]
    because = "; ".join(prose(reason) for reason in whole)
    return f"Grey squares: digitised from the paper's Figure 1 ({because})."


def utd_list(utds: Iterable[float]) -> str:
    """Write σ = several values as a formula."""
    names = ", ".join(utd_text(utd).strip("$") for utd in sorted(utds))
    return rf"$\sigma={names}$"


def unreached(efficiency: DataEfficiency, row: int, *, colour: str = "") -> str:
    """Say at which σ a level has no point and why."""
    missing = efficiency.utds[np.isnan(efficiency.pooled.value[:, row])]
    if is_published(efficiency) or not missing.size:
        return ""
    point = f"{colour} point" if colour else "point"
    return (
        f"No {point} at {utd_list(missing)}: not every environment has runs there "
        "whose mean over seeds reaches $J$."
    )


def pooled_over(efficiency: DataEfficiency, row: int | None = None) -> str:
    """Say over which environments levels are pooled; empty if over all.

    Args:
        row: index of the only level that is shown; None for every level.
    """
    if row is not None:
        words = efficiency.set_words(row)
        return f"Pooled over {escape(words)}." if words else ""
    return " ".join(
        rf"{_levels(levels)}: pooled over {escape(words)}."
        for words, levels in efficiency.smaller_sets().items()
    )


def of_one_set(budget: Budget) -> str:
    """Qualify "the top levels" if levels of other environments are excepted."""
    return " other than the squares" if budget.other_sets.any() else ""


def other_sets(budget: Budget) -> str:
    """Say which levels enter no fit because they are of other environments."""
    levels = budget.levels[budget.other_sets]
    if not levels.size:
        return ""
    return (
        f"Squares: {_levels(levels)}, pooled over other environments than most levels; "
        "these enter neither the fit nor its check."
    )


def _levels(values: Iterable[float]) -> str:
    names = ", ".join(level_text(value).strip("$") for value in values)
    return f"$J={names}$"


def no_fit(efficiency: DataEfficiency) -> str:
    """Say at which levels there is no fit, and which runs block it."""
    texts = [
        f"No fit at {level(value)}: {escape(why_no_fit(efficiency.law, j))}."
        for j, value in enumerate(efficiency.levels)
        if why_no_fit(efficiency.law, j)
    ]
    texts += [f"No fit: {escape(each.words())}." for each in efficiency.blocked]
    return " ".join(texts)


def beside_naive(checks: Sequence[AgainstNaive], where: str) -> str:
    """State the median errors of the fit and of naive predictors."""
    compared = [each for each in checks if each.verdict != "no check"]
    if not compared:
        return ""
    fit = percent(float(compared[0].fit.value))
    return (
        f"Median error {where}: {fit} ({beside(compared, percent)}; "
        f"{better_predictor(compared)})."
    )


def join(*sentences: str) -> str:
    """Join sentences, without empty ones."""
    return " ".join(sentence for sentence in sentences if sentence)
