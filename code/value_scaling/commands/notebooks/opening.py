"""Open a study in a notebook: load its records and print what there is."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from value_scaling.commands.notebooks.page import StudyPage, show_parts
from value_scaling.commands.results.loading import original
from value_scaling.commands.text import terminal
from value_scaling.records import FITTED_SETS, Study
from value_scaling.records.stages.warnings import Warnings
from value_scaling.report.figure_entry import Notebook
from value_scaling.report.results import Results
from value_scaling.store.project import Project
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

_HYPERPARAMETERS = {"ours": "fitted B*, lr*", "baseline": "constant B, lr"}


def grid_search(study: str, root: str | Path | None = None) -> StudyPage:
    """Open a study with the records of its sweep, and print what there is."""
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
    """Open a study with its fitted and baseline runs, and print what there is."""
    page = _open(study, root, "analyze_fitted")
    project, about = page.project, page.study
    results = page.results
    present = [name for name in FITTED_SETS if name in project.sets(about)]
    if project.makes(about, DATA_EFFICIENCY):
        results = Results(
            crossings={n: project.load(about, CROSSINGS[n]) for n in present},
            data=project.load(about, DATA_EFFICIENCY).sets,
            budget=project.load(about, BUDGET).sets,
            original=original(project, about),
            sensitivity=project.load(about, SENSITIVITY) if present else None,
            law_choice=project.load(about, LAW_CHOICE) if present else None,
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
    if present:
        results = replace(results, warnings=_warned(project, about, *FITTED_SETS))
    return replace(page, results=results)


def diagnostics(study: str, root: str | Path | None = None) -> StudyPage:
    """Open a study with its diagnostics, and print which metrics it has."""
    page = _open(study, root, "analyze_diagnostics")
    project, about = page.project, page.study
    if not project.makes(about, DIAGNOSTICS):
        print(
            f"{about.title}: there is no sweep here, or it has no metrics besides the "
            "returns."
        )
        return page
    record = project.load(about, DIAGNOSTICS)
    print(f"{about.title}: {len(record.settings)} settings, with these metrics:")
    print(", ".join(about.archive("sweep").metrics))
    return replace(page, results=Results(diagnostics=record))


def _open(study: str, root: str | Path | None, notebook: Notebook) -> StudyPage:
    project = Project.at(root)
    return StudyPage(project, project.study(study), notebook)


def _warned(project: Project, study: Study, *sets: str) -> Warnings:
    """Show the warnings of these sets, and return those of all sets."""
    found = project.load(study, WARNINGS)
    own = tuple(warning for warning in found.warnings if warning.set_name in sets)
    show_parts(terminal.warning_list(replace(found, warnings=own)))
    return found


def _seeds(counts: Any) -> str:
    return " or ".join(map(str, sorted(set(counts.tolist()))))
