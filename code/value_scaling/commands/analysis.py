"""The stages from archives to records, and what they say in the terminal."""

import argparse
from functools import partial

from tqdm import tqdm

from value_scaling.commands import words
from value_scaling.records import (
    VARIANTS,
    Budgets,
    Crossings,
    DataEfficiencies,
    FittedLaw,
    ScalingError,
    Study,
)
from value_scaling.store.project import FITTED_SETS, Project
from value_scaling.workflow.budget import budget
from value_scaling.workflow.choices import StudyCrossings, choice_effects
from value_scaling.workflow.collect import collect
from value_scaling.workflow.data_efficiency import data_efficiency
from value_scaling.workflow.diagnostics import diagnostics as find_trends
from value_scaling.workflow.hyperparameters import hyperparameters as fit_best
from value_scaling.workflow.preprocess import preprocess as find_crossings
from value_scaling.workflow.published import published_data_efficiency

REPLICATES = {"sweep": 5000, "ours": 1000, "baseline": 1000, "diagnostics": 1000}
"""Bootstrap samples; the sweep's are averaged as well, so it gets more."""
SEED = 0
ENOUGH_SEEDS = 5
"""Resampling fewer seeds than this tells little about their spread."""


def preprocess(arguments: argparse.Namespace) -> int:
    """Archive -> crossings, for both variants."""
    project = Project.at(arguments.root, runs=arguments.runs)
    _preprocess(project, project.study(arguments.study), arguments.set)
    return 0


def _preprocess(project: Project, study: Study, set_name: str) -> None:
    runs = collect(project.runs(study, set_name), study)
    if runs.missing:
        print(
            f"{study.name} {set_name}: {len(runs.missing)} settings of the grid are "
            f"not in the archive and are left out, the first: {runs.missing[0]}"
        )
    if runs.outside:
        print(
            f"{study.name} {set_name}: {len(runs.outside)} settings of the archive are "
            f"not of the study any more and are left out, the first: {runs.outside[0]}"
        )
    few = [curve for curve in runs.curves if curve.seeds < ENOUGH_SEEDS]
    if few:
        print(
            f"{study.name} {set_name}: {len(few)} of {len(runs.curves)} settings have "
            f"fewer than {ENOUGH_SEEDS} seeds, so intervals that rest on them are too "
            f"narrow, the first: {few[0].setting} ({few[0].seeds})"
        )
    done: dict[bool, Crossings] = {}
    for variant, choices in VARIANTS.items():
        # Both variants ask for the same crossings unless the stored test was >.
        strict = choices.crossing == "study" and (
            study.archive(set_name).crossing == "exceed"
        )
        if strict not in done:
            done[strict] = find_crossings(
                runs,
                study,
                choices,
                replicates=REPLICATES[set_name],
                seed=SEED,
                progress=partial(
                    tqdm,
                    desc=f"{study.name} {set_name}",
                    unit="setting",
                    delay=2,
                    leave=False,
                    disable=None,  # a bar on a terminal, nothing in a log
                ),
            )
        project.save(done[strict], study, variant, set_name)


def hyperparameters(arguments: argparse.Namespace) -> int:
    """Sweep crossings -> B*(σ), η*(σ), for both variants."""
    project = Project.at(arguments.root, runs=arguments.runs)
    _hyperparameters(project, project.study(arguments.study))
    return 0


def _hyperparameters(project: Project, study: Study) -> None:
    _require_sweep(project, study, "sweep")
    for variant, choices in VARIANTS.items():
        crossings = project.crossings(study, variant, "sweep")
        project.save(
            fit_best(crossings, study, choices), study, variant, "hyperparameters"
        )


def _require_sweep(project: Project, study: Study, stage: str) -> None:
    """Refuse a study with neither this stage's record nor a sweep to make it from."""
    path = project.folders.archive(study, "sweep")
    record = project.folders.record(study.name, "default", stage)
    if not (record.exists() or path.exists()):
        raise ScalingError(
            path,
            found="no such file",
            expected=f"the grid search of study {study.name}, on which B* and lr* "
            "are fitted",
            fix=project.how_to_get(study),
        )


def fits(arguments: argparse.Namespace) -> int:
    """Crossings of the fitted and baseline runs -> D_J(σ), C_J, σ*(F)."""
    project = Project.at(arguments.root, runs=arguments.runs)
    _fits(project, project.study(arguments.study))
    return 0


