"""Environments given by a formula, in NumPy and JAX, and groups that train on them.

They cost next to nothing, so the bench measures learning, and they need no simulator;
`SlowMasses` take as long as one.
Each action pushes one mass on a line: x'' = 4a with friction, in steps of 0.1. The
reward is the mean of exp(-4x²), and masses start anywhere in ±1.
"""

import time
from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from value_scaling.learning.envs.protocol import DeviceEnv, VectorEnv
from value_scaling.learning.envs.serial_vector_env import SerialVectorEnv
from value_scaling.learning.training.device_program import DeviceProgram
from value_scaling.learning.training.host_group import HostGroup

NAME = "masses"
MASSES = 6
TIME_LIMIT = 8
STEP_SECONDS = 70e-6
"""Seconds of one step of HalfCheetah-v4 on the host."""


def _pushed(x: Any, places: Any, speeds: Any, actions: Any) -> tuple[Any, Any]:
    """Return the places and speeds after one step, in the array library `x`."""
    speeds = 0.98 * speeds + 0.4 * actions
    return x.clip(places + 0.1 * speeds, -3.0, 3.0), speeds


class HostMasses:
    """Masses on lines, in NumPy; see `HostEnv`."""

    observation_size = 2 * MASSES
    action_size = MASSES
    discrete = False
    time_limit = TIME_LIMIT

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._places = self._speeds = np.zeros(MASSES)

    def reset(self) -> np.ndarray:
        self._places, self._speeds = self._rng.uniform(-1, 1, (2, MASSES))
        return self._observation()

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool]:
        self._places, self._speeds = _pushed(np, self._places, self._speeds, action)
        return self._observation(), float(np.exp(-4 * self._places**2).mean()), False

    def random_state(self) -> Any:
        return self._rng.bit_generator.state

    def set_random_state(self, state: Any) -> None:
        self._rng.bit_generator.state = state

    def _observation(self) -> np.ndarray:
        return np.concatenate([self._places, self._speeds]).astype(np.float32)


class SlowMasses(HostMasses):
    """Masses whose steps take as long as those of a simulator."""

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool]:
        end = time.perf_counter() + STEP_SECONDS
        result = super().step(action)
        while time.perf_counter() < end:
            pass  # MuJoCo is busy too: it does not sleep
        return result


class DeviceMasses:
    """Masses on lines, in JAX; see `DeviceEnv`."""

    discrete = False
    observation_size = 2 * MASSES
    action_size = MASSES
    time_limit = TIME_LIMIT

    def reset(self, key: Array) -> tuple[Any, Array]:
        own = jax.random.wrap_key_data(key)
        state = jax.random.uniform(own, (2 * MASSES,), minval=-1.0, maxval=1.0)
        return state, state

    def step(self, state: Any, action: Array) -> tuple[Any, Array, Array, Array]:
        places, speeds = _pushed(jnp, state[:MASSES], state[MASSES:], action)
        after = jnp.concatenate([places, speeds])
        return after, jnp.exp(-4 * places**2).mean(), jnp.zeros((), bool), after


class MassesGroup(HostGroup):
    """Runs with one environment each on the host."""

    ENV: ClassVar = HostMasses

    def _vector_env(self, purpose: str) -> VectorEnv:
        envs = [self.ENV(run.engine_seed(purpose)) for run in self.runs]
        return SerialVectorEnv(envs, [f"{run} ({purpose})" for run in self.runs])


class SlowMassesGroup(MassesGroup):
    """Runs whose environments take as much time as MuJoCo's."""

    ENV: ClassVar = SlowMasses


@dataclass(frozen=True, kw_only=True)
class MassesProgram(DeviceProgram):
    """The program of runs with many environments on the device."""

    @property
    def env(self) -> DeviceEnv:
        """Return the masses."""
        return DeviceMasses()
