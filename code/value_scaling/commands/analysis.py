"""The stages from archives to records, and what they say in the terminal."""

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from tqdm import tqdm

from value_scaling.commands import words
from value_scaling.commands.warning_words import warning_list
from value_scaling.records import (
    VARIANTS,
    Budget,
    Budgets,
    Choices,
    Crossings,
    DataEfficiencies,
    DataEfficiency,
    FittedLaw,
    Hyperparameters,
    ScalingError,
    Study,
)
from value_scaling.records.stages.warnings import Warnings
from value_scaling.report.findings.sensitivity import sentences
from value_scaling.store.project import FITTED_SETS, Project
from value_scaling.workflow.budget import budget
from value_scaling.workflow.choices import StudyCrossings, choice_effects
from value_scaling.workflow.data.collect import collect, declared
from value_scaling.workflow.data.published import published_data_efficiency
from value_scaling.workflow.data_efficiency import data_efficiency
from value_scaling.workflow.diagnostics import diagnostics as find_trends
from value_scaling.workflow.hyperparameters import hyperparameters as fit_best
from value_scaling.workflow.preprocess import effective
from value_scaling.workflow.preprocess import preprocess as find_crossings
from value_scaling.workflow.regret import regrets as find_regret
from value_scaling.workflow.sensitivity import Records
from value_scaling.workflow.sensitivity import sensitivity as find_sensitivity
from value_scaling.workflow.warnings import find_warnings

Item = TypeVar("Item")
REPLICATES = {"sweep": 5000, "ours": 1000, "baseline": 1000, "diagnostics": 1000}
"""Bootstrap samples; the sweep's are averaged as well, so it gets more."""
SEED = 0
SPLITS, DRAWS = 40, 20
"""Random splits of the seeds into halves, and bootstrap samples of each half: more of
either moves no regret by a tenth of its interval."""


def preprocess(arguments: argparse.Namespace) -> int:
    """Archive -> crossings, for both variants."""
    project = Project.at(arguments.root, runs=arguments.runs)
    find_set(project, project.study(arguments.study), arguments.set)
    return 0


def find_set(project: Project, study: Study, set_name: str) -> None:
    """Find and save the crossings of one set."""
    runs = collect(project.runs(study, set_name), study)
    done: dict[Choices, Crossings] = {}
    for variant, choices in VARIANTS.items():
        same = effective(choices, study, set_name)
        if same not in done:
            done[same] = find_crossings(
                runs,
                study,
                choices,
                replicates=REPLICATES[set_name],
                seed=SEED,
                progress=partial(_bar, desc=f"{study.name} {set_name}"),
            )
        project.save(done[same], study, variant, set_name, read=runs.digest)


def _bar(items: Sequence[Item], *, desc: str, unit: str = "setting") -> Iterable[Item]:
    """Show how many items are done: a bar on a terminal, nothing in a log."""
    return tqdm(items, desc=desc, unit=unit, delay=2, leave=False, disable=None)


def hyperparameters(arguments: argparse.Namespace) -> int:
    """Sweep crossings -> B*(σ), η*(σ), for both variants."""
    project = Project.at(arguments.root, runs=arguments.runs)
    fit_sweep(project, project.study(arguments.study))
    return 0


def fit_sweep(project: Project, study: Study) -> None:
    """Fit and save B*(σ) and η*(σ)."""
    require_sweep(project, study)
    for variant, choices in VARIANTS.items():
        crossings = project.crossings(study, variant, "sweep")
        project.save(
            fit_best(crossings, study, choices), study, variant, "hyperparameters"
        )


def require_sweep(project: Project, study: Study) -> None:
    """Refuse a study without the archive of a sweep."""
    study.archive("sweep")
    for each in project.absent(study):
        if each.set_name == "sweep":
            raise each.error(study, fix=project.how_to_get(study))


def regret(arguments: argparse.Namespace) -> int:
    """Sweep -> what ways to choose B and η cost on seeds that did not choose."""
    project = Project.at(arguments.root, runs=arguments.runs)
    study = project.study(arguments.study)
    require_sweep(project, study)
    judge_sweep(project, study)
    print(words.regret(project.regret(study)))
    return 0


def judge_sweep(project: Project, study: Study) -> None:
    """Find and save what each way to choose B and η costs."""
    runs = collect(project.runs(study, "sweep"), study)
    found = find_regret(
        runs,
        study,
        splits=SPLITS,
        draws=DRAWS,
        seed=SEED,
        progress=partial(_bar, desc=f"{study.name} regret"),
    )
    project.save(found, study, "default", "regret", read=runs.digest)


