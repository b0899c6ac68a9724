"""SBX's side of the comparison, printed in CPU seconds of one update.

Start-up and compilation do not count. An interpreter that has sbx-rl runs this script,
which needs nothing of this project.
Usage: python sbx_speed.py OBSERVATION ACTION WIDTH BATCH UTD SECONDS
"""

import sys
import time

import gymnasium
import jax
import numpy as np
from sbx import SAC


class Blank(gymnasium.Env):
    """An environment of the requested shapes, which costs nothing."""

    def __init__(self, observation: int, action: int) -> None:
        box = gymnasium.spaces.Box
        self.observation_space = box(-1, 1, (observation,), np.float32)
        self.action_space = box(-1, 1, (action,), np.float32)

    def reset(self, *, seed=None, options=None):
        return self.observation_space.sample(), {}

    def step(self, action):
        return self.observation_space.sample(), 0.0, False, False, {}


def main() -> None:
    observation, action, width, batch, utd = map(int, sys.argv[1:6])
    seconds = float(sys.argv[6])
    model = SAC(
        "MlpPolicy",
        Blank(observation, action),
        batch_size=batch,
        gradient_steps=utd,
        learning_starts=300,
        policy_kwargs={"net_arch": [width, width]},
        seed=0,
    )
    model.learn(350)

    def block() -> None:
        jax.block_until_ready(model.policy.qf_state.params)

    model.train(gradient_steps=utd, batch_size=batch)
    block()
    updates, clock = 0, time.process_time()
    while time.process_time() - clock < seconds:
        model.train(gradient_steps=utd, batch_size=batch)
        updates += utd
    block()
    print((time.process_time() - clock) / updates)


if __name__ == "__main__":
    main()
