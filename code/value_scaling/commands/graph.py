"""The graph of the build as JSON: `python -m value_scaling.commands.graph`.

make/build.py asks for it when a study file, a source or the presence of an archive has
changed. Paths are relative to the checkout. `stages` are those of each study; `joint`
ones cover several studies, and their `each` says what they read of each study.
"""

import ast
import contextlib
import json
import os
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import value_scaling
from value_scaling.records import VARIANTS, ScalingError, Study
from value_scaling.records.stage import Stage
from value_scaling.store.project import Project
from value_scaling.store.studies.load import list_studies
from value_scaling.workflow.pipeline import (
    BUDGET,
    DATA_EFFICIENCY,
    DIAGNOSTICS,
    HYPERPARAMETERS,
    STAGES,
)

PACKAGE = Path(value_scaling.__file__).parent
RUNNER = "value_scaling.commands.stages.running"
"""The module that runs every stage."""
NOTEBOOKS: dict[str, Stage[Any]] = {
    "analyze_grid_search": HYPERPARAMETERS,
    "analyze_fitted": BUDGET,
    "analyze_diagnostics": DIAGNOSTICS,
}
"""Each notebook, and the stage without which it is left out."""


def graph(project: Project) -> dict[str, Any]:
    """Return studies, stages and the archives whose presence they depend on."""
    found: dict[str, Any] = {"studies": {}, "problems": {}, "stages": {}, "joint": {}}
    watched: set[str] = set()
    overview, report = {}, {}
    for name in list_studies(project.folders):
        try:
            study = project.study(name)
        except ScalingError as error:
            found["problems"][name] = str(error)
            continue
        own = _Own(project, study)
        watched.update(own.possible_archives())
        found["stages"] |= own.stages()
        found["studies"][name] = {
            "sets": project.sets(study),
            "absent": own.absent(),
            "records": own.record_stages(),
        }
        if not project.sets(study):
            continue
        report[name] = own.reported()
        if own.has(BUDGET):
            overview[name] = [
                *own.files(DATA_EFFICIENCY),
                *own.files(BUDGET),
                own.study_file,
            ]
    folders = project.folders
    sources = _sources("value_scaling.commands.paper")
    expected = _expected(project)
    figure1 = [_relative(project, folders.figures / f"figure1.{s}") for s in _DRAWN]
    found["joint"] = {
        "overview": {
            "command": _command("overview"),
            "inputs": [*sources, _LOCK, *expected],
            "outputs": figure1,
            "each": overview,
        },
        "report": {
            "command": _command("report"),
            "inputs": [*sources, _LOCK, *expected],
            "outputs": [_relative(project, folders.generated / "numbers.tex")],
            "each": report,
        },
    }
    return found | {"watched": sorted(watched)}


_DRAWN = ("pdf", "png")
_FOUND = {"value_scaling.report.figures"}
"""Packages that import each module in their folder."""
_LOCK = "code/locks/cpu.txt"
"""Other versions of libraries may give other results."""