def fits(arguments: argparse.Namespace) -> int:
    """Crossings of the fitted and baseline runs -> D_J(σ), C_J, σ*(F)."""
    project = Project.at(arguments.root, runs=arguments.runs)
    _fits(project, project.study(arguments.study))
    return 0


def _fits(project: Project, study: Study) -> None:
    _, errors = fit_sets(project, study, project.sets(study))
    if errors:
        raise errors[0]


@dataclass
class Fits:
    """The second and third stage of a study, as far as they succeed."""

    data: dict[str, DataEfficiency] = field(default_factory=dict)
    """By set name, as `budget`."""
    budget: dict[str, Budget] = field(default_factory=dict)


def fit_sets(
    project: Project, study: Study, sets: Sequence[str]
) -> tuple[Fits, list[ScalingError]]:
    """Fit D_J, C_J and σ*(F) of each of these sets; save each complete record.

    Returns:
        what succeeds with the default choices, and what failed.
    """
    default, errors = Fits(), list[ScalingError]()
    for variant in VARIANTS:
        fits = default if variant == "default" else Fits()
        wrong = [
            *_fit_data(fits, project, study, variant, sets),
            *_fit_budgets(fits, project, study, variant, sets),
        ]
        errors += [e for e in wrong if str(e) not in {str(known) for known in errors}]
    if not (errors or default.data):
        files = [study.archives[n].file for n in FITTED_SETS if n in study.archives]
        errors.append(
            ScalingError(
                f"study {study.name}",
                found="no archive of fitted or baseline runs",
                expected=" or ".join(files) or "[archives.ours] in the study file",
                fix=f"put one into {project.folders.archives}",
            )
        )
    return default, errors


def _fit_data(
    fits: Fits, project: Project, study: Study, variant: str, sets: Sequence[str]
) -> list[ScalingError]:
    """Fit D_J(σ) of each set into `fits`."""
    errors, choices = [], VARIANTS[variant]
    for name in FITTED_SETS:
        try:
            if name in sets:
                crossings = project.crossings(study, variant, name)
                fits.data[name] = data_efficiency(crossings, study, choices)
            elif (
                name == "ours"
                and name not in project.sets(study)
                and study.has_published_data
            ):
                fits.data[name] = published_data_efficiency(study, name, choices)
        except ScalingError as error:
            errors.append(error)
    if fits.data and not errors:
        record = DataEfficiencies(study.name, fits.data)
        project.save(record, study, variant, "data_efficiency")
    return errors


def _fit_budgets(
    fits: Fits, project: Project, study: Study, variant: str, sets: Sequence[str]
) -> list[ScalingError]:
    """Fit σ*(F) of each set that has a D_J(σ) into `fits`."""
    errors, choices = [], VARIANTS[variant]
    for name, efficiency in fits.data.items():
        try:
            law = _batch_law(project, study, variant, sets)
            as_run = (
                efficiency.source == "archive" and choices.batch_in_compute == "used"
            )
            if law is not None or as_run:
                fits.budget[name] = budget(efficiency, study, choices, fitted_batch=law)
        except ScalingError as error:
            errors.append(error)
    whole = all(name in fits.data for name in FITTED_SETS if name in sets)
    if fits.data and whole and not errors:
        project.save(Budgets(study.name, fits.budget), study, variant, "budget")
    return errors


def _batch_law(
    project: Project, study: Study, variant: str, sets: Sequence[str]
) -> FittedLaw | None:
    """B*(σ) for C_J: as published in the published variant, else from our sweep."""
    published = study.published.batch_law() if study.published else None
    if "sweep" in sets and (variant == "default" or published is None):
        return project.hyperparameters(study, variant).batch_law()
    if published is None:
        return None
    return FittedLaw.without_interval(published)


def choices(arguments: argparse.Namespace) -> int:
    """Analyse with each choice as published and record what moves."""
    project = Project.at(arguments.root, runs=arguments.runs)
    study = project.study(arguments.study)
    effects = choice_effects(study, _crossings(project, study))
    project.save(effects, study, "default", "choices")
    return 0


def _crossings(project: Project, study: Study) -> StudyCrossings:
    """Load the crossings of every set that is here, of both variants."""
    default, published = (
        {name: project.crossings(study, variant, name) for name in project.sets(study)}
        for variant in ("default", "published")
    )
    return StudyCrossings(default, published)


