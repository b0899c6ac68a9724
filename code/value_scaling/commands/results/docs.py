"""`scaling docs`: the generated parts of README and docs."""

import json
from pathlib import Path
from typing import Any

import click

from value_scaling.commands.options import ProjectOptions, command
from value_scaling.commands.results.external_results import external_results
from value_scaling.commands.results.paper import card_of, load_everything
from value_scaling.commands.results.recommended import EXAMPLES, recommendations
from value_scaling.commands.results.tutorial import TUTORIAL, tutorial_parts
from value_scaling.records import ScalingError
from value_scaling.report.documents import (
    facts,
    names,
    of_files,
    of_studies,
    with_parts,
)
from value_scaling.report.documents.external import external_facts
from value_scaling.report.documents.facts import card_facts
from value_scaling.report.documents.findings import SET
from value_scaling.report.external.figures import EXTERNAL_FIGURES
from value_scaling.store.files.atomic import replace_if_changed
from value_scaling.store.files.outputs import save_json, save_text
from value_scaling.store.project import Project
from value_scaling.store.studies.external import list_external_studies

DOCUMENTS = (
    "README.md",
    *(
        f"docs/{n}.md"
        for n in (
            "results",
            "external",
            "performance",
            "figures",
            "recommend",
            "tutorial",
            "bundled_study",
        )
    ),
)
RESULTS = "docs/results.json"
MEASURED = (
    "docs/measured.json",
    "docs/commands.json",
    "docs/gpu.json",
    "docs/next_runs.json",
    "docs/scale.json",
)


@command("docs")
@click.pass_obj
def docs(checkout: ProjectOptions) -> None:
    """Write the parts of README and docs that come from records and measurements.

    Parts about a study whose runs are not here stay as they are.
    """
    project = Project.at(checkout.root, runs="published")
    root = project.folders.root
    here = [name for name in SET if project.sets(project.study(name))]
    everything = load_everything(project, here)
    known = _read(root / RESULTS)
    known["studies"] |= {each.study.name: facts(each) for each in everything}
    card = card_facts(card_of(project, everything))
    known["card"] |= {name: own for name, own in card.items() if name in here}
    others = external_results(project)
    all_others = len(others) == len(list_external_studies())
    if all_others:
        known["external"] = external_facts(others)
    else:
        print("Parts about runs of others stay, because not all of them are here")
    made = of_files(known, *(_read(root / name) for name in MEASURED))
    made |= of_studies(everything)
    for each in everything:
        if each.study.name == TUTORIAL:
            made |= tutorial_parts(each)
    options = ProjectOptions(root, runs="published")
    made |= {
        f"recommendations of {name}": recommendations(options, name)
        for name in EXAMPLES
        if name in here
    }
    save_json(root / RESULTS, known)
    for name in DOCUMENTS:
        text = (root / name).read_text(encoding="utf-8")
        save_text(root / name, with_parts(text, made, where=name))
        for part in sorted(set(names(text)) - made.keys()):
            print(f"{name}: {part} stays as it is, because its runs are not here")
    _picture(project, "figure1", whole=len(here) == len(SET))
    for slug in EXTERNAL_FIGURES:
        _picture(project, slug, whole=all_others)


def _picture(project: Project, slug: str, *, whole: bool) -> None:
    """Copy a figure to the docs if it shows every study."""
    drawn = project.folders.figures / f"{slug}.png"
    if whole and drawn.exists():
        target = project.folders.root / "docs" / drawn.name
        replace_if_changed(target, drawn.read_bytes())


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ScalingError(
            path,
            found=str(error),
            expected="JSON that `make docs` or `make bench` wrote",
            fix=f"restore it: git checkout {path}",
        ) from error
