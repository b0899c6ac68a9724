"""TD3 and DQN learn tasks of Gymnasium; docs/training.md has the numbers."""

from typing import Any

import pytest

from value_scaling.learning.training.host_group import HostGroup
from value_scaling.learning.training.registry import make_program
from value_scaling.learning.training.runs import Run
from value_scaling.records import Setting
from value_scaling.records.training import Task, Training

DQN = {"algorithm": "dqn", "start_training": 1000, "exploration_end": 0.05}


@pytest.mark.long
@pytest.mark.parametrize(
    ("setting", "steps", "options", "at_first", "at_last"),
    [
        (
            Setting("CartPole-v1", 0.5, 64, 3e-4),
            24_000,
            {**DQN, "hidden": (128, 128), "tau": 0.1, "exploration_steps": 4000},
            100,
            400,
        ),
        (
            Setting("Acrobot-v1", 1.0, 64, 1e-3),
            16_000,
            {**DQN, "tau": 0.01, "exploration_steps": 5000},
            -250,
            -120,
        ),
        (
            Setting("Pendulum-v1", 1.0, 64, 3e-3),
            6000,
            {"algorithm": "td3", "start_training": 500},
            -1100,
            -500,
        ),
    ],
    ids=lambda value: value.env if isinstance(value, Setting) else "",
)
def test_a_task_is_learned(
    setting: Setting,
    steps: int,
    options: dict[str, Any],
    at_first: float,
    at_last: float,
) -> None:
    """Mean returns of two seeds, after a quarter of the steps and at the end."""
    every = steps // 8
    training = Training(
        study="t",
        tasks=(Task(setting.env, "gymnasium", steps, 2 * every, every),),
        **{"hidden": (64, 64), "diagnostics_every": every, **options},
    )
    runs = [Run("t", "sweep", setting, seed) for seed in range(2)]
    group = HostGroup(
        runs, training, make_program(runs, training, capacity=2, max_env_steps=steps)
    )
    group.advance(steps)
    returns = group.log.returns.mean(axis=1)
    assert returns[0] < at_first
    assert returns[-2:].mean() > at_last
