"""Table of all figures with their content, source code and required runs."""

from value_scaling.report.documents.markdown_tables import grid
from value_scaling.report.external import isaaclab
from value_scaling.report.external.figures import EXTERNAL_FIGURES
from value_scaling.report.figure_entry import RECORDS
from value_scaling.report.figures import FIGURES
from value_scaling.report.sizes.figures import SIZE_FIGURES, stem


def figures() -> str:
    """Return a Markdown table with a row for each figure, in the order of the paper."""
    rows = []
    for slug, entry in FIGURES.items():
        sets = dict.fromkeys(filter(None, (RECORDS[n].runs for n in entry.needs)))
        rows.append(
            [
                f"`<study>_{slug}`" if entry.needs else f"`{slug}`",
                f"{entry.answers}: {entry.shows}" if entry.answers else entry.shows,
                entry.section or "none",
                f"`figures/{slug}.py`",
                f"`{entry.notebook or 'scaling overview'}`",
                ", ".join(sets) or "every study",
            ]
        )
    for slug, figure in SIZE_FIGURES.items():
        rows.append(
            [
                f"`{stem('<study>', slug)}`",
                f"{figure.shows} ({figure.answers} of the follow-up)",
                figure.section,
                f"`sizes/figures/{slug}.py`",
                "`scaling size-figures`",
                "`followup`",
            ]
        )
    for slug, shows in EXTERNAL_FIGURES.items():
        rows.append(
            [
                f"`{slug}`",
                shows,
                "Introduction" if slug == isaaclab.SLUG else "Results",
                f"`external/{slug}.py`",
                "`scaling overview`",
                "others",
            ]
        )
    headings = ["figure", "shows", "section", "module", "made by", "needs runs of"]
    return grid(headings, rows)
