"""`scaling overview` and `scaling paper`: Figure 1, and the files of the paper."""

import sys
from collections.abc import Callable, Iterable, Sequence

import click

from value_scaling.commands.options import (
    ProjectOptions,
    command,
    studies_argument,
)
from value_scaling.commands.results.external_results import (
    draw_external,
    external_results,
)
from value_scaling.commands.results.loading import expected, load_results, original
from value_scaling.commands.sizes.loading import (
    expected_sizes,
    load_size_results,
    named_sizes,
)
from value_scaling.records import Budget, DataEfficiency, ScalingError, Study
from value_scaling.records.axes import round_batch_size, round_learning_rate
from value_scaling.report.external.paper_files import external_files
from value_scaling.report.figures import FIGURES, available, caption
from value_scaling.report.figures.figure1 import Row, row
from value_scaling.report.original import Originals
from value_scaling.report.paper.paper_files import paper_files
from value_scaling.report.results import StudyResults
from value_scaling.report.sizes.results import SizeResults
from value_scaling.report.verify import ReportCard, report_card
from value_scaling.store.files.outputs import save_figure, save_text
from value_scaling.store.project import Project
from value_scaling.workflow.pipeline import BUDGET, DATA_EFFICIENCY


@command("overview")
@studies_argument
@click.pass_obj
def overview(checkout: ProjectOptions, studies: tuple[str, ...]) -> None:
    """Draw Figure 1, with a row for each study that has fits of D_J and B*.

    The figures of runs that others made are drawn too, if their tables are here.
    """
    project = checkout.project()
    draw_overview(project, studies)
    draw_external(project)


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


@command("paper")
@studies_argument
@click.pass_obj
def paper(checkout: ProjectOptions, studies: tuple[str, ...]) -> None:
    """Write tables, captions and numbers into paper/generated."""
    project = checkout.project()
    everything = load_everything(project, studies)
    sizes = load_size_results(project.folders, studies)
    card = card_of(project, everything, sizes)
    files = paper_files(everything, card, sizes) | _captions(everything)
    files |= external_files(external_results(project))
    for name, text in files.items():
        save_text(project.folders.generated / name, text)
    if not studies:  # with names, the other files belong to other studies
        for path in project.folders.generated.iterdir():
            if path.suffix in (".tex", ".csv") and path.name not in files:
                path.unlink()  # its study or table no longer exists


def _studies(project: Project, names: Sequence[str]) -> tuple[Study, ...]:
    """Return the named studies that have an archive, or all that have one.

    Studies over σ and N, which have other results, are left out unless only such
    studies are named. Without names, a study whose file is wrong is left out with a
    message.

    Raises:
        ScalingError: a named study is unknown, or no study has an archive.
    """
    others = named_sizes(names) if names else ()
    if names:
        own = (name for name in dict.fromkeys(names) if name not in others)
        studies = tuple(project.study(name) for name in own)
    else:
        studies, problems = project.studies()
        for problem in problems:
            print(f"A study is left out. {problem}", file=sys.stderr)
    present = tuple(study for study in studies if project.sets(study))
    studies = tuple(each for each in present if not each.has_several_sizes)
    if names and present and not others:
        return studies or present  # `load_results` says why it refuses these
    if not studies and not others:
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


def card_of(
    project: Project,
    everything: tuple[StudyResults, ...],
    sizes: tuple[SizeResults, ...] = (),
) -> ReportCard:
    """Compare our numbers, and our rounding, with the published ones."""
    rules: dict[str, Callable[[float], float]] = {
        "batch_size_truncated": int,
        "batch_size_rounded": round_batch_size,
        "learning_rate": round_learning_rate,
    }
    reason = "fresh runs" if project.folders.fresh else ""
    records = {each.study.name: each.record for each in sizes}
    known = expected(project) | expected_sizes(project.folders, records)
    return report_card(known, everything, rules=rules, sizes=records, reason=reason)


def _overview_rows(
    studies: Iterable[
        tuple[Study, dict[str, DataEfficiency], dict[str, Budget], Originals]
    ],
) -> list[Row]:
    """Return the rows of the studies that have budgets."""
    rows = (row(*each) for each in studies)
    return [each for each in rows if each is not None]


def _captions(everything: tuple[StudyResults, ...]) -> dict[str, str]:
    """Return the caption of every figure that is drawn, by the name of its file."""
    found = {}
    shown = (
        (r.study, r.default.data, r.default.budget, r.default.original)
        for r in everything
    )
    if rows := _overview_rows(shown):
        found["figure1_caption.tex"] = FIGURES["figure1"].caption(rows)
    for results in everything:
        for slug, records in available(results.default).items():
            name = f"{results.study.name}_{slug}_caption.tex"
            found[name] = caption(
                slug, results.study, *records, warnings=results.default.warnings
            )
    return found
