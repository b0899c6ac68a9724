"""A study file that is being completed, and how each added value was found."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Filled:
    """The table of a study file, as TOML gives it, with added values."""

    table: dict[str, Any]
    texts: dict[str, str] = field(default_factory=dict)
    """How each added value was found, by the name of the value."""

    def add(self, key: str, value: Any, text: str) -> None:
        """Add a value, unless the table has one."""
        if key not in self.table:
            self.table[key], self.texts[key] = value, text

    def numbers(self, key: str) -> list[float]:
        """Return a list of numbers in the table; empty if there is no such list."""
        found = self.table.get(key)
        right = isinstance(found, list) and all(
            isinstance(each, int | float) for each in found
        )
        return list(found) if right and found else []

    @property
    def environments(self) -> list[dict[str, Any]]:
        """Tables of the environments that have a name."""
        found = self.table.get("environments")
        tables = found if isinstance(found, list) else []
        return [
            each
            for each in tables
            if isinstance(each, dict) and isinstance(each.get("name"), str)
        ]


def listed(values: Sequence[float]) -> str:
    """Return numbers as a text, separated by commas."""
    return ", ".join(f"{value:g}" for value in values)
