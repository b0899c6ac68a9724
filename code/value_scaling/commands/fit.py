"""A study in one go: every stage, then what it found, what failed, and what to run."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from value_scaling.commands import analysis, documents, laws, words
from value_scaling.commands.warning_words import warning_list
from value_scaling.records import Hyperparameters, ScalingError, Study
from value_scaling.records.errors import CannotWrite
from value_scaling.records.stages.law_choice import LawChoice
from value_scaling.records.stages.warnings import Warnings
from value_scaling.store.project import Project


class Attempts:
    """Steps that may fail independently of each other."""

    def __init__(self) -> None:
        self.errors: list[ScalingError] = []

    def __call__(self, step: Callable[[], object]) -> bool:
        """Take a step; return whether it succeeded."""
        try:
            step()
        except CannotWrite:
            raise
        except ScalingError as error:
            self.errors.append(error)
            return False
        return True

    def exit_code(self) -> int:
        """Say what failed; 2 if anything did."""
        sys.stdout.flush()
        for text in dict.fromkeys(str(error) for error in self.errors):
            print(f"scaling: {text}", file=sys.stderr)
        return 2 if self.errors else 0


def fit(arguments: argparse.Namespace) -> int:
    """Every stage of one study, then its laws in the terminal.

    What succeeds is saved and printed; then follows what failed, and why.
    """
    project = Project.at(arguments.root, runs=arguments.runs)
    study = project.study(arguments.study)
    analysis.require_archives(project, study)
    attempt = Attempts()
    read = [
        name
        for name in project.sets(study)
        if attempt(partial(analysis.find_set, project, study, name))
    ]
    if not read:
        return attempt.exit_code()
    first, fits = None, analysis.Fits()
    if "sweep" in read and attempt(partial(analysis.fit_sweep, project, study)):
        first = project.hyperparameters(study, "default")
    fitted = [name for name in read if name != "sweep" or first is not None]
    if set(analysis.FITTED_SETS) & set(read) or study.has_published_data:
        fits, errors = analysis.fit_sets(project, study, fitted)
        attempt.errors += errors
    measured = project.has_diagnostics(study) and attempt(
        partial(analysis.measure_sweep, project, study)
    )
    judged = "sweep" in read and attempt(partial(analysis.judge_sweep, project, study))
    regret = project.regret(study) if judged else None
    compared: list[LawChoice] = []
    if fits.data and project.makes(study, "law_choice"):
        with_runs = [name for name in read if name in fits.data]
        attempt(lambda: compared.append(laws.compare_laws(project, study, with_runs)))
    warned: list[Warnings] = []
    attempt(
        lambda: warned.append(analysis.warn(project, study, read, first, fits.data))
    )
    if arguments.json:
        _print_document(
            documents.heading(study)
            | (documents.hyperparameters(first) if first else {})
            | (documents.regret(regret) if regret else {})
            | documents.fits(fits.data, fits.budget)
            | (documents.law_choice(compared[0]) if compared else {}),
            warned,
            attempt,
        )
        return attempt.exit_code()
    print(f"{study.title} ({study.algorithm}); 95% intervals in brackets")
    for text in _words(first, fits):
        print(text)
    if regret:
        print(words.regret(regret))
    if measured:
        print(words.diagnostics(project.diagnostics(study)))
    if compared:
        print(laws.law_words(compared[0]))
    _print_warnings(project, study, warned)
    return attempt.exit_code()


def _words(first: Hyperparameters | None, fits: analysis.Fits) -> list[str]:
    """What the terminal says about every fit there is."""
    return [
        *([words.hyperparameters(first)] if first else []),
        *(words.data_efficiency(each) for each in fits.data.values()),
        *(words.budget(each) for each in fits.budget.values()),
    ]


def recommend(arguments: argparse.Namespace) -> int:
    """B*, η* for given σ and, where runs tell, the data they will need."""
    project = Project.at(arguments.root, runs=arguments.runs)
    study = project.study(arguments.study)
    utds = list(dict.fromkeys(arguments.utd))
    say: list[str] = []
    document: dict[str, Any] = {}
    attempt = Attempts()

    def settings() -> None:
        analysis.require_sweep(project, study)
        record = project.hyperparameters(study, "default")
        say.append(words.recommendation(record, utds))
        document.update(documents.recommendation(record, utds))

    def data() -> None:
        records = project.data_efficiency(study, "default")
        say.append(words.expected_data(records, utds))
        document.update(documents.expected_data(records, utds))

    with_data = project.has_fits(study)
    with_sweep = "sweep" in project.sets(study)
    if with_sweep or not with_data:
        attempt(settings)
    if with_data:
        attempt(data)
    if not say:
        raise attempt.errors[0]
    if not with_sweep:
        say.insert(0, "B*, lr*: unknown, since there are no runs of a sweep")
    warned: list[Warnings] = []
    if not attempt.errors:
        attempt(lambda: warned.append(project.warnings(study)))
    if arguments.json:
        _print_document(documents.heading(study) | document, warned, attempt)
    else:
        print(*say, sep="\n")
        _print_warnings(project, study, warned)
    return attempt.exit_code()


def _print_warnings(project: Project, study: Study, warned: Sequence[Warnings]) -> None:
    for found in warned:
        print(warning_list(found, project.absent(study)), end="")


def _print_document(
    document: dict[str, Any], warned: Sequence[Warnings], attempt: Attempts
) -> None:
    """Print the one JSON document, with warnings and with what failed."""
    document |= documents.warnings(warned[0] if warned else None)
    document |= documents.failures(attempt.errors)
    print(json.dumps(document, indent=1, allow_nan=False))