def _fits(project: Project, study: Study) -> None:
    for variant, choices in VARIANTS.items():
        efficiencies = {}
        for name in FITTED_SETS:
            if name in project.sets(study):
                crossings = project.crossings(study, variant, name)
                efficiencies[name] = data_efficiency(crossings, study, choices)
            elif name == "ours" and study.published and study.published.data_laws():
                efficiencies[name] = published_data_efficiency(study, name, choices)
        if not efficiencies:
            raise ScalingError(
                f"study {study.name}",
                found="no archive of fitted or baseline runs",
                expected=" or ".join(
                    study.archives[name].file
                    for name in FITTED_SETS
                    if name in study.archives
                ),
                fix=f"put one into {project.folders.archives}",
            )
        record = DataEfficiencies(study.name, efficiencies)
        project.save(record, study, variant, "data_efficiency")
        law = _batch_law(project, study, variant)
        budgets = {
            name: budget(efficiency, study, choices, fitted_batch=law)
            for name, efficiency in efficiencies.items()
            if law is not None
            or (efficiency.source == "archive" and choices.batch_in_compute == "used")
        }
        project.save(Budgets(study.name, budgets), study, variant, "budget")


def _batch_law(project: Project, study: Study, variant: str) -> FittedLaw | None:
    """B*(σ) for C_J: as published in the published variant, else from our sweep."""
    published = study.published.batch_law() if study.published else None
    if "sweep" in project.sets(study) and (variant == "default" or published is None):
        return project.hyperparameters(study, variant).batch_law()
    if published is None:
        return None
    return FittedLaw.without_interval(published)


def choices(arguments: argparse.Namespace) -> int:
    """Analyse with each choice as published and record what moves."""
    project = Project.at(arguments.root, runs=arguments.runs)
    _choices(project, project.study(arguments.study))
    return 0


def _choices(project: Project, study: Study) -> None:
    both = {
        variant: {
            name: project.crossings(study, variant, name)
            for name in project.sets(study)
        }
        for variant in VARIANTS
    }
    effects = choice_effects(study, StudyCrossings(both["default"], both["published"]))
    project.save(effects, study, "default", "choices")


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
    _diagnostics(project, study)
    print(words.diagnostics(project.diagnostics(study)))
    return 0


def _diagnostics(project: Project, study: Study) -> None:
    metrics = study.archive("sweep").metrics
    runs = {name: project.runs(study, "sweep", metric=name) for name in metrics}
    found = find_trends(runs, replicates=REPLICATES["diagnostics"], seed=SEED)
    if found is None:
        raise ScalingError(
            f"study {study.name}, archives.sweep.metrics",
            found=", ".join(metrics),
            expected="metrics that make a measure; overfitting, for example, is "
            "training.new_data_critic_loss minus training.critic_loss",
            fix="add what is missing to the list, or take the list out",
        )
    project.save(found, study, "default", "diagnostics")


def fit(arguments: argparse.Namespace) -> int:
    """Every stage of one study, then its laws in the terminal."""
    project = Project.at(arguments.root, runs=arguments.runs)
    study = project.study(arguments.study)
    present = project.sets(study)
    if not present:
        files = ", ".join(rule.file for rule in study.archives.values())
        raise ScalingError(
            project.folders.archives,
            found=f"no archive of study {study.name}",
            expected=f"one or more of {files}",
            fix=project.how_to_get(study),
        )
    for name in present:
        _preprocess(project, study, name)
    if "sweep" in present:
        _hyperparameters(project, study)
    if project.has_diagnostics(study):
        _diagnostics(project, study)
    if project.has_fits(study):
        _fits(project, study)
    print(f"{study.title} ({study.algorithm}); 95% intervals in brackets")
    if "sweep" in present:
        print(words.hyperparameters(project.hyperparameters(study, "default")))
    if project.has_fits(study):
        for efficiency in project.data_efficiency(study, "default").sets.values():
            print(words.data_efficiency(efficiency))
        for result in project.budget(study, "default").sets.values():
            print(words.budget(result))
    if project.has_diagnostics(study):
        print(words.diagnostics(project.diagnostics(study)))
    return 0


def recommend(arguments: argparse.Namespace) -> int:
    """B*, η* for given σ and, where runs tell, the data they will need."""
    project = Project.at(arguments.root, runs=arguments.runs)
    study = project.study(arguments.study)
    if wrong := [utd for utd in arguments.utd if not 0 < utd < float("inf")]:
        raise ScalingError(
            "--utd",
            found=f"{wrong[0]:g}",
            expected="a positive number of updates per environment step",
            fix="for example --utd 0.5 8 16",
        )
    _require_sweep(project, study, "hyperparameters")
    print(
        words.recommendation(project.hyperparameters(study, "default"), arguments.utd)
    )
    if project.has_fits(study):
        efficiencies = project.data_efficiency(study, "default")
        print(words.expected_data(efficiencies, arguments.utd))
    return 0
