"""The arguments and options of `scaling import`."""

from dataclasses import dataclass
from typing import Any

from value_scaling.importers.options import Rules
from value_scaling.records import SETS

ENDING = ".import.json"
"""End of the name of the report, which lies beside the archive."""


@dataclass(frozen=True)
class ImportRequest:
    """The arguments and options of `scaling import`."""

    study: str
    sources: tuple[str, ...]
    kind: str
    """Name of a source, as in `SOURCES`."""
    rules: Rules
    set_name: str = SETS[0]
    title: str | None = None
    algorithm: str = "not stated"
    model_size: float | None = None
    delta: float | None = None
    is_trial: bool = False
    """Whether to print only the report."""
    replaces: bool = False
    """Whether another archive of that set may be replaced."""
    as_json: bool = False

    @property
    def stated(self) -> dict[str, Any]:
        """Values that options give to the study file."""
        given = {
            "title": self.title,
            "algorithm": self.algorithm,
            "model_size": self.model_size,
            "delta": self.delta,
        }
        return {key: value for key, value in given.items() if value}
