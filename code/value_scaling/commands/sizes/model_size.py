"""`scaling model-size`: D(σ, N), B(σ, N), σ* and N* of a study of σ and N."""

from collections.abc import Iterable
from typing import Any

import click
import numpy as np

from value_scaling.commands.console import print_json, show
from value_scaling.commands.options import ProjectOptions, command, json_option
from value_scaling.commands.sizes.given import record_path
from value_scaling.commands.sizes.loading import expected_sizes
from value_scaling.commands.sizes.own_studies import as_size_study, study_with_sizes
from value_scaling.commands.sizes.running import make_sizes
from value_scaling.commands.text.documents.estimates import (
    against_naive,
    finite,
    held_out,
)
from value_scaling.commands.text.parts import TextPart, listing
from value_scaling.commands.text.terminal.verification import report_card_parts
from value_scaling.records import Estimate, entry
from value_scaling.records.estimates import STATUSES
from value_scaling.records.model_size.record import BatchFits, ModelSizes, TaskSizes
from value_scaling.report.text.plain import value_and_ends
from value_scaling.report.verify import ReportCard, report_card
from value_scaling.store.folders import Folders
from value_scaling.store.studies.model_size import load_size_study


@command("model-size")
@click.argument("study", metavar="STUDY")
@json_option
@click.pass_obj
def model_size(checkout: ProjectOptions, study: str, as_json: bool) -> None:
    """Fit data and batch sizes over the UTD ratio and the model size N.

    STUDY is followup, which is part of the package, or a study of your own whose grid
    has several N (`other_grids` in its file).
    """
    project = checkout.project()
    folders, own = project.folders, study_with_sizes(project, study)
    about = load_size_study(study) if own is None else as_size_study(own)
    record = make_sizes(folders, about, own)
    if as_json:
        document = _document(record) | {"records": [str(record_path(folders, about))]}
        print_json(document | {"card": card_of(folders, record).as_dict()})
    else:
        card = () if own else report_card_parts(card_of(folders, record))
        show(*_parts(record), *card)


def card_of(folders: Folders, record: ModelSizes) -> ReportCard:
    """Compare the record with the published numbers of its study, if there are any."""
    sizes = {record.study: record}
    return report_card(expected_sizes(folders, sizes), (), sizes=sizes)


def _parts(record: ModelSizes) -> Iterable[TextPart]:
    tasks = record.variants["default"]
    names: tuple[str, ...]
    yield (
        f"{record.study}: D(σ, N) = D_min + (a/σ)^α + (b/N)^β at the highest level of "
        "each task, with 95% intervals"
    )
    names = ("task", "settings", "D_min", "α", "β", "mean error", "σ*", "N*")
    yield from listing(
        names, [_fit_row(k, t) for k, t in tasks.items()], right=names[1:]
    )
    rows = [row for key, task in tasks.items() for row in _check_rows(key, task)]
    if rows:
        yield "Median errors of held-out predictions and of naive predictions:"
        names = ("task", "predicted", "left out", "checks", "fit", "naive", "its error",
                 "which is better")  # fmt: skip
        yield from listing(names, rows)
    batches = [(f"{k} (runs)", t.batch) for k, t in tasks.items() if t.batch]
    figures = record.published_batches.get("default", {})
    batches += [(f"{task} (figures)", fits) for task, fits in figures.items()]
    if batches:
        yield "Best batch size B = a/(σ^α (1 + (N₀/N)^β)), beside a log-linear fit:"
        names = ("task", "points", "a", "α", "N₀", "β", "status", "mean error",
                 "log-linear")  # fmt: skip
        yield from listing(names, [_batch_row(*each) for each in batches])


def _fit_row(key: str, task: TaskSizes) -> tuple[str, ...]:
    law, best = task.law, task.optima
    exponents = [
        f"{_text(law.of_field(name), -1)}{_status(int(law.status[-1, column]))}"
        for column, name in enumerate(("alpha", "beta"))
    ]
    ends = [_text(each, -1) for each in (best.utd, best.size)]
    known = bool(np.isfinite(best.budget.value[-1]))
    return (
        key,
        f"{len(task.settings)}",
        _text(law.of_field("minimum"), -1),
        *exponents,
        _text(task.error),
        *(ends if known else ("outside the runs", "")),
    )


def _check_rows(key: str, task: TaskSizes) -> Iterable[tuple[str, ...]]:
    for each in task.against_naive:
        if each.count:
            errors = _text(each.fit), each.naive, _text(each.error)
            yield (
                key,
                each.quantity,
                each.kind,
                f"{each.count}",
                *errors,
                each.verdict,
            )


def _batch_row(name: str, fits: BatchFits) -> tuple[str, ...]:
    law = fits.law
    numbers = (f"{float(part):.3g}" for part in (law.a, law.alpha, law.knee, law.beta))
    errors = fits.errors, fits.log_linear_errors
    means = (f"{np.mean(each):.3g}" for each in errors)
    return (name, f"{len(fits.utds)}", *numbers, fits.status, *means)


def _status(code: int) -> str:
    return f" ({STATUSES[code]})" if code else ""


def _text(values: Estimate, *index: int) -> str:
    one = entry(values, *index)
    if not np.isfinite(one.value):
        return "unknown"
    return " ".join(filter(None, value_and_ends(one)))


def _document(record: ModelSizes) -> dict[str, Any]:
    """Return the tables of the record as plain data."""
    return {
        "study": record.study,
        "variants": {
            variant: {key: _task(task) for key, task in tasks.items()}
            for variant, tasks in record.variants.items()
        },
        "figure_errors": {
            variant: {kind: _plain(each) for kind, each in errors.data.items()}
            | {"batch": _plain(errors.batch), "log_linear": _plain(errors.log_linear)}
            for variant, errors in record.figure_errors.items()
        },
    }


def _task(task: TaskSizes) -> dict[str, Any]:
    law = task.law
    coefficients = ("minimum", "a", "alpha", "b", "beta")
    return {
        "levels": task.levels.tolist(),
        "law": {name: _plain(law.of_field(name)) for name in coefficients}
        | {"status": [[STATUSES[int(code)] for code in row] for row in law.status]},
        "mean_error": _plain(task.error),
        "optima": {
            name: _plain(getattr(task.optima, name))
            for name in ("utd", "size", "data", "compute", "budget")
        },
        "held_out": held_out(task.heldout),
        "against_naive": against_naive(task.against_naive),
    }


def _plain(values: Estimate) -> dict[str, Any]:
    """Return numbers as lists; numbers that are not finite become null."""
    parts = {"value": values.value, "low": values.low, "high": values.high}
    return {name: _finite(np.asarray(part)) for name, part in parts.items()}


def _finite(values: np.ndarray) -> Any:
    if values.ndim:
        return [_finite(each) for each in values]
    return finite(values)
