"""The graph of the build as JSON: `python -m value_scaling.commands.build.graph`.

make/build.py reads it again when a study file or a source changes, or when an archive
appears or disappears. Paths are relative to the checkout. `stages` has the stages of
each study. `joint` has the stages over several studies, and their `each` lists the
files that they read for each study. `others` has the stages of runs that others made,
which belong to no study. `deciding` has the archives whose content decides
what a study file leaves out, or why a study cannot be read.
"""

import json
import sys
from typing import Any

from value_scaling.commands.build.external_stages import ExternalStages
from value_scaling.commands.build.size_stages import SizeStages
from value_scaling.commands.build.sources import sources_of
from value_scaling.commands.build.study_stages import (
    LOCK,
    StudyStages,
    command_line,
    expected_files,
    named_after,
    relative,
)
from value_scaling.records import ScalingError
from value_scaling.store.project import Project
from value_scaling.store.studies.load import list_studies
from value_scaling.store.studies.model_size import list_size_studies, load_size_study
from value_scaling.workflow.pipeline import (
    BUDGET,
    DATA_EFFICIENCY,
)

_DRAWN = ("pdf", "png")


def graph(project: Project) -> dict[str, Any]:
    """Return the studies, the stages, and the archives whose presence decides them."""
    found: dict[str, Any] = {"studies": {}, "problems": {}, "stages": {}, "joint": {}}
    watched: set[str] = set()
    deciding: set[str] = set()
    overview, generated = {}, {}
    for name in list_studies(project.folders):
        try:
            study = project.study(name)
        except ScalingError as error:
            found["problems"][name] = str(error)
            deciding.update(named_after(project, name))
            continue
        own = StudyStages(project, study)
        deciding.update(own.described_by[1:])
        watched.update(own.possible_archives())
        found["stages"] |= own.stages()
        found["studies"][name] = {
            "sets": project.sets(study),
            "absent": own.absent(),
            "records": own.record_stages(),
        }
        if not project.sets(study) or study.has_several_sizes:
            continue
        generated[name] = own.reported()
        if own.has(BUDGET):
            overview[name] = [
                *own.files(DATA_EFFICIENCY),
                *own.files(BUDGET),
                *own.described_by,
            ]
    for each in (
        () if project.folders.fresh else map(load_size_study, list_size_studies())
    ):
        size_stages = SizeStages(project, each)
        watched.update(size_stages.archives())
        found["stages"] |= size_stages.stages()
        found["studies"][each.name] = {
            "sets": size_stages.present(),
            "absent": size_stages.absent(),
            "records": size_stages.record_stages(),
        }
        if size_stages.present():
            generated[each.name] = size_stages.reported()
    others = ExternalStages(project)
    found["stages"] |= others.stages()
    found["others"] = sorted(others.stages())
    watched.update(others.tables())
    folders = project.folders
    sources = sources_of("value_scaling.commands.results.paper")
    expected = expected_files(project)
    figure1 = [relative(project, folders.figures / f"figure1.{s}") for s in _DRAWN]
    found["joint"] = {
        "overview": {
            "command": command_line("overview"),
            "inputs": [*sources, LOCK, *expected, *others.read()],
            "outputs": figure1,
            "each": overview,
        },
        "generated": {
            "command": command_line("paper"),
            "inputs": [*sources, LOCK, *expected, *others.read()],
            "outputs": [relative(project, folders.generated / "numbers.tex")],
            "each": generated,
        },
    }
    return found | {"watched": sorted(watched), "deciding": sorted(deciding)}


def main() -> int:
    """Print the graph of this checkout and return the exit code."""
    try:
        json.dump(graph(Project.at()), sys.stdout)
    except ScalingError as error:
        print(f"scaling: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
