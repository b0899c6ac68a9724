"""Where and how groups are trained."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from value_scaling.records.training import Training
from value_scaling.sweep.run.loggers import Sinks


@dataclass(frozen=True)
class TrainingContext:
    """Where and how groups are trained."""

    folder: Path
    """Finished settings, e.g. data/runs/classic/sweep; checkpoints lie below it."""
    training: Training
    provenance: dict[str, Any]
    layout: str = ""
    """One of `mapping.LAYOUTS`; empty: by the device of the process that trains."""
    checkpoint_seconds: float = 120.0
    sinks: Sinks = field(default_factory=Sinks)
    processes: int = 1
    """That share this host's memory."""
    stop: Path | None = None
    """If this file appears, training saves and stops, as after a signal."""
