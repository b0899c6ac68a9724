"""A table as Markdown for the terminal and for files."""

from value_scaling.report.tables.formats.cell_text import cell_text, heading
from value_scaling.report.tables.formats.table import Table


def markdown(table: Table) -> str:
    """Write all columns under their CSV names, without groups of rows."""
    names = [heading(column) for column in table.columns]
    lines = [names, ["---"] * len(names)]
    for row in table.data_rows():
        pairs = zip(row, table.columns, strict=True)
        lines.append([" ".join(filter(None, cell_text(*pair))) for pair in pairs])
    wide = [max(len(line[i]) for line in lines) for i in range(len(names))]
    return "\n".join(
        "| "
        + " | ".join(text.ljust(width) for text, width in zip(line, wide, strict=True))
        + " |"
        for line in lines
    )
