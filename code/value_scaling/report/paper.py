r"""Every file that the paper inputs, made from records.

`numbers.tex`: commands of `numbers`. `studies.tex`: which studies and sets are here, as
`\EachStudy{\command}`, which calls \command{study} for each, and flags `\HasGym`,
`\HasGymSweep`, … for `\ifdefined`. `<study>_section.tex`: the results of a study that
has no section written for it. `<study>_appendix.tex`: its settings, figures and tables.
`<table>.tex` and `<table>.csv`: one for each table.
"""

from value_scaling.report.figures import FIGURES, arguments
from value_scaling.report.latex import escape
from value_scaling.report.numbers import command, numbers, numbers_tex
from value_scaling.report.results import FITTED_SETS, Results, StudyResults
from value_scaling.report.tables import csv_text, latex, notes, tables
from value_scaling.report.verify import ReportCard

SECTION_FIGURES = (
    "best_hyperparameters",
    "data_compute_frontier",
    "extrapolation",
    "isoperformance",
    "budget",
    "ours_and_constant",
)
"""Figures that tell a study's results; all others are in its appendix."""
SECTION_TABLES = ("laws", "held_out")
"""Tables that do so; the data are told of in the inventory."""
CSV_ONLY = ("proposals_separate",)
"""Tables that the paper does not show."""

_Files = dict[str, str]


def paper_files(everything: tuple[StudyResults, ...], card: ReportCard) -> _Files:
    """Return the text of every generated file, by its name in paper/generated."""
    files: _Files = {
        "numbers.tex": numbers_tex(numbers(everything, card)),
        "studies.tex": studies_tex(everything),
    }
    for table in tables(everything, card):
        files[f"{table.slug}.csv"] = csv_text(table)
        if not table.slug.endswith(CSV_ONLY):
            files[f"{table.slug}.tex"] = latex(table)
    for results in everything:
        name = results.study.name
        shown = figures(results)
        files[f"{name}_section.tex"] = _section(results, shown, files)
        files[f"{name}_appendix.tex"] = _appendix(results, shown, files)
    return files


def figures(results: StudyResults) -> tuple[str, ...]:
    """Slugs of the figures that the notebooks make from the records of a study."""
    return tuple(
        f"{results.study.name}_{slug}"
        for slug, figure in FIGURES.items()
        if figure.needs and arguments(slug, results.default) is not None
    )


def studies_tex(everything: tuple[StudyResults, ...]) -> str:
    """Write the list of studies, and a flag for each study and for what it has."""
    lines = [
        r"\newcommand{\EachStudy}[1]{"
        + "".join(f"#1{{{each.study.name}}}" for each in everything)
        + "}"
    ]
    for each in everything:
        lines += [f"\\newcommand{{\\{flag}}}{{}}" for flag in _flags(each)]
    return "\n".join(lines) + "\n"


def _flags(each: StudyResults) -> list[str]:
    """`HasGym`; the sets with runs, e.g. `HasGymOurs`; what has a law or an optimum."""
    prefix = f"Has{command(each.study.name)}"
    records: Results = each.default
    found = [prefix, *(f"{prefix}{command(name)}" for name in records.crossings)]
    found += [f"{prefix}{command(name)}Laws" for name in records.data]
    return [*found, *(f"{prefix}{command(name)}Budget" for name in records.budget)]


def _section(results: StudyResults, shown: tuple[str, ...], files: _Files) -> str:
    """Results of a study in a few sentences that hold for any study."""
    study, records = results.study, results.default
    prefix = command(study.name)
    lines = [
        rf"\subsection{{{escape(study.title)} ({escape(study.algorithm)})}}",
        rf"\label{{sec:{study.name}}}",
    ]
    if records.hyperparameters:
        lines.append(
            rf"Over \{prefix}SweepSettings{{}} settings of the grid search the best "
            rf"batch size falls with exponent \{prefix}BatchSizeExponentFull{{}} and "
            rf"the best learning rate with \{prefix}LearningRateExponentFull{{}}."
        )
    for name in FITTED_SETS:
        if name in records.data:
            one = f"{prefix}{command(name)}"
            lines.append(
                rf"With {_WORDS[name]} $B$ and $\eta$, at $J=\;$\{prefix}LevelTop{{}}, "
                rf"$\alpha=\;$\{_best(files, f'{one}Alpha')}{{}} and "
                rf"$D^{{\min}}=\;$\{_best(files, f'{one}DMin')}{{}} environment steps."
            )
        if name in records.budget:
            one = f"{prefix}{command(name)}"
            lines.append(
                rf"The cheapest $\sigma$ grows with the budget with exponent "
                rf"\{_best(files, f'{one}UtdExponent')}{{}}."
            )
    lines += [f"\\studyfigure{{{slug}}}" for slug in shown if _is_in_section(slug)]
    lines += [
        f"\\input{{generated/{study.name}_{table}}}"
        for table in SECTION_TABLES
        if f"{study.name}_{table}.tex" in files
    ]
    return "\n".join(lines) + "\n"


_WORDS = {"ours": "fitted", "baseline": "constant"}


def _best(files: _Files, name: str) -> str:
    """The command with the interval, where an interval is known."""
    return f"{name}Full" if f"\\{name}Full}}" in files["numbers.tex"] else name


def _is_in_section(slug: str) -> bool:
    return slug.endswith(SECTION_FIGURES)


def _appendix(results: StudyResults, shown: tuple[str, ...], files: _Files) -> str:
    """Settings, notes, figures and tables that the section does not show."""
    study = results.study
    own = [
        name.removesuffix(".tex")
        for name in files
        if name.startswith(f"{study.name}_") and name.endswith(".tex")
    ]
    skipped = {f"{study.name}_{name}" for name in (*SECTION_TABLES, "section")}
    title = f"{escape(study.title)} ({escape(study.algorithm)})"
    lines = [rf"\section{{{title}}}", rf"\label{{app:{study.name}}}"]
    settings = f"{study.name}_settings"
    lines += [f"\\input{{generated/{name}}}" for name in own if name == settings]
    lines.append(notes(study))
    lines += [f"\\studyfigure{{{slug}}}" for slug in shown if not _is_in_section(slug)]
    lines += [
        f"\\input{{generated/{name}}}"
        for name in own
        if name not in skipped and name != settings
    ]
    return "\n".join(lines) + "\n"
