"""How the runs of a study of our own were made, as their archives and files tell."""

from dataclasses import dataclass

from value_scaling.records.training import Training


@dataclass(frozen=True)
class MadeSet:
    """One archive that `scaling train` wrote."""

    name: str
    """sweep, ours or baseline."""
    settings: int
    runs: int
    failed: int
    """Runs whose networks did not stay finite; they are left out of the archive."""
    steps: int
    """Environment steps of all runs, up to the last logged one."""
    cpu_hours: float | None
    """Of one core; None: not recorded beside the archive."""
    cpus: tuple[str, ...]
    commits: tuple[str, ...]
    """Of this project, in the order in which the settings name them."""
    packages: tuple[tuple[str, str], ...]
    """Names and versions; a name has several, where runs were made with each."""


@dataclass(frozen=True)
class Provenance:
    """The training settings of a study, and what its runs took."""

    training: Training
    sets: tuple[MadeSet, ...]
