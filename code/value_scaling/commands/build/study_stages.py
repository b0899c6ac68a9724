"""The stages of one study, with the files that each reads and writes."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from value_scaling.commands.build.sources import PACKAGE, sources_of
from value_scaling.records import SETS, VARIANTS, Study
from value_scaling.records.stage import Stage
from value_scaling.store.project import Project
from value_scaling.store.studies.complete import archive_file
from value_scaling.workflow.pipeline import (
    BUDGET,
    DIAGNOSTICS,
    HYPERPARAMETERS,
    MODEL_SIZE,
    STAGES,
    WARNINGS,
)

RUNNER = "value_scaling.commands.stages.running"
"""The module that runs every stage."""
NOTEBOOKS: dict[str, Stage[Any]] = {
    "analyze_grid_search": HYPERPARAMETERS,
    "analyze_fitted": BUDGET,
    "analyze_diagnostics": DIAGNOSTICS,
    "explore": BUDGET,
}
"""Notebooks, and the stage that each needs."""


LOCK = "code/locks/cpu.txt"
"""An input of every stage: other versions of libraries may give other results."""


def size_templates(project: Project) -> list[str]:
    """Return the templates of the page of a study of σ and N."""
    report = PACKAGE / "report"
    pages = (report / "sizes" / "template").glob("*.html")
    paths = [*sorted(pages), report / "html" / "template" / "page.css"]
    return [relative(project, path) for path in paths]


class StudyStages:
    """The stages of one study."""

    def __init__(self, project: Project, study: Study) -> None:
        self.project, self.study = project, study
        folders = project.folders
        self.archives = [
            self._path(folders.archive(study, name)) for name in project.sets(study)
        ]
        bundled = PACKAGE / "studies" / f"{study.name}.toml"
        own = folders.studies / bundled.name
        study_file = self._path(bundled if bundled.exists() else own)
        self.described_by = [study_file, *self._deciding()]

    def _deciding(self) -> list[str]:
        """Return the archive that decides what the study file leaves out, if any."""
        if not self.study.defaults:
            return []
        published = Project.at(self.project.folders.root, runs="published")
        study = published.study(self.study.name)
        sets = published.sets(study)[:1]
        return [self._path(published.folders.archive(study, each)) for each in sets]

    def has(self, stage: Stage[Any]) -> bool:
        return self.project.makes(self.study, stage)

    def files(self, stage: Stage[Any]) -> list[str]:
        """Return the files of a record: one for each variant, or one for both."""
        paths = (self.project.path(self.study, stage, v) for v in VARIANTS)
        return [self._path(path) for path in dict.fromkeys(paths)]

    def name(self, stage: Stage[Any]) -> str:
        """Return the name that make uses for the command of a stage."""
        words = (self.study.name, stage.command, stage.argument)
        return ".".join(filter(None, words))

    def stages(self) -> dict[str, dict[str, Any]]:
        """Return the command of each stage and the files that it reads and writes."""
        found: dict[str, dict[str, Any]] = {}
        if not self.archives:
            return found
        if self.study.has_several_sizes:
            return {
                self.name(MODEL_SIZE): self._sizes(),
                f"{self.study.name}.figures": self._size_figures(),
            }
        for stage in filter(self.has, STAGES):
            more = filter(None, (stage.argument,))
            rule = found.setdefault(
                self.name(stage),
                {
                    "command": command_line(stage.command, self.study.name, *more),
                    "inputs": [*sources_of(RUNNER), LOCK, *self.described_by],
                    "outputs": [],
                    # Doubts are for every reader; tables are looked up.
                    "log": stage is not WARNINGS,
                },
            )
            module, _, _ = stage.function.partition(":")
            read = {*sources_of(module)}.union(
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
        found[f"{self.study.name}.report"] = self._page()
        if self.project.folders.fresh and (compared := self._comparison()):
            found[f"{self.study.name}.compare"] = compared
        return found

    def record_stages(self) -> list[str]:
        """Return the names of the stages that make records."""
        if self.archives and self.study.has_several_sizes:
            return [self.name(MODEL_SIZE)]
        makes = filter(self.has, STAGES if self.archives else ())
        return list(dict.fromkeys(self.name(stage) for stage in makes))

    def reported(self) -> list[str]:
        """Return the files of a study that the report reads."""
        folders = self.project.folders
        training = f"training/{self.study.name}.toml"
        return [
            *self._records(),
            *self.archives,
            *(path.removesuffix(".zip") + ".hours.json" for path in self.archives),
            *self.described_by[:1],
            self._path(PACKAGE / "studies" / training),
            self._path(folders.studies / training),
        ]

    def absent(self) -> list[str]:
        """Return the archives that the study file names and that are not here."""
        here = self.project.sets(self.study)
        rules = self.study.archives.items()
        return [rule.file for name, rule in rules if name not in here]

    def possible_archives(self) -> Iterator[str]:
        """Yield every archive whose presence decides which stages there are."""
        yield from named_after(self.project, self.study.name)
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
        without = None if name == "explore" else DIAGNOSTICS
        drawn = [*self._records(without=without), *self.archives]
        if NOTEBOOKS[name] is DIAGNOSTICS:
            drawn = self.files(DIAGNOSTICS)
        if NOTEBOOKS[name] is BUDGET:
            drawn += expected_files(self.project)
        run = "value_scaling.notebook_run"
        return {
            "command": ["-m", run, source, out, "-p", "study", self.study.name],
            "inputs": [
                *sources_of(run, notebook=self.project.folders.root / source),
                LOCK,
                source,
                *self.described_by,
                *[path for path in drawn if path not in self.described_by],
            ],
            "outputs": [f"{out}.html", f"{out}.ipynb"],
        }

    def _sizes(self) -> dict[str, Any]:
        """Return the rule of `model-size`, the only fit of a study with several N."""
        return {
            "command": command_line(MODEL_SIZE.command, self.study.name),
            "inputs": [
                *sources_of("value_scaling.commands.sizes.model_size"),
                LOCK,
                *dict.fromkeys([*self.described_by, *self.archives]),
            ],
            "outputs": list(dict.fromkeys(self.files(MODEL_SIZE))),
            "log": True,
        }

    def _size_figures(self) -> dict[str, Any]:
        """Return the rule of the figures of a study with several N, and their page."""
        return {
            "command": command_line("size-figures", self.study.name),
            "inputs": [
                *sources_of("value_scaling.commands.sizes.size_figures"),
                *size_templates(self.project),
                LOCK,
                *dict.fromkeys(
                    [*self.described_by, *self.archives, *self.files(MODEL_SIZE)]
                ),
            ],
            "outputs": [self._path(self.project.folders.report(self.study))],
            "log": True,
        }

    def _page(self) -> dict[str, Any]:
        """Return the rule of `report`, the HTML page of the study."""
        template = (PACKAGE / "report" / "html" / "template").iterdir()
        return {
            "command": command_line("report", self.study.name),
            "inputs": [
                *sources_of("value_scaling.commands.results.html_report"),
                *sorted(self._path(path) for path in template),
                LOCK,
                *expected_files(self.project),
                *self.reported(),
            ],
            "outputs": [self._path(self.project.folders.report(self.study))],
            "log": True,
        }

    def _comparison(self) -> dict[str, Any] | None:
        """Return the rule of `compare`; None: no set is both fresh and published."""
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
            "command": command_line("compare", name),
            "inputs": [
                *sources_of("value_scaling.commands.results.compare_runs"),
                LOCK,
                *self.described_by,
                *read,
            ],
            "outputs": [out],
        }

    def _path(self, path: Path) -> str:
        return relative(self.project, path)


def named_after(project: Project, name: str) -> list[str]:
    """Return the archives that a study has if its file names none."""
    folder = project.folders.archives
    return [relative(project, folder / archive_file(name, each)) for each in SETS]


def expected_files(project: Project) -> list[str]:
    """Return the files of published numbers."""
    paths = project.folders.expected.glob("*.toml")
    return sorted(relative(project, path) for path in paths)


def command_line(*words: str) -> list[str]:
    return ["-m", "value_scaling", *words]


def relative(project: Project, path: Path) -> str:
    """Return a path relative to the checkout."""
    return os.path.relpath(path, project.folders.root)
