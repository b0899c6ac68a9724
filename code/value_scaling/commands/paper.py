"""Figure 1, the paper's tables and numbers, and the report card."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence

import click

from value_scaling.commands.loading import expected, load_results, original
from value_scaling.commands.options import (
    Checkout,
    command,
    json_option,
    studies_argument,
)
from value_scaling.records import Budget, DataEfficiency, ScalingError, Study
from value_scaling.records.axes import round_batch_size, round_learning_rate
from value_scaling.report.figures import FIGURES, caption
from value_scaling.report.figures import arguments as records_of
from value_scaling.report.figures.figure1 import Row, row
from value_scaling.report.original import Originals
from value_scaling.report.paper.files import paper_files
from value_scaling.report.results import StudyResults
from value_scaling.report.verify import ReportCard, card_text, report_card
from value_scaling.store.files.outputs import save_figure, save_json, save_text
from value_scaling.store.project import Project
from value_scaling.workflow.pipeline import BUDGET, DATA_EFFICIENCY


@command("overview")
@studies_argument
@click.pass_obj
def overview(checkout: Checkout, studies: tuple[str, ...]) -> None:
    """Draw Figure 1: a row for each study that has a frontier."""
    draw_overview(checkout.project(), studies)


def draw_overview(project: Project, studies: Sequence[str]) -> None:
    """Draw Figure 1 of these studies, or of all that have an archive."""
    rows = _overview_rows(
        (
            study,
            project.load(study, DATA_EFFICIENCY).sets,
            project.load(study, BUDGET).sets,
            original(project, study),
        )
        for study in _studies(project, studies)
        if project.makes(study, DATA_EFFICIENCY)
    )
    if not rows:
        raise ScalingError(
            "Figure 1",
            found="no study with fits of D_J and B*(σ)",
            expected="at least one",
            fix="add fitted or baseline runs to data/zip",
        )
    save_figure(FIGURES["figure1"].draw(rows), project.folders.figures / "figure1")


@command("report")
@studies_argument
@click.pass_obj
def report(checkout: Checkout, studies: tuple[str, ...]) -> None:
    """Write tables, captions and numbers into paper/generated."""
    project = checkout.project()
    everything = load_everything(project, studies)
    card = card_of(project, everything)
    files = paper_files(everything, card) | _captions(everything)
    for name, text in files.items():
        save_text(project.folders.generated / name, text)
    if not studies:  # else the rest belongs to studies that were not named
        for path in project.folders.generated.iterdir():
            if path.suffix in (".tex", ".csv") and path.name not in files:
                path.unlink()  # of a study or table that no longer exists


@command("verify")
@studies_argument
@json_option
@click.pass_obj
def verify(checkout: Checkout, studies: tuple[str, ...], as_json: bool) -> int:
    """Print the report card; exit code 1 if a number is outside its tolerance."""
    project = checkout.project()
    card = card_of(project, load_everything(project, studies))
    print(json.dumps(card.as_dict(), indent=1) if as_json else card_text(card))
    save_json(project.folders.build / "report_card.json", card.as_dict())
    return 1 if card.failed else 0


def _studies(project: Project, names: Sequence[str]) -> tuple[Study, ...]:
    """The named studies, or every one that has an archive; at least one must.

    Of all studies those whose files are wrong are left out, and it is said.
    """
    if names:
        studies = tuple(project.study(name) for name in dict.fromkeys(names))
    else:
        studies, problems = project.studies()
        for problem in problems:
            print(f"A study is left out. {problem}", file=sys.stderr)
    studies = tuple(study for study in studies if project.sets(study))
    if not studies:
        raise ScalingError(
            project.folders.archives,
            found=f"no archive of {', '.join(names) or 'any study'}",
            expected="run archives, e.g. gym_sweep.zip",
            fix="`make data` fetches the authors'; `scaling train` makes new ones",
        )
    return studies


def load_everything(project: Project, names: Sequence[str]) -> tuple[StudyResults, ...]:
    """Load every record of these studies."""
    return tuple(load_results(project, study) for study in _studies(project, names))


def card_of(project: Project, everything: tuple[StudyResults, ...]) -> ReportCard:
    """Hold our numbers, and our rounding, against the published ones."""
    rules: dict[str, Callable[[float], float]] = {
        "batch_size_truncated": int,
        "batch_size_rounded": round_batch_size,
        "learning_rate": round_learning_rate,
    }
    reason = "fresh runs" if project.folders.fresh else ""
    return report_card(expected(project), everything, rules=rules, reason=reason)


def _overview_rows(
    studies: Iterable[
        tuple[Study, dict[str, DataEfficiency], dict[str, Budget], Originals]
    ],
) -> list[Row]:
    """Return the rows of the studies that have budgets."""
    rows = (row(*each) for each in studies)
    return [each for each in rows if each is not None]


def _captions(everything: tuple[StudyResults, ...]) -> dict[str, str]:
    """Return the caption of every figure that there is, by its file name."""
    found = {}
    shown = (
        (r.study, r.default.data, r.default.budget, r.default.original)
        for r in everything
    )
    if rows := _overview_rows(shown):
        found["figure1_caption.tex"] = FIGURES["figure1"].caption(rows)
    for results in everything:
        for slug, entry in FIGURES.items():
            records = records_of(slug, results.default) if entry.needs else None
            if records is not None:
                name = f"{results.study.name}_{slug}_caption.tex"
                found[name] = caption(
                    slug, results.study, *records, warnings=results.default.warnings
                )
    return found
