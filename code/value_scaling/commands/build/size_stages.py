"""The stages of a study of σ and N, with the files that each reads and writes."""

from typing import Any

from value_scaling.commands.build.sources import PACKAGE, sources_of
from value_scaling.commands.build.study_stages import (
    LOCK,
    command_line,
    relative,
    size_templates,
)
from value_scaling.records.model_size.study import SizeStudy
from value_scaling.store.project import Project
from value_scaling.workflow.pipeline import MODEL_SIZE

_RUNNER = "value_scaling.commands.sizes.running"
"""The module that makes the record."""


class SizeStages:
    """The record of one study of σ and N, and its figures with their page."""

    def __init__(self, project: Project, study: SizeStudy) -> None:
        self.project, self.study = project, study
        self.study_file = relative(
            project, PACKAGE / "studies" / "model_size" / f"{study.name}.toml"
        )
        self.record = relative(
            project, project.folders.derived / study.name / MODEL_SIZE.file
        )
        self.expected = relative(
            project, project.folders.expected / "model_size" / f"{study.name}.toml"
        )

    def archives(self) -> list[str]:
        """Return every archive whose presence decides what there is."""
        folder = self.project.folders.archives
        return [relative(self.project, folder / file) for file in self.study.files]

    def present(self) -> list[str]:
        """Return the names of the archives that are here."""
        folder = self.project.folders.archives
        return [file for file in self.study.files if (folder / file).exists()]

    def absent(self) -> list[str]:
        """Return the names of the archives that are not here."""
        here = self.present()
        return [file for file in self.study.files if file not in here]

    def record_stages(self) -> list[str]:
        """Return the names of the stages that make records."""
        return [self._name(MODEL_SIZE.command)] if self.present() else []

    def reported(self) -> list[str]:
        """Return the files of the study that the report reads."""
        return [self.record, self.study_file, self.expected, *self._here()]

    def stages(self) -> dict[str, dict[str, Any]]:
        """Return the command of each stage and the files that it reads and writes."""
        if not self.present():
            return {}
        folder = self.project.folders.figures
        return {
            self._name(MODEL_SIZE.command): {
                "command": command_line(MODEL_SIZE.command, self.study.name),
                "inputs": [
                    *sources_of(_RUNNER),
                    LOCK,
                    self.study_file,
                    self.expected,  # the command also prints the report card
                    *self._here(),
                ],
                "outputs": [self.record],
                "log": True,
            },
            self._name("figures"): {
                "command": command_line("size-figures", self.study.name),
                "inputs": [
                    *sources_of("value_scaling.commands.sizes.size_figures"),
                    *size_templates(self.project),
                    LOCK,
                    *self.reported(),
                ],
                "outputs": [
                    relative(self.project, folder / f"{self.study.name}_report.html")
                ],
                "log": True,
            },
        }

    def _here(self) -> list[str]:
        folder = self.project.folders.archives
        return [relative(self.project, folder / file) for file in self.present()]

    def _name(self, command: str) -> str:
        return f"{self.study.name}.{command}"
