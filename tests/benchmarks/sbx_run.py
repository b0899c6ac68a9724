"""SBX's side of one run, from start to end.

An interpreter that has sbx-rl and dm_control runs this script, which needs nothing of
this project.
Usage: python sbx_run.py ENGINE TASK STEPS UTD BATCH LEARNING_RATE WARM_UP SEED
"""

import os
import sys

os.environ.setdefault("MUJOCO_GL", "disable")

import gymnasium
import numpy as np
from sbx import SAC


class Suite(gymnasium.Env):
    """A task of the DeepMind Control Suite with flat observations."""

    def __init__(self, name: str, seed: int) -> None:
        from dm_control import suite

        domain, _, task = name.partition("-")
        self.env = suite.load(domain, task, task_kwargs={"random": seed})
        actions = self.env.action_spec()
        size = sum(
            int(np.prod(each.shape)) for each in self.env.observation_spec().values()
        )
        box = gymnasium.spaces.Box
        self.observation_space = box(-np.inf, np.inf, (size,), np.float32)
        self.action_space = box(
            actions.minimum.astype(np.float32), actions.maximum.astype(np.float32)
        )

    def _flat(self, step):
        values = [np.ravel(each) for each in step.observation.values()]
        return np.concatenate(values).astype(np.float32)

    def reset(self, *, seed=None, options=None):
        return self._flat(self.env.reset()), {}

    def step(self, action):
        step = self.env.step(action)
        return self._flat(step), float(step.reward), False, step.last(), {}


def main() -> None:
    engine, task, steps, utd, batch, rate, warm_up, seed = sys.argv[1:]
    model = SAC(
        "MlpPolicy",
        Suite(task, int(seed)) if engine == "dm_control" else gymnasium.make(task),
        batch_size=int(batch),
        gradient_steps=int(utd),
        train_freq=1,
        learning_starts=int(warm_up),
        learning_rate=float(rate),
        policy_kwargs={"net_arch": [64, 64]},
        seed=int(seed),
    )
    model.learn(int(steps))


main()
