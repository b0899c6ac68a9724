"""Train what is missing: our side packed in this process, SBX's in its own Python."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from agreement.curves import Side, load, path_of, save, window_means
from agreement.rows import OURS, PEER, Plan, Row
from value_scaling.learning.agents.td3 import TD3Config
from value_scaling.learning.backend import configure
from value_scaling.learning.training.curves import RETURNS
from value_scaling.records import ScalingError
from value_scaling.sweep.plan.finished import load_finished
from value_scaling.sweep.plan.groups import GroupPlan
from value_scaling.sweep.run.context import TrainingContext
from value_scaling.sweep.run.provenance import provenance
from value_scaling.sweep.run.train_group import train_group

SCRIPT = Path(__file__).with_name("sbx_peer.py")
POLL_SECONDS = 20.0


def train_ours(row: Row, seeds: int, build: Path, root: Path) -> Side:
    """Train all seeds of our side in one program, from its last checkpoint on."""
    configure(build / "jax")
    training = row.to_training(seeds)
    folder = build / row.name
    plan = GroupPlan(
        study="agreement",
        set_name=row.name,
        settings=(row.setting,),
        seeds=seeds,
        capacity=seeds,
        max_env_steps=row.steps,
    )
    context = TrainingContext(folder, training, provenance(root))
    train_group(plan, context, {}, progress=lambda share: None)
    finished = load_finished(folder, row.setting, training)
    if finished is None:
        raise ScalingError(
            f"row {row.name}",
            found="that another process trains it",
            expected="one process",
            fix="wait for it",
        )
    values = finished.arrays[RETURNS].astype(float)
    return Side(values[:, 0], values[:, 1:])


def train_sbx(row: Row, seeds: int, build: Path, python: str, path: Path) -> None:
    """Train the missing seeds of SBX's side, and save each seed when it is finished.

    Raises:
        ScalingError: SBX's process failed.
    """
    folder = build / f"{row.name}_sbx"
    request = sbx_request(row, seeds, folder)
    stamp = folder / "request.json"
    text = json.dumps(request, indent=1)
    if folder.exists() and (not stamp.exists() or stamp.read_text() != text):
        shutil.rmtree(folder)  # runs at other settings
    folder.mkdir(parents=True, exist_ok=True)
    stamp.write_text(text)
    known = load(path, row.task)
    missing = [
        each
        for each in range(known.seeds if known else 0, seeds)
        if not _seed_path(folder, each).exists()
    ]
    (folder / "now.json").write_text(json.dumps(request | {"seeds": missing}))
    process = subprocess.Popen(
        [python, str(SCRIPT), str(folder / "now.json")],
        env=_environment(build),
        cwd=folder,
    )
    code = None
    try:
        while code is None:
            try:
                code = process.wait(POLL_SECONDS)
            except subprocess.TimeoutExpired:
                _save_finished(row, known, seeds, folder, path)
    finally:
        process.terminate()
    _save_finished(row, known, seeds, folder, path)
    if code:
        raise ScalingError(
            f"row {row.name}, SBX's side",
            found=f"exit code {code}",
            expected="all seeds",
            fix="see the messages above; the same command continues",
        )


def _save_finished(
    row: Row, known: Side | None, seeds: int, folder: Path, path: Path
) -> None:
    """Save the seeds that were known, and those that have followed without a gap."""
    steps = np.arange(row.log_start, row.steps + 1, row.log_every)
    columns = list(known.returns.T) if known else []
    for seed in range(len(columns), seeds):
        own = _seed_path(folder, seed)
        if not own.exists():
            break
        table = pd.read_csv(own)
        ends, returns = table["end"].to_numpy(), table["return"].to_numpy(float)
        columns.append(window_means(ends, returns, steps))
    if columns:
        save(path, row.task, Side(steps.astype(float), np.column_stack(columns)))


def sbx_request(row: Row, seeds: int, folder: Path) -> dict[str, Any]:
    """Return the request of all seeds for sbx_peer.py, with our settings."""
    training = row.to_training(seeds)
    arguments: dict[str, Any] = {
        "batch_size": row.batch_size,
        "learning_rate": row.learning_rate,
        "train_freq": 1,
        "gradient_steps": round(row.utd),
        "learning_starts": training.start_training,
        "gamma": training.discount,
        "tau": training.tau,
        "buffer_size": max(row.steps, 1),
        "policy_kwargs": {"net_arch": list(training.hidden)},
    }
    extra: dict[str, Any] = {}
    if row.algorithm == "sac":
        arguments["ent_coef"] = f"auto_{training.init_temperature:g}"
        extra["entropy_per_action"] = training.target_entropy
    elif row.algorithm == "td3":
        extra["noise"] = TD3Config().exploration_std
    elif row.algorithm == "dqn":
        arguments["target_update_interval"] = training.target_every or 1
        if training.target_every:
            arguments["tau"] = 1.0
        extra["epsilon"] = [
            training.start_training,
            training.exploration_steps,
            training.exploration_end,
        ]
    return {
        "algorithm": row.algorithm,
        "task": row.task,
        "steps": row.steps,
        "seeds": list(range(seeds)),
        "folder": str(folder),
        "arguments": arguments | row.sbx,
        "equations": row.equations,
        **extra,
    }


def train_missing(plan: Plan, build: Path, root: Path, python: str) -> None:
    """Train what has no curves, row by row, and save the curves of each side.

    Args:
        build: folder of checkpoints and of finished seeds.
        python: the Python of `make peers`; empty to leave out SBX's side.
    """
    if not python:
        print("SBX's side is left out: no Python of `make peers`", flush=True)
    for row in plan.rows:
        path = path_of(row, PEER)
        own = row.peer == "sbx" and not row.same_peer_as
        if own and python and _lacks(path, row, plan.seeds):
            print(f"{row.name}: SBX", flush=True)
            train_sbx(row, plan.seeds, build, python, path)
        path = path_of(row, OURS)
        if row.ours == "trained" and not row.same_as and _lacks(path, row, plan.seeds):
            print(f"{row.name}: ours", flush=True)
            save(path, row.task, train_ours(row, plan.seeds, build, root))


def _lacks(path: Path, row: Row, seeds: int) -> bool:
    """Whether a side does not have all its seeds."""
    known = load(path, row.task)
    return known is None or known.seeds < seeds


def _seed_path(folder: Path, seed: int) -> Path:
    return folder / f"seed_{seed}.csv"


def _environment(build: Path) -> dict[str, str]:
    """Return the environment of SBX's process: one thread, as on our side."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    threads = dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"
    )
    return {
        **kept,
        **threads,
        "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
        "PJRT_NPROC": "1",
        "JAX_PLATFORMS": "cpu",
        "JAX_COMPILATION_CACHE_DIR": str(build / "jax_sbx"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.5",
    }
