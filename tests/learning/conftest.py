"""Small programs, compiled once per session, and environments with known answers."""

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from value_scaling.learning.backend import configure
from value_scaling.learning.envs import registry
from value_scaling.records.training import Task, Training

os.environ.setdefault("MUJOCO_GL", "disable")
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session", autouse=True)
def jax_cache(root: Path) -> None:
    """Keep compiled programs, since compilation takes most of a first test session."""
    configure(root / "build" / "jax_tests", seconds=0.0)


@pytest.fixture
def tiny() -> Training:
    """Training settings with which a run takes a second."""
    return Training(
        study="tiny",
        tasks=(
            Task("Pendulum-v1", "gymnasium", steps=600, log_start=400, log_every=100),
            Task("cartpole-swingup", "dm_control", 60, 60, 60),
        ),
        seeds=2,
        hidden=(8, 8),
        start_training=100,
        stagger=True,
        validation_every=10,
        diagnostics_every=200,
    )


@dataclass
class Probe:
    """An environment of one or two steps, defined by two functions."""

    reward: Callable[[np.ndarray, np.ndarray], float]
    """Reward as a function of observation and action."""
    length: int = 1
    terminates: bool = True
    observation_size: int = 1
    action_size: int = 1
    discrete: bool = False
    time_limit: int = 1
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))
    place: int = 0
    now: Any = None

    def reset(self) -> np.ndarray:
        self.place = 0
        return self._observe()

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool]:
        reward = self.reward(self.now, action)
        self.place += 1
        ended = self.terminates and self.place >= self.length
        return self._observe(), float(reward), ended

    def random_state(self) -> Any:
        return self.rng.bit_generator.state

    def set_random_state(self, state: Any) -> None:
        self.rng.bit_generator.state = state

    def _observe(self) -> np.ndarray:
        self.now = np.array([self.place], np.float32)
        return self.now


@pytest.fixture
def probe() -> type[Probe]:
    """The class of environments defined by functions."""
    return Probe


@pytest.fixture
def use_engine(
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[Callable[[], Any]], None]]:
    """Make groups train in environments of a test."""

    def use(make: Callable[[], Any]) -> None:
        monkeypatch.setattr(
            "value_scaling.learning.envs.registry.make_env",
            lambda engine, task, seed: make(),
        )
        registry._host_sizes.cache_clear()

    yield use
    registry._host_sizes.cache_clear()


@pytest.fixture
def use_tasks(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any]], None]:
    """Make groups train on the device in environments that a test names."""

    def use(named: dict[str, Any]) -> None:
        monkeypatch.setattr(
            "value_scaling.learning.envs.device_tasks.make_task",
            lambda engine, task: named[task],
        )

    return use
