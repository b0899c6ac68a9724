"""Train one group in a Slurm task: run this module with `python -m` and a file.

The file contains the groups of an array; `$SLURM_ARRAY_TASK_ID` selects one of them.
"""

import os
import pickle
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from value_scaling.learning.backend import configure
from value_scaling.records import ScalingError, Stopped
from value_scaling.sweep.host.processors import Processor, check_gpu
from value_scaling.sweep.run.stopping import SIGNALS, catch_stop_signals
from value_scaling.sweep.run.train_group import train_parts


def run_task(path: Path) -> int:
    """Train the group of this task and return the exit code."""
    groups, context, cache = pickle.loads(path.read_bytes())
    group = groups[int(os.environ["SLURM_ARRAY_TASK_ID"])]
    configure(cache)
    context = replace(context, processes=processes_of_node())
    try:
        if os.environ.get("SLURM_JOB_GPUS"):
            check_gpu(Processor(gpu="of Slurm"))
        with catch_stop_signals((*SIGNALS, signal.SIGUSR2)):
            train_parts(group, context, {}, progress=lambda share: None)
    except Stopped as stop:
        # Slurm sends SIGUSR2 before the time limit. It sends SIGTERM to a task that a
        # user cancels, and to one that it preempts and then queues again itself.
        if stop.number == signal.SIGUSR2:
            number = os.environ["SLURM_JOB_ID"]
            subprocess.run(["scontrol", "requeue", number], check=True, timeout=60)
        return 128 + stop.number
    except ScalingError as error:
        print(f"scaling ({group.name}): {error}", file=sys.stderr, flush=True)
        return 2
    return 0


def processes_of_node() -> int:
    """Return the number of such tasks that may share the memory of this node.

    A task that Slurm binds to its cores does not see the others.
    """
    cores = int(os.environ.get("SLURM_CPUS_PER_TASK", "1"))
    return max(1, (os.cpu_count() or 1) // cores)


if __name__ == "__main__":
    raise SystemExit(run_task(Path(sys.argv[1])))
