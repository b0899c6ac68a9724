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
from value_scaling.records import SETS, VARIANTS, ScalingError, Study
from value_scaling.store.pipeline import STAGES
from value_scaling.store.project import Project
from value_scaling.store.studies.load import list_studies

PACKAGE = Path(value_scaling.__file__).parent
MODULES = {"law_choice": "value_scaling.commands.laws"}
"""The modules of stages that are not in `analysis`, by record."""
NOTEBOOKS = {
    "analyze_grid_search": "hyperparameters",
    "analyze_fitted": "budget",
    "analyze_diagnostics": "diagnostics",
}
"""Each notebook, and the record without which it is left out."""


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
        if own.has("budget"):
            overview[name] = [
                *own.files("data_efficiency"),
                *own.files("budget"),
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

    def has(self, record: str) -> bool:
        return self.project.makes(self.study, record)

    def files(self, record: str) -> list[str]:
        """The files of a record, of both variants or of one."""
        paths = (self.project.path(self.study, v, record) for v in VARIANTS)
        return [self._path(path) for path in dict.fromkeys(paths)]

    def stage(self, record: str) -> str:
        """The name of the stage that makes a record."""
        command = STAGES[record].command
        part = f".{record}" if record in SETS else ""
        return f"{self.study.name}.{command}{part}"

    def stages(self) -> dict[str, dict[str, Any]]:
        """Return the command of each stage and the files that it reads and writes."""
        found: dict[str, dict[str, Any]] = {}
        if not self.archives:
            return found
        for record in filter(self.has, STAGES):
            part = (record,) if record in SETS else ()
            stage = found.setdefault(
                self.stage(record),
                {
                    "command": _command(STAGES[record].command, self.study.name, *part),
                    "inputs": [
                        *_sources(
                            MODULES.get(record, "value_scaling.commands.analysis")
                        ),
                        _LOCK,
                        self.study_file,
                    ],
                    "outputs": [],
                },
            )
            read = (
                self._path(path)
                for variant in VARIANTS
                for path in self.project.sources(self.study, variant, record)
            )
            new = set(read) - {*stage["inputs"], *stage["outputs"]}
            stage["inputs"] += sorted(new)
            stage["outputs"] += self.files(record)
        for notebook, record in NOTEBOOKS.items():
            if self.has(record):
                found[f"{self.study.name}.{notebook}"] = self._notebook(notebook)
        if self.project.folders.fresh and (compared := self._comparison()):
            found[f"{self.study.name}.compare"] = compared
        return found

    def record_stages(self) -> list[str]:
        """Names of the stages that make records."""
        makes = filter(self.has, STAGES if self.archives else ())
        return list(dict.fromkeys(self.stage(record) for record in makes))

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

    def _records(self, *, without: str = "") -> list[str]:
        names = (name for name in STAGES if name != without)
        return [file for name in filter(self.has, names) for file in self.files(name)]

    def _notebook(self, name: str) -> dict[str, Any]:
        source = f"notebooks/{name}.ipynb"
        out = self._path(self.project.folders.build) + (
            f"/notebooks/{self.study.name}_{name}"
        )
        drawn = [*self._records(without="diagnostics"), *self.archives]
        if NOTEBOOKS[name] == "diagnostics":
            drawn = self.files("diagnostics")
        if NOTEBOOKS[name] == "budget":
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
