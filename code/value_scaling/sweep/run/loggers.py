"""Copies of the runs for Weights & Biases and TensorBoard, made after they are saved.

Config keys and metric names are those of the authors' runs, so their tools can read
ours: `env_name`, `utd_ratio`, `batch_size`, `agent.critic_lr`; `episode/return`,
`training/critic_loss`, `val/critic_loss`, ... The files are authoritative: if a sink
fails, its copy is missing and a message says so, but no run is lost.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from value_scaling.learning.training.curves import RETURNS, Curve
from value_scaling.learning.training.diagnostics import METRICS
from value_scaling.records import ScalingError
from value_scaling.records.axes import AXES

SINKS = ("wandb", "tensorboard")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sinks:
    """Where copies of the runs go."""

    names: tuple[str, ...] = ()
    """Names of the sinks, a subset of `SINKS`."""
    project: str = "value-scaling"
    """Project in Weights & Biases, whose own variables set mode and account."""
    folder: Path = Path()
    """Folder of TensorBoard's files, and of W&B's while it is offline."""


_KEYS = {"utd": "utd_ratio", "learning_rate": "agent.critic_lr"}
"""The authors' keys for axes that have other names here."""


def config(curve: Curve) -> dict[str, Any]:
    """Return the configuration of a run, under the authors' keys."""
    setting = curve.run.setting
    return {
        "env_name": setting.env,
        **{_KEYS.get(name, name): value for name, value in setting.values.items()},
        "seed": curve.run.seed,
        "failed_at": curve.failed_at,
    }


def rows(curve: Curve) -> list[tuple[int, dict[str, float]]]:
    """Return the values logged at each step, under the authors' names, in order.

    Like the arrays of an archive, they have single precision.
    """
    table: dict[int, dict[str, float]] = {}

    def add(steps: np.ndarray, values: np.ndarray, metric: str) -> None:
        for step, value in zip(steps, values, strict=True):
            if np.isfinite(value):
                row = table.setdefault(int(step), {})
                row[metric.replace(".", "/", 1)] = float(np.float32(value))

    add(curve.log_steps, curve.returns, RETURNS)
    for place, metric in enumerate(METRICS):
        add(curve.diagnostic_steps, curve.diagnostics[:, place], metric)
    return sorted(table.items())


def check(sinks: Sinks) -> None:
    """Raise ScalingError if a package that a sink needs is missing."""
    for name in sinks.names:
        try:
            _SINKS[name][0]()
        except ImportError as error:
            raise ScalingError(
                f"logging to {name}",
                found=f"that a package is missing ({error})",
                expected="an installed package",
                fix=f"pip install {_SINKS[name][1]}, or leave out {name}",
            ) from error


def send(curves: Sequence[Curve], sinks: Sinks) -> None:
    """Copy runs to every sink; a failure is reported and has no other effect."""
    for name in sinks.names:
        try:
            _SINKS[name][2](curves, sinks)
        # No exception of a service's client may stop a training whose runs are saved.
        except Exception:
            _log.exception("%s: %s and others were not copied", name, curves[0].run)


def _name(curve: Curve) -> str:
    run = curve.run
    values = "_".join(
        f"{AXES[name].key}{AXES[name].text(value)}"
        for name, value in run.setting.values.items()
    )
    return f"{run.study}_{run.set_name}_{run.setting.env}_{values}_seed_{run.seed}"


def _import_wandb() -> Any:
    import wandb

    return wandb


def _import_tensorboard() -> Any:
    import tensorboardX

    return tensorboardX


def _wandb(curves: Iterable[Curve], sinks: Sinks) -> None:
    wandb = _import_wandb()
    sinks.folder.mkdir(parents=True, exist_ok=True)
    for curve in curves:
        run = wandb.init(
            project=sinks.project,
            group=f"{curve.run.study}_{curve.run.set_name}",
            name=_name(curve),
            config=config(curve),
            dir=str(sinks.folder),
            reinit="finish_previous",
        )
        for step, values in rows(curve):
            run.log(values, step=step)
        run.finish()
    wandb.teardown()  # or files of offline runs would stay incomplete for a while


def _tensorboard(curves: Iterable[Curve], sinks: Sinks) -> None:
    writer_of = _import_tensorboard().SummaryWriter
    for curve in curves:
        with writer_of(str(sinks.folder / "tensorboard" / _name(curve))) as writer:
            writer.add_text("config", repr(config(curve)))
            for step, values in rows(curve):
                for metric, value in values.items():
                    writer.add_scalar(metric, value, step)


_SINKS: dict[str, tuple[Callable, str, Callable]] = {
    "wandb": (_import_wandb, "wandb", _wandb),
    "tensorboard": (_import_tensorboard, "tensorboardX", _tensorboard),
}