class _Own:
    """The stages of one study."""

    def __init__(self, project: Project, study: Study) -> None:
        self.project, self.study = project, study
        folders = project.folders
        self.archives = [
            self._path(folders.archive(study, name)) for name in project.sets(study)
        ]
        bundled = PACKAGE / "studies" / f"{study.name}.toml"
        own = folders.studies / bundled.name
        self.study_file = self._path(bundled if bundled.exists() else own)

    def has(self, stage: Stage[Any]) -> bool:
        return self.project.makes(self.study, stage)

    def files(self, stage: Stage[Any]) -> list[str]:
        """The files of a record, of both variants or of one."""
        paths = (self.project.path(self.study, stage, v) for v in VARIANTS)
        return [self._path(path) for path in dict.fromkeys(paths)]

    def name(self, stage: Stage[Any]) -> str:
        """The name in make of the command that makes a record."""
        words = (self.study.name, stage.command, stage.argument)
        return ".".join(filter(None, words))

    def stages(self) -> dict[str, dict[str, Any]]:
        """Return the command of each stage and the files that it reads and writes."""
        found: dict[str, dict[str, Any]] = {}
        if not self.archives:
            return found
        for stage in filter(self.has, STAGES):
            more = filter(None, (stage.argument,))
            rule = found.setdefault(
                self.name(stage),
                {
                    "command": _command(stage.command, self.study.name, *more),
                    "inputs": [*_sources(RUNNER), _LOCK, self.study_file],
                    "outputs": [],
                },
            )
            module, _, _ = stage.function.partition(":")
            read = {*_sources(module)}.union(
                self._path(path)
                for variant in VARIANTS
                for path in self.project.sources(self.study, stage, variant)
            )
            new = read - {*rule["inputs"], *rule["outputs"]}
            rule["inputs"] += sorted(new)
            rule["outputs"] += self.files(stage)
        for notebook, stage in NOTEBOOKS.items():
            if self.has(stage):
                found[f"{self.study.name}.{notebook}"] = self._notebook(notebook)
        if self.project.folders.fresh and (compared := self._comparison()):
            found[f"{self.study.name}.compare"] = compared
        return found

    def record_stages(self) -> list[str]:
        """Names of the stages that make records."""
        makes = filter(self.has, STAGES if self.archives else ())
        return list(dict.fromkeys(self.name(stage) for stage in makes))

    def reported(self) -> list[str]:
        """What the report reads of a study: records, archives, how they were made."""
        folders = self.project.folders
        training = f"training/{self.study.name}.toml"
        return [
            *self._records(),
            *self.archives,
            *(path.removesuffix(".zip") + ".hours.json" for path in self.archives),
            self.study_file,
            self._path(PACKAGE / "studies" / training),
            self._path(folders.studies / training),
        ]

    def absent(self) -> list[str]:
        """Archives that the study file names and that are not here."""
        here = self.project.sets(self.study)
        rules = self.study.archives.items()
        return [rule.file for name, rule in rules if name not in here]

    def possible_archives(self) -> Iterator[str]:
        """Every archive whose presence decides which stages there are."""
        for kind in ("published", "fresh"):
            project = Project.at(self.project.folders.root, runs=kind)
            study = project.study(self.study.name)
            for name in study.archives:
                yield self._path(project.folders.archive(study, name))

    def _records(self, *, without: Stage[Any] | None = None) -> list[str]:
        stages = (stage for stage in STAGES if stage is not without)
        return [file for each in filter(self.has, stages) for file in self.files(each)]

    def _notebook(self, name: str) -> dict[str, Any]:
        source = f"notebooks/{name}.ipynb"
        out = self._path(self.project.folders.build) + (
            f"/notebooks/{self.study.name}_{name}"
        )
        drawn = [*self._records(without=DIAGNOSTICS), *self.archives]
        if NOTEBOOKS[name] is DIAGNOSTICS:
            drawn = self.files(DIAGNOSTICS)
        if NOTEBOOKS[name] is BUDGET:
            drawn += _expected(self.project)
        run = "value_scaling.notebook_run"
        return {
            "command": ["-m", run, source, out, "-p", "study", self.study.name],
            "inputs": [
                *_sources(run, notebook=self.project.folders.root / source),
                _LOCK,
                source,
                self.study_file,
                *drawn,
            ],
            "outputs": [f"{out}.html", f"{out}.ipynb"],
        }

    def _comparison(self) -> dict[str, Any] | None:
        """The fresh archives beside the published ones, where both are here."""
        root, name = self.project.folders.root, self.study.name
        published = Project.at(root, runs="published")
        theirs = published.study(name)
        if not set(published.sets(theirs)) & set(self.project.sets(self.study)):
            return None
        read = [
            self._path(path)
            for project, study in ((published, theirs), (self.project, self.study))
            for set_name in study.archives
            for path in (
                project.folders.archive(study, set_name),
                project.folders.partial(study, set_name),
            )
        ]
        out = self._path(self.project.folders.build) + f"/comparison/{name}.md"
        return {
            "command": _command("compare", name),
            "inputs": [
                *_sources("value_scaling.commands.comparison"),
                _LOCK,
                self.study_file,
                *read,
            ],
            "outputs": [out],
        }

    def _path(self, path: Path) -> str:
        return _relative(self.project, path)


def _expected(project: Project) -> list[str]:
    """The files of published numbers."""
    paths = project.folders.expected.glob("*.toml")
    return sorted(_relative(project, path) for path in paths)


def _command(*words: str) -> list[str]:
    return ["-m", "value_scaling", *words]


def _relative(project: Project, path: Path) -> str:
    """The path as make's Python sees it from the checkout."""
    return os.path.relpath(path, project.folders.root)


@cache
def _sources(module: str, *, notebook: Path | None = None) -> list[str]:
    """Return the files of a module of ours and of all that it imports, however deep."""
    todo = [module, *(_cells_imports(notebook) if notebook else ())]
    found: dict[str, Path | None] = {}
    while todo:
        name = todo.pop()
        while name.partition(".")[0] == PACKAGE.name and name not in found:
            found[name] = path = _file(name)
            todo += _imports(path.read_text(encoding="utf-8")) if path else ()
            if path and name in _FOUND:
                todo += (f"{name}.{each.stem}" for each in path.parent.glob("*.py"))
            name = name.rpartition(".")[0]
    root = PACKAGE.parents[1]
    return sorted(os.path.relpath(path, root) for path in found.values() if path)


def _file(name: str) -> Path | None:
    """The source of a module or package; None: the name is of something in one."""
    path = PACKAGE.parent.joinpath(*name.split("."))
    both = (path.with_suffix(".py"), path / "__init__.py")
    return next((each for each in both if each.is_file()), None)


def _cells_imports(notebook: Path) -> list[str]:
    """What the cells import; one that cannot be read fails when it runs."""
    found: list[str] = []
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
            with contextlib.suppress(SyntaxError):
                found += _imports("".join(cell["source"]))
    return found


def _imports(source: str) -> Iterable[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def main() -> int:
    """Print the graph of the checkout around here; the exit code."""
    try:
        json.dump(graph(Project.at()), sys.stdout)
    except ScalingError as error:
        print(f"scaling: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
