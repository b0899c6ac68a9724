"""Where and how groups are trained."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from value_scaling.records.training import Training
from value_scaling.sweep.run.loggers import Sinks


@dataclass(frozen=True)
class TrainingContext:
    """Where and how groups are trained."""

    folder: Path
    """Folder of finished settings, e.g. data/runs/classic/sweep, and of their
    checkpoints."""
    training: Training
    provenance: dict[str, Any]
    layout: str = ""
    """One of `mapping.LAYOUTS`; empty to choose it by the device of the training
    process."""
    checkpoint_seconds: float = 120.0
    sinks: Sinks = field(default_factory=Sinks)
    processes: int = 1
    """Number of processes that share this host's memory."""
    targets: Mapping[str, float] = field(default_factory=dict)
    """Return after which the runs of a setting end, for each task whose runs may end
    early; see `SetPlan.targets`."""
    stop: Path | None = None
    """If this file appears, training saves and stops, as after a signal."""
