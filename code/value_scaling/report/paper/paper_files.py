r"""All files that the paper inputs, made from records, except captions of figures.

`numbers.tex` has the commands of `numbers`. `studies.tex` states which studies and sets
are available, by `\EachStudy{\command}`, which calls \command{study} for each, and by
flags for `\ifdefined`: `\HasGym`, `\HasGymSweep`, …, and `\HasOverview` for Figure 1.
`<study>_section.tex` has the results of a study for which no section was written, and
`<study>_appendix.tex` its settings, tables and figures. Each table has `<table>.tex`
and `<table>.csv`.
"""

from value_scaling.report.figures import FIGURES, available
from value_scaling.report.paper.numbers import numbers, numbers_tex
from value_scaling.report.paper.size_files import size_files, size_flags
from value_scaling.report.results import FITTED_SETS, HYPERPARAMETERS, StudyResults
from value_scaling.report.sizes.results import SizeResults
from value_scaling.report.tables import Table, csv_text, latex, notes, tables
from value_scaling.report.text.command_names import command
from value_scaling.report.text.latex import escape
from value_scaling.report.verify import ReportCard

APPENDIX = (
    "provenance",
    "laws",
    "grid_search",
    "batch_size_environments",
    "learning_rate_environments",
    "levels",
    "all_levels",
    "held_out",
    "regret",
    "law_choice",
    "diagnostics",
    "overfitting",
    "parameter_norm",
    "sensitivity",
)
"""Order of the tables and figures in a study's appendix, after its settings. Figures
that are not named here come last."""

NOT_DETERMINED = r"(not determined)"
_MEASURED = {
    "overfitting": "the TD error on newest minus that on uniform data",
    "validation_overfitting": "that on validation minus that on uniform data",
    "parameter_norm": "the parameter norm",
}
"""Diagnostics that the results of a study mention."""


def paper_files(
    everything: tuple[StudyResults, ...],
    card: ReportCard,
    sizes: tuple[SizeResults, ...] = (),
) -> dict[str, str]:
    """Return the text of each generated file, by its name in paper/generated."""
    # The authors' studies come first, beginning with the one with the most runs.
    ordered = tuple(
        sorted(
            everything, key=lambda r: (bool(r.provenance), -len(r.default.crossings))
        )
    )
    values = numbers(ordered, card, sizes)
    files = {
        "numbers.tex": numbers_tex(values),
        "studies.tex": studies_tex(ordered, sizes),
    }
    made = tables(ordered, card)
    for table in made:
        if table.in_csv:
            files[f"{table.slug}.csv"] = csv_text(table)
        if table.in_paper:
            files[f"{table.slug}.tex"] = latex(table)
    for results in ordered:
        name = results.study.name
        files[f"{name}_section.tex"] = _section(results, values)
        files[f"{name}_appendix.tex"] = _appendix(results, made)
    for one in sizes:
        files |= size_files(one)
    return files


def studies_tex(
    everything: tuple[StudyResults, ...], sizes: tuple[SizeResults, ...] = ()
) -> str:
    """Write the list of studies, with flags for each study and its sets.

    The flag `HasPublished` means that a study has runs of the paper.
    """
    listed = [*(e.study.name for e in everything), *(e.study.name for e in sizes)]
    names = "".join(f"#1{{{name}}}" for name in listed)
    lines = [rf"\newcommand{{\EachStudy}}[1]{{{names}}}"]
    if any(each.default.budget for each in everything):
        lines.append(r"\newcommand{\HasOverview}{}")
    if any(each.study.published for each in everything):
        lines.append(r"\newcommand{\HasPublished}{}")
    for each in everything:
        lines += [f"\\newcommand{{\\{flag}}}{{}}" for flag in _flags(each)]
    for one in sizes:
        lines += [f"\\newcommand{{\\{flag}}}{{}}" for flag in size_flags(one)]
    return "\n".join(lines) + "\n"


