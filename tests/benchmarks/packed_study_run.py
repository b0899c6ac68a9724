"""Our side of one run of a study: its share of a packed group, in CPU seconds.

All seeds of a setting are trained in one program, up to some steps after learning has
begun. The process prints the seconds up to then, which include its start and the
compilation, and the seconds of a step of one run after it. They include environments,
validation stream and diagnostics. It also prints the seconds of the environment alone.
Usage: python packed_study_run.py STUDY CACHE ENV UTD BATCH LEARNING_RATE
"""

import json
import sys
import time
from collections import Counter
from pathlib import Path

from value_scaling.learning.backend import configure

configure(Path(sys.argv[2]))

import jax  # noqa: E402
from timed import time_calls  # noqa: E402

from value_scaling.learning.training.host_group import HostGroup  # noqa: E402
from value_scaling.learning.training.registry import (  # noqa: E402
    make_group,
    make_program,
)
from value_scaling.learning.training.runs import Run  # noqa: E402
from value_scaling.records import Setting  # noqa: E402
from value_scaling.store.folders import Folders  # noqa: E402
from value_scaling.store.studies.load import load_study  # noqa: E402
from value_scaling.store.studies.training import load_training  # noqa: E402

ROOT = Path(__file__).parents[2]
STEPS = 1000
"""Timed steps of each run."""


def main() -> None:
    study = load_study(sys.argv[1], Folders.at(ROOT))
    training = load_training(study, Folders.at(ROOT))
    env, utd, batch, rate = sys.argv[3:]
    setting = Setting(env, float(utd), int(batch), float(rate))
    runs = [Run(study.name, "sweep", setting, s) for s in range(training.seeds)]
    steps = training.steps(setting)
    program = make_program(runs, training, capacity=len(runs), max_env_steps=steps)
    group = make_group(runs, training, program)
    # Past the first diagnostics, whose compilation belongs to the start.
    first = int(group.diagnostic_steps[0])
    group.advance(first)
    jax.block_until_ready(group.state)
    assert isinstance(group, HostGroup)
    seconds: Counter[str] = Counter()
    time_calls(group.vector_env, "step", "environment", seconds)
    start = time.process_time()
    group.advance(first + STEPS)
    jax.block_until_ready(group.state)
    each = (time.process_time() - start) / STEPS / len(runs)
    found = {
        "start": start - first * len(runs) * each,
        "step": each,
        "environment": seconds["environment"] / STEPS / len(runs),
    }
    print(json.dumps(found))


main()
