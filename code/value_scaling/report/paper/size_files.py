"""Files of the paper about a study of σ and N."""

from value_scaling.report.sizes.figures import available_sizes, stem
from value_scaling.report.sizes.results import SizeResults
from value_scaling.report.sizes.tables import size_tables
from value_scaling.report.tables import csv_text, latex
from value_scaling.report.text.command_names import command
from value_scaling.report.text.latex import escape


def size_files(results: SizeResults) -> dict[str, str]:
    """Return tables, captions, section and appendix, by name in paper/generated."""
    name = results.study.name
    files = {}
    tables = list(size_tables(results))
    for table in tables:
        files[f"{table.slug}.csv"] = csv_text(table)
        files[f"{table.slug}.tex"] = latex(table)
    shown = available_sizes(results)
    for slug, figure in shown.items():
        files[f"{stem(name, slug)}_caption.tex"] = figure.caption(results)
    title = escape(results.study.title)
    lines = [rf"\subsection{{{title}}}", rf"\label{{sec:{name}}}"]
    lines += [
        rf"\studyfigure{{{stem(name, slug)}}}"
        for slug, figure in shown.items()
        if figure.section == "Results"
    ]
    files[f"{name}_section.tex"] = "\n".join(lines) + "\n"
    lines = [rf"\section{{{title}}}", rf"\label{{app:{name}}}"]
    lines += [
        rf"\studyfigure{{{stem(name, slug)}}}"
        for slug, figure in shown.items()
        if figure.section == "Appendix"
    ]
    lines += [rf"\input{{generated/{table.slug}}}" for table in tables]
    files[f"{name}_appendix.tex"] = "\n".join(lines) + "\n"
    return files


def size_flags(results: SizeResults) -> list[str]:
    """Return the flags of the study and of its groups, e.g. `HasFollowupBro`."""
    prefix = f"Has{command(results.study.name)}"
    groups = [prefix + command(group.name) for group, _ in results.groups()]
    record = results.record
    more = {
        "Passive": record.passive_critics,
        "EqualBudget": record.equal_budget,
        "TdErrors": record.td_errors,
    }
    return [prefix, *groups, *(prefix + each for each, there in more.items() if there)]