def sensitivity(arguments: argparse.Namespace) -> int:
    """Analyse with other δ, other levels and every combination of the choices."""
    project = Project.at(arguments.root, runs=arguments.runs)
    study = project.study(arguments.study)
    require_archives(project, study)
    crossings = _crossings(project, study)
    default, published = (_records(project, study, variant) for variant in VARIANTS)
    found = find_sensitivity(
        study,
        crossings,
        default,
        published,
        progress=partial(_bar, desc=f"{study.name} sensitivity", unit="case"),
    )
    project.save(found, study, "default", "sensitivity")
    for text in sentences(found):
        print(f"{study.name}: {text}")
    return 0


def _records(project: Project, study: Study, variant: str) -> Records:
    """Load the stages of one variant, as far as a study can have them."""
    fits = project.has_fits(study)
    return Records(
        project.hyperparameters(study, variant)
        if project.makes(study, "hyperparameters")
        else None,
        project.data_efficiency(study, variant).sets if fits else {},
        project.budget(study, variant).sets if fits else {},
    )


def diagnostics(arguments: argparse.Namespace) -> int:
    """Metrics of the sweep -> trends of overfitting, parameter norm and the like."""
    project = Project.at(arguments.root, runs=arguments.runs)
    study = project.study(arguments.study)
    if not study.archive("sweep").metrics:
        raise ScalingError(
            f"study {study.name}, archives.sweep",
            found="no `metrics`",
            expected="the folders of what was measured beside the returns",
            fix='add e.g. metrics = ["training.critic_pnorm_l2"] to the study file, if '
            "the archive has that folder for every setting",
        )
    measure_sweep(project, study)
    print(words.diagnostics(project.diagnostics(study)))
    return 0


def measure_sweep(project: Project, study: Study) -> None:
    """Find and save the trends of what was logged beside the returns."""
    metrics = study.archive("sweep").metrics
    runs = {
        name: declared(project.runs(study, "sweep", metric=name), study)
        for name in metrics
    }
    digests = {own.digest for own in runs.values()}
    if len(digests) > 1:
        raise ScalingError(
            project.folders.archive(study, "sweep"),
            found="a different archive than a moment ago",
            expected="the same archive until all of it is read",
            fix="run the command again when the archive is in its place",
        )
    found = find_trends(runs, replicates=REPLICATES["diagnostics"], seed=SEED)
    if found is None:
        raise ScalingError(
            f"study {study.name}, archives.sweep.metrics",
            found=", ".join(metrics),
            expected="metrics that make a measure; overfitting, for example, is "
            "training.new_data_critic_loss minus training.critic_loss",
            fix="add what is missing to the list, or take the list out",
        )
    project.save(found, study, "default", "diagnostics", read=digests.pop())


def require_archives(project: Project, study: Study) -> None:
    """Refuse a study without any archive."""
    if not project.sets(study):
        gone = project.absent(study)
        raise ScalingError(
            project.folders.archives,
            found=f"no archive of study {study.name} ("
            + "; ".join(f"{each.path.name}: {each.found}" for each in gone)
            + ")",
            expected="one or more of " + ", ".join(each.path.name for each in gone),
            fix=f"{project.how_to_get(study)}, or correct `file` in the study file",
        )


def warnings(arguments: argparse.Namespace) -> int:
    """Records -> what makes the results of a study doubtful."""
    project = Project.at(arguments.root, runs=arguments.runs)
    study = project.study(arguments.study)
    require_archives(project, study)
    fitted, data = None, {}
    if project.makes(study, "hyperparameters"):
        fitted = project.hyperparameters(study, "default")
    if project.makes(study, "data_efficiency"):
        data = project.data_efficiency(study, "default").sets
    found = warn(project, study, project.sets(study), fitted, data)
    told = warning_list(found, project.absent(study))
    print(f"{study.name}: {told or 'nothing is doubtful.'}".rstrip())
    return 0


def warn(
    project: Project,
    study: Study,
    sets: Sequence[str],
    fitted: Hyperparameters | None,
    data: dict[str, DataEfficiency],
) -> Warnings:
    """Find and save the warnings of a study.

    Args:
        sets: those whose crossings are saved.
        fitted: B*(σ) and η*(σ), if the sweep gave them.
        data: D_J(σ) by set name.
    """
    found = find_warnings(
        study,
        {name: project.crossings(study, "default", name) for name in sets},
        fitted,
        data,
        absent=[each.set_name for each in project.absent(study)],
    )
    project.save(found, study, "default", "warnings")
    return found
