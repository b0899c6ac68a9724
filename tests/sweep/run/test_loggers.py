"""Copies for Weights & Biases (offline) and TensorBoard, under the authors' names."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from value_scaling.learning.training.curves import Curve
from value_scaling.learning.training.diagnostics import METRICS
from value_scaling.learning.training.runs import Run
from value_scaling.records import ScalingError, Setting
from value_scaling.sweep.run import loggers
from value_scaling.sweep.run.loggers import Sinks


def curve() -> Curve:
    diagnostics = np.arange(2.0 * len(METRICS)).reshape(2, -1)
    return Curve(
        run=Run("classic", "sweep", Setting("Ant-v4", 2.0, 64, 4e-3), 3),
        log_steps=np.array([500, 750, 1000]),
        returns=np.array([1.0, 2.0, np.nan]),
        diagnostic_steps=np.array([750, 1000]),
        diagnostics=diagnostics,
        failed_at=-1,
        stopped_at=-1,
        inexact_resumes=0,
    )


def test_keys_and_names_are_the_authors() -> None:
    assert loggers.config(curve()) == {
        "env_name": "Ant-v4",
        "utd_ratio": 2.0,
        "batch_size": 64,
        "agent.critic_lr": 4e-3,
        "seed": 3,
        "failed_at": -1,
    }
    (first, start), (second, middle), (third, end) = loggers.rows(curve())
    assert (first, second, third) == (500, 750, 1000)
    assert start == {"episode/return": 1.0}
    assert middle["episode/return"] == 2.0
    assert "episode/return" not in end  # NaN: the run had failed by then
    assert {
        "training/critic_loss",
        "training/new_data_critic_loss",
        "val/critic_loss",
        "training/critic_pnorm_l2",
    } <= set(end)
    assert end["training/critic_loss"] == len(METRICS)


def test_a_failing_sink_costs_a_message_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise ConnectionError("no route")

    broken = (lambda: None, "wandb", fail)
    monkeypatch.setitem(loggers._SINKS, "wandb", broken)
    loggers.send([curve()], Sinks(("wandb",)))
    assert "no route" in caplog.text


def test_a_missing_package_is_told_before_training(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing() -> None:
        raise ImportError("No module named 'wandb'")

    monkeypatch.setitem(loggers._SINKS, "wandb", (missing, "wandb", missing))
    with pytest.raises(ScalingError, match="pip install wandb"):
        loggers.check(Sinks(("wandb",)))
    loggers.check(Sinks())


@pytest.mark.filterwarnings("ignore")  # wandb's own
def test_offline_runs_of_wandb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("wandb", reason="wandb is not in the environment")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    loggers._wandb([curve(), curve()], Sinks(("wandb",), folder=tmp_path))
    files = list(tmp_path.rglob("run-*.wandb"))
    assert len(files) == 2
    for file in files:
        content = file.read_bytes()
        for word in (b"episode/return", b"utd_ratio", b"agent.critic_lr", b"Ant-v4"):
            assert word in content


@pytest.mark.filterwarnings("ignore")
def test_files_of_tensorboard(tmp_path: Path) -> None:
    pytest.importorskip("tensorboardX", reason="tensorboardX is not installed")
    loggers._tensorboard([curve()], Sinks(("tensorboard",), folder=tmp_path))
    (file,) = tmp_path.rglob("events.out*")
    content = file.read_bytes()
    assert b"episode/return" in content
    assert b"val/critic_loss" in content
