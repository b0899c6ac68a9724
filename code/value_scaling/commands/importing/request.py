"""The arguments and options of `scaling import`."""

from dataclasses import dataclass

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
