"""A level without a pooled law, and the runs that block it."""

from collections.abc import Iterable
from dataclasses import dataclass

Cells = dict[str, tuple[float, ...]]
"""Ascending σ, by environment."""

LEAST_UTDS = 3
"""Number of σ that a law of D_J needs, because D_min, β and α are fitted."""
_NUMBERS = ("no UTD reaches", "only one UTD reaches", "only two UTDs reach")
_NAMED = 4
"""Largest number of environments that a message names; the others are counted."""


@dataclass(frozen=True)
class Blocked:
    """The reason why there is no law of D_J at one level."""

    level: float
    """The level J."""
    utds: tuple[float, ...]
    """σ at which every environment reaches J."""
    unreached: Cells
    """σ at which the mean over seeds never reaches J."""
    not_run: Cells
    """σ at which an environment has no runs but another environment has."""
    reached: Cells
    """σ at which an environment reaches J."""

    def words(self) -> str:
        """Name the environments, the σ and the level that block the law."""
        goal = f"J = {self.level:g}"
        short = [e for e, utds in self.reached.items() if len(utds) < LEAST_UTDS]
        if short:
            return _listed(
                f"{_NUMBERS[len(self.reached[env])]} {goal} in {env} "
                f"({self._gaps(env)})"
                for env in short
            )
        named = (f"{env}: {self._gaps(env)}" for env in self.reached if self._gaps(env))
        return (
            f"{_NUMBERS[len(self.utds)]} {goal} in every environment ({_listed(named)})"
        )

    def _gaps(self, env: str) -> str:
        gaps = (("not reached at", self.unreached), ("not run at", self.not_run))
        return ", ".join(
            f"{what} UTD {', '.join(f'{utd:g}' for utd in cells[env])}"
            for what, cells in gaps
            if env in cells
        )


def _listed(items: Iterable[str]) -> str:
    every = tuple(items)
    more = len(every) - _NAMED
    shown = every[:_NAMED] + ((f"and {more} more environments",) if more > 0 else ())
    return "; ".join(shown)
