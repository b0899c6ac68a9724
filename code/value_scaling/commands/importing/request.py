"""What `scaling import` is asked to do."""

from dataclasses import dataclass

from value_scaling.importers.options import Rules
from value_scaling.records import SETS

ENDING = ".import.json"
"""End of the report's name, beside the archive."""


@dataclass(frozen=True)
class Import:
    """What `scaling import` is asked to do."""

    study: str
    sources: tuple[str, ...]
    kind: str
    """A name of `SOURCES`."""
    rules: Rules
    set_name: str = SETS[0]
    title: str | None = None
    algorithm: str = "not stated"
    model_size: float | None = None
    delta: float | None = None
    is_trial: bool = False
    """Whether only the report is wanted."""
    replaces: bool = False
    """Whether another archive of that set may be replaced."""
    as_json: bool = False
