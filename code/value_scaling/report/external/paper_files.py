"""All files about runs of others that the paper inputs."""

from collections.abc import Sequence

from value_scaling.report.external import external_validity, isaaclab
from value_scaling.report.external.numbers import external_numbers, flags
from value_scaling.report.external.results import ExternalResults
from value_scaling.report.external.table import external_tables
from value_scaling.report.paper.numbers import numbers_tex
from value_scaling.report.tables import csv_text, latex


def external_files(everything: Sequence[ExternalResults]) -> dict[str, str]:
    """Return the text of each file in paper/generated, by name; none without studies.

    `external_numbers.tex` has the numbers of the text and the flags `HasExternal`,
    `HasSimba`, …
    """
    if not everything:
        return {}
    flagged = "".join(f"\\newcommand{{\\{name}}}{{}}\n" for name in flags(everything))
    files = {
        "external_numbers.tex": numbers_tex(external_numbers(everything)) + flagged,
        "external_validity_caption.tex": external_validity.caption(everything),
    }
    for results in filter(isaaclab.has, everything):
        files[f"{isaaclab.SLUG}_caption.tex"] = isaaclab.caption(results)
    for table in external_tables(everything):
        if table.in_csv:
            files[f"{table.slug}.csv"] = csv_text(table)
        if table.in_paper:
            files[f"{table.slug}.tex"] = latex(table)
    return files
