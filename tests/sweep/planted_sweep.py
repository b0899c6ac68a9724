"""Runs of the study `tiny` that are written like trained runs but are not trained."""

import zipfile
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from value_scaling.learning.training.curves import RETURNS
from value_scaling.learning.training.diagnostics import METRICS
from value_scaling.records import Proposal, Setting
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import load_study
from value_scaling.store.studies.training import load_training
from value_scaling.sweep.plan.digests import digest
from value_scaling.sweep.plan.finished import FinishedSetting, save_finished
from value_scaling.sweep.plan.sets import SetPlan, plan_set
from value_scaling.sweep.run.context import TrainingContext
from value_scaling.sweep.run.set_archive import write_archive

OLD = {"jax": "0.10.2", "numpy": "2.4.6"}
NEW = {"jax": "0.11.0", "numpy": "2.4.6"}


def plan(
    folders: Folders, set_name: str = "sweep", batch_size: int = 8, name: str = "tiny"
) -> SetPlan:
    study = load_study(name, folders)
    unknown = (np.nan, np.nan)
    proposals = [
        Proposal("Pendulum-v1", utd, 1e-3, batch_size, batch_size, unknown, unknown)
        for utd in (1.0, 2.0)
    ]
    fit: Any = SimpleNamespace(proposals=proposals)
    training = load_training(study, folders)
    return plan_set(study, set_name, training, folders, fit)


def train(
    planned: SetPlan,
    only: Iterable[Setting] | None = None,
    *,
    value: float = 1.0,
    packages: dict[str, str] = OLD,
) -> bool:
    """Invent the runs of the missing settings, and write the archive."""
    settings = [s for group in planned.groups for s in group.settings]
    for setting in settings if only is None else only:
        note: dict[str, Any] = {
            "commit": "abc",
            "packages": packages,
            "cpu": "one",
            "cpu_hours": 0.5,
            "digest": digest(setting, planned.training),
            "seeds": planned.training.seeds,
            "failed": {},
        }
        curve = np.full((3, 3), value + setting.learning_rate, np.float32)
        curve[:, 0] = [500, 750, 1000]
        arrays = dict.fromkeys((RETURNS, *METRICS), curve)
        save_finished(planned.folder, FinishedSetting(setting, arrays, note))
    return write_archive(planned)


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {
            name: archive.read(name)
            for name in archive.namelist()
            if name.endswith(".npy")
        }


def cluster_plan(folders: Folders) -> tuple[SetPlan, TrainingContext]:
    """Return the sweep of `tiny`, with a checkpoint at every opportunity."""
    one = plan(folders)
    provenance = {"commit": "abc", "packages": {}, "cpu": "one"}
    context = TrainingContext(
        one.folder, one.training, provenance, checkpoint_seconds=0.0
    )
    return one, context
