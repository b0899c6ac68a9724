"""The stages of runs that others made, with the files that each reads and writes."""

from typing import Any

from value_scaling.commands.build.sources import PACKAGE, sources_of
from value_scaling.commands.build.study_stages import LOCK, command_line, relative
from value_scaling.commands.external.running import has_tables, record_path
from value_scaling.records.external.study import ExternalStudy
from value_scaling.store.project import Project
from value_scaling.store.studies.external import (
    list_external_studies,
    load_external_study,
)
from value_scaling.workflow.pipeline import EXTERNAL

RUNNER = "value_scaling.commands.external.external_command"


class ExternalStages:
    """The stages of all studies of runs of others; fresh runs have none."""

    def __init__(self, project: Project) -> None:
        self.project = project
        names = () if project.folders.fresh else list_external_studies()
        self.studies = tuple(map(load_external_study, names))
        self.here = [s for s in self.studies if has_tables(project.folders, s)]

    def tables(self) -> list[str]:
        """Return every table whose presence decides which stages there are."""
        return [path for study in self.studies for path in self._tables(study)]

    def stages(self) -> dict[str, dict[str, Any]]:
        """Return the command of each stage and the files that it reads and writes."""
        return {
            f"{study.name}.{EXTERNAL.name}": self._stage(study) for study in self.here
        }

    def read(self) -> list[str]:
        """Return the files that the report reads."""
        return [
            path
            for study in self.here
            for path in (
                relative(self.project, record_path(self.project.folders, study)),
                self._file(study),
                *self._tables(study),
            )
        ]

    def _stage(self, study: ExternalStudy) -> dict[str, Any]:
        return {
            "command": command_line(EXTERNAL.command, study.name),
            "inputs": [
                *sources_of(RUNNER),
                LOCK,
                self._file(study),
                *self._tables(study),
            ],
            "outputs": [
                relative(self.project, record_path(self.project.folders, study))
            ],
            "log": True,
        }

    def _file(self, study: ExternalStudy) -> str:
        path = PACKAGE / "studies" / "external" / f"{study.name}.toml"
        return relative(self.project, path)

    def _tables(self, study: ExternalStudy) -> list[str]:
        folder = self.project.folders.archives
        return [relative(self.project, folder / file) for file in study.files]
