"""What the notebooks show of one study: its figures, tables and sentences.

A notebook opens a study with one call and then shows things by name. Figures are also
saved when the build runs the notebook; exploring a study changes no file.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from IPython import display

from value_scaling.commands.loading import original
from value_scaling.commands.text import words
from value_scaling.commands.text.warning_words import warning_list
from value_scaling.records import FITTED_SETS, Runs, Study
from value_scaling.records.stages.warnings import Warnings
from value_scaling.report import tables
from value_scaling.report.entry import Notebook
from value_scaling.report.figures import FIGURES, arguments, caption
from value_scaling.report.findings.sensitivity import sentences
from value_scaling.report.results import Results
from value_scaling.report.tables.diagnostics import diagnostics as slopes
from value_scaling.report.tables.formats.html import html
from value_scaling.report.tables.held_out import held_out
from value_scaling.report.tables.hyperparameters import (
    baseline,
    best_values,
    laws,
    proposals,
)
from value_scaling.report.tables.law_choice import laws_compared
from value_scaling.report.tables.levels import data_laws, optima
from value_scaling.report.tables.sensitivity import sensitivity
from value_scaling.report.text.markdown import markdown_of
from value_scaling.stats.isotonic import isotonic_fit
from value_scaling.store.files.outputs import SAVE_FIGURES, draw, save_figure
from value_scaling.store.project import Project
from value_scaling.workflow.data.collect import collect
from value_scaling.workflow.pipeline import (
    BUDGET,
    CROSSINGS,
    DATA_EFFICIENCY,
    DIAGNOSTICS,
    HYPERPARAMETERS,
    LAW_CHOICE,
    REGRET,
    SENSITIVITY,
    WARNINGS,
)
from value_scaling.workflow.preprocess import without_drops

_PIXELS = 120
"""Pixels of the screen for each inch of a figure."""
_HYPERPARAMETERS = {"ours": "fitted B*, lr*", "baseline": "constant B, lr"}


@dataclass(frozen=True)
class StudyPage:
    """One study in a notebook, with the records that the notebook is about."""

    project: Project
    study: Study
    notebook: str
    """Name of the notebook."""
    results: Results = field(default_factory=Results)
    shown: list[str] = field(default_factory=list)
    """Slugs of the figures that `show` was called with."""

    def show(self, slug: str) -> None:
        """Draw a figure with its caption, or say that it is left out."""
        self.shown.append(slug)
        records = arguments(slug, self.results)
        if records is None:
            print(f"{slug}: left out, since what it shows is not among the runs here.")
            return
        also = self._curves(records[0].set_name) if FIGURES[slug].also else ()
        figure = FIGURES[slug].draw(self.study, *records, *also)
        if os.environ.get(SAVE_FIGURES):
            stem = self.project.folders.figures / f"{self.study.name}_{slug}"
            save_figure(figure, stem)
            png = stem.with_name(f"{stem.name}.png").read_bytes()
        else:
            png = draw(figure, "png")
        width = round(_PIXELS * figure.get_figwidth())
        display.display(display.Image(data=png, width=width))
        told = caption(slug, self.study, *records, warnings=self.results.warnings)
        text = markdown_of(told)
        display.display(display.Markdown(text))

    def show_others(self) -> None:
        """Draw the figures of this notebook that `show` was not called with."""
        for slug, entry in FIGURES.items():
            if entry.notebook == self.notebook and slug not in self.shown:
                self.show(slug)

    def tell(self, topic: str) -> None:
        """Print the sentences and show the tables of a topic, if there are any."""
        for part in TOPICS[topic](self.study, self.results):
            if isinstance(part, str):
                print(part)
            else:
                display.display(display.HTML(html(part)))

    def _curves(self, set_name: str) -> tuple[Runs, dict[Any, Any]]:
        """The runs of a set, drops after resets taken out, with their isotonic fits."""
        runs = self.project.runs(self.study, set_name)
        runs = without_drops(collect(runs, self.study))
        fits = {c.setting: isotonic_fit(c.returns.mean(axis=1)) for c in runs.curves}
        return runs, fits


def grid_search(study: str, root: str | Path | None = None) -> StudyPage:
    """Open a study with the records of its sweep, and say what there is."""
    page = _open(study, root, "analyze_grid_search")
    project, about = page.project, page.study
    if "sweep" not in project.sets(about):
        print(
            f"{about.title}: no runs of a grid search here; what follows is left out."
        )
        print("`make data` fetches the authors' archives; your own go to data/zip.")
        return page
    crossings = project.load(about, CROSSINGS["sweep"])
    print(f"{about.title}, {about.algorithm}: {len(crossings.settings)} settings,")
    print(f"{_seeds(crossings.seeds)} seeds each;")
    print(f"{len(crossings.missing)} settings of the grid are missing.")
    fits = project.load(about, HYPERPARAMETERS)
    found = Results(
        crossings={"sweep": crossings},
        hyperparameters=fits,
        regret=project.load(about, REGRET),
        warnings=_warned(project, about, "sweep"),
    )
    return replace(page, results=found)


def fitted(study: str, root: str | Path | None = None) -> StudyPage:
    """Open a study with the records of its runs with fitted hyperparameters and with
    constant ones, and say what there is."""
    page = _open(study, root, "analyze_fitted")
    project, about = page.project, page.study
    results = page.results
    if project.makes(about, DATA_EFFICIENCY):
        present = [name for name in FITTED_SETS if name in project.sets(about)]
        results = Results(
            crossings={n: project.load(about, CROSSINGS[n]) for n in present},
            data=project.load(about, DATA_EFFICIENCY).sets,
            budget=project.load(about, BUDGET).sets,
            original=original(project, about),
            sensitivity=project.load(about, SENSITIVITY) if present else None,
            law_choice=project.load(about, LAW_CHOICE) if present else None,
            warnings=_warned(project, about, *FITTED_SETS) if present else None,
        )
    for name in FITTED_SETS:
        said = f"{about.title}, {_HYPERPARAMETERS[name]}:"
        if name not in results.data:
            print(f"{said} no runs here, left out.")
        elif results.data[name].source == "archive":
            print(f"{said} runs of {_seeds(results.crossings[name].seeds)} seeds.")
        else:
            source = results.data[name].source
            print(f"{said} no runs here; published fits without intervals ({source}).")
    return replace(page, results=results)


def diagnostics(study: str, root: str | Path | None = None) -> StudyPage:
    """Open a study with what was logged beside its returns, and say what that is."""
    page = _open(study, root, "analyze_diagnostics")
    project, about = page.project, page.study
    if not project.makes(about, DIAGNOSTICS):
        print(
            f"{about.title}: nothing was logged beside the returns, or no sweep is "
            "here."
        )
        return page
    record = project.load(about, DIAGNOSTICS)
    print(f"{about.title}: {len(record.settings)} settings, logged beside the returns:")
    print(", ".join(about.archive("sweep").metrics))
    return replace(page, results=Results(diagnostics=record))


def _open(study: str, root: str | Path | None, notebook: Notebook) -> StudyPage:
    project = Project.at(root)
    return StudyPage(project, project.study(study), notebook)


def _warned(project: Project, study: Study, *sets: str) -> Warnings:
    """Print the warnings of these sets; return all."""
    found = project.load(study, WARNINGS)
    own = tuple(warning for warning in found.warnings if warning.set_name in sets)
    print(warning_list(replace(found, warnings=own)), end="")
    return found


def _seeds(counts: Any) -> str:
    return " or ".join(map(str, sorted(set(counts.tolist()))))


Part = str | tables.Table


def _best_values(study: Study, results: Results) -> Iterator[Part]:
    if fits := results.hyperparameters:
        yield best_values(study, fits)


def _hyperparameters(study: Study, results: Results) -> Iterator[Part]:
    if fits := results.hyperparameters:
        yield words.hyperparameters(fits)
        correlation = words.number(fits.correlation)
        yield (
            f"Correlation of log B* and log lr* over (environment, UTD): {correlation}"
        )


def _laws(study: Study, results: Results) -> Iterator[Part]:
    if fits := results.hyperparameters:
        yield laws(study, fits)


def _proposals(study: Study, results: Results) -> Iterator[Part]:
    if fits := results.hyperparameters:
        yield proposals(study, fits, shared=True)


def _baseline(study: Study, results: Results) -> Iterator[Part]:
    if fits := results.hyperparameters:
        yield baseline(study, fits)


def _regret(study: Study, results: Results) -> Iterator[Part]:
    if results.regret:
        yield words.regret(results.regret)


def _data(study: Study, results: Results) -> Iterator[Part]:
    for efficiency in results.data.values():
        yield words.data_efficiency(efficiency) + "\n"
        yield data_laws(study, efficiency)


def _budget(study: Study, results: Results) -> Iterator[Part]:
    for name, budget in results.budget.items():
        yield words.budget(budget) + "\n"
        yield optima(study, budget, results.data[name])


def _held_out(study: Study, results: Results) -> Iterator[Part]:
    if results.data:
        yield held_out(study, results)


def _sensitivity(study: Study, results: Results) -> Iterator[Part]:
    if found := results.sensitivity:
        yield "\n".join(f"{text}." for text in sentences(found))
        yield sensitivity(study, found)


def _laws_compared(study: Study, results: Results) -> Iterator[Part]:
    if results.law_choice:
        yield words.law_choice(results.law_choice)
        yield laws_compared(study, results.law_choice)


def _slopes(study: Study, results: Results) -> Iterator[Part]:
    if results.diagnostics:
        yield words.diagnostics(results.diagnostics)
        yield slopes(study, results.diagnostics)


TOPICS: dict[str, Callable[[Study, Results], Iterator[Part]]] = {
    "best values": _best_values,
    "hyperparameters": _hyperparameters,
    "laws": _laws,
    "proposals": _proposals,
    "baseline": _baseline,
    "regret": _regret,
    "data": _data,
    "budget": _budget,
    "held out": _held_out,
    "sensitivity": _sensitivity,
    "laws compared": _laws_compared,
    "slopes": _slopes,
}
"""Topic -> the sentences and tables that `tell` shows."""
