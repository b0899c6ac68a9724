"""A table as LaTeX for the paper."""

import numpy as np

from value_scaling.records import Bounded, Estimate
from value_scaling.report.tables.formats.table import (
    Cell,
    Code,
    Column,
    Heading,
    Percent,
    Row,
    Share,
    Table,
    Tex,
    parts,
)
from value_scaling.report.text.latex import (
    MISSING,
    bare_percent,
    bounded,
    count,
    escape,
    number,
    prose,
    scaled,
    with_bounds,
)

_TYPE = r"\footnotesize\setlength{\tabcolsep}{3.5pt}"
"""Font of tables: eight points, the smallest size in the paper."""


def latex(table: Table) -> str:
    """Write the table with its caption and label."""
    shown = [column for column in table.columns if column.head]
    layout = "@{}" + "".join(column.align for column in shown) + "@{}"
    head = " & ".join(column.head for column in shown) + r" \\"
    body = "\n".join(_latex_row(row, table) for row in table.rows)
    caption = rf"{{{table.caption}}}\label{{tab:{table.slug}}}"
    tabular = (
        f"\\fittable{{%\n"
        f"\\begin{{tabular}}{{{layout}}}\n\\toprule\n{head}\n\\midrule\n{body}\n"
        "\\bottomrule\n\\end{tabular}}"
    )
    if table.form == "long":
        return (
            f"\\begingroup{_TYPE}\n\\begin{{longtable}}{{{layout}}}\n"
            f"\\caption{caption}\\\\\n"
            f"\\toprule {head} \\midrule \\endfirsthead\n"
            f"\\toprule {head} \\midrule \\endhead\n"
            f"\\bottomrule \\endlastfoot\n{body}\n\\end{{longtable}}\n"
            f"{_notes(table)}\\endgroup\n"
        )
    if table.form == "wide":
        return (
            f"\\begin{{table*}}\n\\centering{_TYPE}\n\\caption{caption}\n"
            f"{tabular}\n\\end{{table*}}\n"
        )
    item = "stack" if table.form == "stacked" else "stackitem"
    return f"\\{item}{{\\centering{_TYPE}\n\\captionof{{table}}{caption}\n{tabular}}}\n"


def _notes(table: Table) -> str:
    return "".join(f"\\noindent {note}\\par\n" for note in table.notes)


def _latex_row(row: Row | Heading, table: Table) -> str:
    if isinstance(row, Heading):
        span = sum(bool(column.head) for column in table.columns)
        start = "" if row is table.rows[0] else r"\addlinespace "
        return rf"{start}\multicolumn{{{span}}}{{@{{}}l}}{{\textit{{{row.text}}}}} \\*"
    cells = (
        _latex_cell(cell, column)
        for cell, column in zip(row, table.columns, strict=True)
        if column.head
    )
    return " & ".join(cells) + r" \\"


def _latex_cell(cell: Cell, column: Column) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "yes" if cell else "no"
        case str():
            return prose(cell)
        case Code(text):
            return rf"\texttt{{{escape(text)}}}"
        case Tex(text):
            return text
        case int():
            return count(cell)
        case float():
            return number(cell / column.unit, column.digits)
        case Bounded():
            return bounded(cell, column.digits)
        case Estimate():
            return with_bounds(scaled(cell, column.unit), column.digits)
        case Share(part, whole):
            return f"{part} of {whole}"
        case Percent(value):
            return _percent(value)
    raise TypeError(f"no way to write {cell!r}")


def _percent(value: Estimate | float) -> str:
    """Write whole percents, with the interval if one is known."""
    middle, *ends = parts(value)
    if not np.isfinite(middle):
        return MISSING
    text = f"${bare_percent(middle)}\\%$"
    if not np.isfinite(ends).all():
        return text
    low, high = (bare_percent(end) for end in ends)
    return f"{text} $[{low}, {high}]$"
