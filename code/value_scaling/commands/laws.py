"""The choice of law: its stage, and what it says in the terminal."""

import argparse
from collections.abc import Sequence

from value_scaling.commands.analysis import require_archives
from value_scaling.commands.words import percent
from value_scaling.records import VARIANTS, ScalingError, Study
from value_scaling.records.stages.law_choice import LawChoice
from value_scaling.report.findings.law_choice import WHERE, best_laws, grouped
from value_scaling.store.project import FITTED_SETS, Project
from value_scaling.workflow.law_choice import law_choice as choose_law


def law_choice(arguments: argparse.Namespace) -> int:
    """Crossings -> errors of four laws of D_J(σ) at σ that they did not see."""
    project = Project.at(arguments.root, runs=arguments.runs)
    study = project.study(arguments.study)
    require_archives(project, study)
    if not project.makes(study, "law_choice"):
        raise ScalingError(
            f"study {study.name}",
            found="no archive of fitted or baseline runs",
            expected="an archive of either, to whose D_J(σ) the equations are fitted",
            fix=project.how_to_get(study),
        )
    print(law_words(compare_laws(project, study, project.sets(study))))
    return 0


def compare_laws(project: Project, study: Study, sets: Sequence[str]) -> LawChoice:
    """Find the errors of several laws of D_J(σ) for each of these sets.

    The record is saved only if the sets include all that the study has.
    """
    crossings = {
        name: project.crossings(study, "default", name)
        for name in FITTED_SETS
        if name in sets
    }
    found = choose_law(crossings, study, VARIANTS["default"])
    if set(crossings) == set(FITTED_SETS) & set(project.sets(study)):
        project.save(found, study, "default", "law_choice")
    return found


def law_words(record: LawChoice) -> str:
    """Errors of each law at σ left out of its fit, and which predicts best."""
    lines = ["Laws of D_J(utd) compared, median |error| at a UTD left out of the fit:"]
    for (set_name, curves, where), group in grouped(record).items():
        errors = ", ".join(
            f"{each.law} {percent(float(each.error.value))}"
            if each.count
            else f"{each.law}: {each.status}"
            for each in group
        )
        lines.append(f"  {set_name}, {curves}, {WHERE[where]}: {errors}")
    return "\n".join([*lines, *(f"  {said}" for said in best_laws(record))])