def _flags(each: StudyResults) -> list[str]:
    """Return the flags of a study, e.g. `HasGym`.

    `HasGymOurs` means that a set has runs. `HasGymOursBudget` means that it has an
    optimum, also from published coefficients.
    """
    prefix, records = f"Has{command(each.study.name)}", each.default
    return [
        prefix,
        *(f"{prefix}{command(name)}" for name in records.crossings),
        *(f"{prefix}{command(name)}Budget" for name in records.budget),
    ]


def _section(results: StudyResults, values: dict[str, str]) -> str:
    """Write the results of a study in a few sentences that apply to any study."""
    study, records = results.study, results.default
    prefix = command(study.name)

    def best(name: str) -> str:
        """Return the command with the interval if there is one, or a note."""
        for known in (f"{prefix}{name}Full", f"{prefix}{name}"):
            if known in values:
                return f"\\{known}{{}}"
        return NOT_DETERMINED

    lines = [
        rf"\subsection{{{_title(results)}}}",
        rf"\label{{sec:{study.name}}}",
    ]
    if records.hyperparameters:
        lines.append(
            rf"Over \{prefix}SweepSettings{{}} settings of the grid search "
            rf"$\alpha_B=\;${best('BatchSizeExponent')} and "
            rf"$\alpha_\eta=\;${best('LearningRateExponent')}."
        )
    if f"{prefix}RegretSentence" in values:
        lines.append(
            rf"\{prefix}RegretSentence{{}} Figure~\ref{{fig:{study.name}_regret}} "
            "compares every way to choose."
        )
    for name in FITTED_SETS:
        one = command(name)
        if name in records.data:
            lines.append(
                rf"With {HYPERPARAMETERS[name]} $B$ and $\eta$, at "
                rf"$J=\;$\{prefix}LevelTop{{}}, "
                rf"$\alpha=\;${best(f'{one}Alpha')} and "
                rf"$\Dmin=\;${best(f'{one}DMin')} environment steps."
            )
        if name in records.budget:
            if f"{prefix}{one}Unidentified" in values:
                lines.append(
                    r"How the cheapest $\sigma$ scales with the budget is not "
                    rf"identifiable: \{prefix}{one}Unidentified{{}}."
                )
            else:
                lines.append(
                    r"The cheapest $\sigma$ scales as the budget to the power "
                    rf"{best(f'{one}UtdExponent')}."
                )
    changes = [
        f"{words} by {best(f'{command(name)}PerUtd')}"
        for name, words in _MEASURED.items()
        if f"{prefix}{command(name)}PerUtd" in values
    ]
    if changes:
        lines.append(
            rf"Twice the $\sigma$ changes {', '.join(changes)} of the environments' "
            rf"medians (Table~\ref{{tab:{study.name}_diagnostics}})."
        )
    lines += [
        rf"\studyfigure{{{study.name}_{slug}}}"
        for slug in available(results.default)
        if FIGURES[slug].section == "Results"
    ]
    return "\n".join(lines) + "\n"


def _appendix(results: StudyResults, made: tuple[Table, ...]) -> str:
    """Write settings, notes on the archives, tables and figures."""
    name = results.study.name
    there = {table.slug for table in made if table.in_paper}
    lines = [
        rf"\section{{{_title(results)}}}",
        rf"\label{{app:{name}}}",
        *([rf"\input{{generated/{name}_settings}}"] * (f"{name}_settings" in there)),
        notes(results.study),
    ]
    shown = available(results.default)
    own = [slug for slug in shown if FIGURES[slug].section == "Appendix"]
    for part in dict.fromkeys((*APPENDIX, *own)):
        if part in own:
            lines.append(rf"\studyfigure{{{name}_{part}}}")
        if f"{name}_{part}" in there:
            lines.append(rf"\input{{generated/{name}_{part}}}")
    return "\n".join(lines) + "\n"


def _title(results: StudyResults) -> str:
    return f"{escape(results.study.title)} ({escape(results.study.algorithm)})"
