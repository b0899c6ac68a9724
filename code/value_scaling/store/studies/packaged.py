"""Study files of one kind that are part of the package."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Generic, TypeVar

from value_scaling.records import ScalingError
from value_scaling.store.files.toml_files import read_toml
from value_scaling.store.files.typed import Mismatch, convert, mismatches, refuse

Kind = TypeVar("Kind")


@dataclass(frozen=True)
class PackagedStudies(Generic[Kind]):
    """The files of one folder below `studies`."""

    folder: str
    kind: type[Kind]
    problems: Callable[[Kind], Iterable[Mismatch]]
    """Yields the inconsistent values of a study, each of which is valid alone."""

    def names(self) -> tuple[str, ...]:
        """Return the sorted names of the studies."""
        return tuple(sorted(path.stem for path in self._files()))

    def load(self, name: str) -> Kind:
        """Read the study called `name`.

        Raises:
            ScalingError: the study does not exist, or its file has a wrong key or
                value.
        """
        path = next((path for path in self._files() if path.stem == name), None)
        if path is None:
            raise ScalingError(
                f"study {name!r}",
                found="no file of that name",
                expected=f"one of {', '.join(self.names())}",
                fix="correct the name",
            )
        return self.read(path)

    def read(self, path: Path) -> Kind:
        """Read one study file."""
        table, content = read_toml(path, "a study file", str(path))
        table |= {"name": path.stem, "digest": hashlib.sha256(content).hexdigest()}
        wrong = list(mismatches(table, self.kind))
        if not wrong:
            study = convert(table, self.kind)
            wrong = list(self.problems(study))
        if wrong:
            raise refuse(path, wrong, "correct the study file")
        return study

    def _files(self) -> tuple[Path, ...]:
        package = resources.files("value_scaling") / "studies" / self.folder
        with resources.as_file(package) as folder:
            return tuple(sorted(folder.glob("*.toml")))
