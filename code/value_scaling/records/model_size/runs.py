"""Runs that differ in σ and N, as an archive holds them."""

from dataclasses import dataclass

from value_scaling.records.model_size.study import SizeArchive, SizeGroup
from value_scaling.records.runs import Curves


@dataclass(frozen=True)
class SizeRuns:
    """The curves of one metric of an archive, sorted by setting."""

    group: SizeGroup
    archive: SizeArchive
    curves: tuple[Curves, ...]
    """Curves whose settings all have a model size."""
    passive_sizes: tuple[int, ...]
    """Number of parameters of the passive critic that was trained beside each setting's
    critic; 0 if there is none."""
    skipped: int
    """Number of settings that the study file leaves out."""
    digest: str
    """SHA-256 of the archive."""
