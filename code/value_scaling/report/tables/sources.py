"""Tables of the settings of a study and of all archives."""

import numpy as np

from value_scaling.records import SETS, Crossings, Study
from value_scaling.report.results import StudyResults
from value_scaling.report.tables.formats.table import (
    Code,
    Column,
    Heading,
    Percent,
    Row,
    Table,
)
from value_scaling.report.text.latex import escape, prose

_PARAGRAPH = r">{\raggedright\arraybackslash}p"


def settings(study: Study) -> Table:
    """Return a table of the settings of a study with their sources."""
    return Table(
        slug=f"{study.name}_settings",
        caption=rf"\textbf{{{escape(study.title)}: settings and their sources.}}",
        columns=(
            Column("setting", "Setting", _PARAGRAPH + "{0.22\\linewidth}"),
            Column("value", "Value", _PARAGRAPH + "{0.47\\linewidth}"),
            Column("source", "Source", _PARAGRAPH + "{0.22\\linewidth}"),
        ),
        rows=study.facts,
    )


def notes(study: Study) -> str:
    """Return the notes on each archive of a study, as LaTeX."""
    parts = []
    for name in SETS:
        rule = study.archives.get(name)
        if rule is None or not rule.notes:
            continue
        items = "\n".join(rf"\item {prose(note)}" for note in rule.notes)
        parts.append(
            rf"\par\smallskip\noindent\texttt{{{escape(rule.file)}}}"
            f"\n\\begin{{itemize}}\n{items}\n\\end{{itemize}}"
        )
    columns = (r"\begin{multicols}{2}\footnotesize\raggedright", r"\end{multicols}")
    return "\n".join([columns[0], *parts, columns[1]]) if parts else ""


def inventory(everything: tuple[StudyResults, ...]) -> Table:
    """Return a table of all archives with their settings, σ, seeds and gaps."""
    rows: list[Row | Heading] = []
    for results in everything:
        study = results.study
        rows.append(Heading(f"{escape(study.title)} ({escape(study.algorithm)})"))
        for name in SETS:
            if name in study.archives:
                rows.append(_row(results, name))
    return Table(
        slug="inventory",
        caption=(
            r"\textbf{Run archives.} Settings are files of one (environment, $\sigma$, "
            r"$B$, $\eta$). Missing: settings of the sweep's grid without a file. "
            r"Unreached: share of the settings whose mean never reaches the top level."
        ),
        columns=(
            Column("study"),
            Column("set"),
            Column("archive", "Archive", "l"),
            Column("environments", "Env."),
            Column("utds", r"$\sigma$", "l"),
            Column("settings", "Settings"),
            Column("seeds", "Seeds"),
            Column("missing", "Missing"),
            Column("unreached", "Unreached"),
        ),
        rows=tuple(rows),
        form="wide",
    )


def _row(results: StudyResults, name: str) -> Row:
    study = results.study
    head = (study.name, name, Code(study.archives[name].file))
    crossings = results.default.crossings.get(name)
    if crossings is None:
        efficiency = results.default.data.get(name)
        instead = "published coefficients" if efficiency else "nothing"
        return (*head, None, f"not here; {instead} instead", None, None, None, None)
    return (
        *head,
        len({setting.env for setting in crossings.settings}),
        ", ".join(f"{u:g}" for u in sorted({s.utd for s in crossings.settings})),
        len(crossings.settings),
        seeds(crossings),
        len(crossings.missing),
        Percent(float(np.isnan(crossings.steps[:, -1]).mean())),
    )


def seeds(crossings: Crossings) -> str:
    """Write the number of seeds per setting, or its range."""
    low, high = int(crossings.seeds.min()), int(crossings.seeds.max())
    return f"{low}" if low == high else f"{low}–{high}"
