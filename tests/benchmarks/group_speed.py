"""Our side of twelve runs of Pendulum-v1 in one process, without compiled programs.

Usage: python group_speed.py CACHE, a folder that does not exist yet.
"""

import sys
from pathlib import Path

from value_scaling.learning.backend import configure

configure(Path(sys.argv[1]))

from value_scaling.learning.training.registry import make_group, make_program  # noqa: E402
from value_scaling.learning.training.runs import Run  # noqa: E402
from value_scaling.records import Setting  # noqa: E402
from value_scaling.records.training import Task, Training  # noqa: E402

STEPS = 6000


def main() -> None:
    training = Training(
        study="bench",
        tasks=(Task("Pendulum-v1", "gymnasium", STEPS, log_start=1000, log_every=500),),
        seeds=4,
        hidden=(64, 64),
        start_training=300,
        diagnostics_every=STEPS,
    )
    runs = [
        Run("bench", "sweep", Setting("Pendulum-v1", 2.0, 64, rate), seed)
        for rate in (1e-3, 3e-3, 1e-2)
        for seed in range(4)
    ]
    program = make_program(runs, training, capacity=len(runs), max_env_steps=STEPS)
    group = make_group(runs, training, program)
    group.advance(STEPS)
    print([round(float(curve.returns[-1])) for curve in group.curves()])


main()
