"""The runs of a synthetic study, written in the formats of other loggers.

Returns are rounded to a 64th, which single precision and six decimals represent
exactly, so every format returns the same numbers.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util.tensor_util import make_tensor_proto

from value_scaling.records import Runs, Setting

NAME = "{env}__utd{utd}_bs{batch_size}_lr{learning_rate}__{seed}"
"""Name pattern of the folders."""


def rounded(runs: Runs) -> Runs:
    """Return the runs with returns that every format represents exactly."""
    curves = tuple(
        replace(curve, returns=np.round(curve.returns * 64) / 64)
        for curve in runs.curves
    )
    return replace(runs, curves=curves)


@dataclass(frozen=True)
class Run:
    """One seed of one setting."""

    setting: Setting
    seed: int
    steps: np.ndarray
    values: np.ndarray

    @property
    def name(self) -> str:
        s = self.setting
        return (
            f"{s.env}__utd{s.utd:g}_bs{s.batch_size}_lr{s.learning_rate:g}__{self.seed}"
        )

    @property
    def config(self) -> dict[str, object]:
        s = self.setting
        return {
            "env_id": s.env,
            "gradient_steps": s.utd,
            "batch_size": s.batch_size,
            "learning_rate": s.learning_rate,
            "seed": self.seed,
        }


def single(runs: Runs) -> Iterator[Run]:
    """Yield the runs one by one."""
    for curve in runs.curves:
        for seed, values in enumerate(curve.returns.T):
            yield Run(curve.setting, seed, curve.steps, values)


def frame(runs: Runs) -> pd.DataFrame:
    """Return all runs as one long table."""
    return pd.concat(
        [
            pd.DataFrame({**run.config, "global_step": run.steps, "return": run.values})
            for run in single(runs)
        ],
        ignore_index=True,
    )


def write_csv(folder: Path, runs: Runs) -> None:
    """Write one table."""
    frame(runs).to_csv(folder / "table.csv", index=False)


def write_parquet(folder: Path, runs: Runs) -> None:
    """Write one table."""
    frame(runs).to_parquet(folder / "table.parquet")


def write_monitor(folder: Path, runs: Runs) -> None:
    """Write Monitor files as SB3's ResultsWriter does."""
    for run in single(runs):
        write_monitor_file(
            folder / run.name / "monitor.csv",
            run.setting.env,
            np.diff(run.steps, prepend=0),
            run.values,
        )


def write_monitor_file(
    path: Path, env: str, lengths: np.ndarray, returns: np.ndarray
) -> None:
    """Write one Monitor file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wt", newline="\n") as file:
        file.write(f"#{json.dumps({'t_start': 1700000000.25, 'env_id': env})}\n")
        writer = csv.DictWriter(file, fieldnames=("r", "l", "t"))
        writer.writeheader()
        for number, (length, value) in enumerate(zip(lengths, returns, strict=True)):
            writer.writerow(
                {
                    "r": round(float(value), 6),
                    "l": int(length),
                    "t": round(0.5 * (number + 1), 6),
                }
            )


def write_tensorboard(folder: Path, runs: Runs) -> None:
    """Write event files with TensorBoard's writer and CleanRL's table of settings."""
    for run in single(runs):
        write_events(
            folder / run.name,
            "charts/episodic_return",
            run.steps,
            run.values,
            run.config,
        )


def write_events(
    folder: Path,
    tag: str,
    steps: Iterable[float],
    values: Iterable[float],
    config: Mapping[str, object],
    *,
    suffix: str = "",
) -> None:
    """Write one event file: scalars under one tag, and settings as in CleanRL."""
    folder.mkdir(parents=True, exist_ok=True)
    writer = EventFileWriter(str(folder), filename_suffix=suffix)
    rows = "\n".join(f"|{key}|{value}|" for key, value in config.items())
    text = f"|param|value|\n|-|-|\n{rows}"
    tensor = make_tensor_proto([text.encode()])
    add = [Summary.Value(tag="hyperparameters/text_summary", tensor=tensor)]
    writer.add_event(Event(summary=Summary(value=add), step=0, wall_time=1.7e9))
    for step, value in zip(steps, values, strict=True):
        add = [Summary.Value(tag=tag, simple_value=float(value))]
        writer.add_event(
            Event(summary=Summary(value=add), step=int(step), wall_time=1.7e9)
        )
    writer.close()


def write_evaluations(folder: Path, runs: Runs) -> None:
    """Write evaluations.npz as SB3's EvalCallback does: several episodes each time."""
    for run in single(runs):
        path = folder / run.name / "evaluations.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        off = np.array([-0.5, 0.5])
        np.savez(
            path,
            timesteps=[int(step) for step in run.steps],
            results=[list(value + off) for value in run.values],
            ep_lengths=[[1000, 1000] for _ in run.steps],
        )
