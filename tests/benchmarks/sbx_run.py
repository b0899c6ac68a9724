"""SBX's side of twelve runs: one run of Pendulum-v1, σ = 2, from start to end.

An interpreter that has sbx-rl runs this script, which needs nothing of this project.
Usage: python sbx_run.py LEARNING_RATE SEED
"""

import sys

import gymnasium
from sbx import SAC


def main() -> None:
    model = SAC(
        "MlpPolicy",
        gymnasium.make("Pendulum-v1"),
        batch_size=64,
        gradient_steps=2,
        train_freq=1,
        learning_starts=300,
        learning_rate=float(sys.argv[1]),
        policy_kwargs={"net_arch": [64, 64]},
        seed=int(sys.argv[2]),
    )
    model.learn(6000)


main()
