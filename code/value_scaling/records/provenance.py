"""Training settings and costs of runs that `scaling train` made."""

from dataclasses import dataclass

from value_scaling.records.training import Training


@dataclass(frozen=True)
class MadeSet:
    """One archive that `scaling train` wrote."""

    name: str
    """Name of the set: sweep, ours or baseline."""
    settings: int
    runs: int
    failed: int
    """Number of runs whose networks did not stay finite. The archive lacks them."""
    steps: int
    """Environment steps of all runs, up to the last logged one."""
    cpu_hours: float | None
    """Hours of one core; None if they are not recorded beside the archive."""
    cpus: tuple[str, ...]
    commits: tuple[str, ...]
    """Commits of this project, in the order in which the settings name them."""
    packages: tuple[tuple[str, str], ...]
    """Names and versions. A name occurs several times if the runs used several
    versions."""


@dataclass(frozen=True)
class Provenance:
    """The training settings of a study, and the cost of its runs."""

    training: Training
    sets: tuple[MadeSet, ...]
