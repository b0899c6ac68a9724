"""The expected cost of a set's missing runs on a GPU, by a model of the GPU."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from value_scaling.records.schedule import updates_done
from value_scaling.records.training import DEVICE_ALGORITHMS, Training
from value_scaling.sweep.cost.group_memory import (
    memory,
    parts,
    program_of,
)
from value_scaling.sweep.host.memory import DEVICE_SHARE
from value_scaling.sweep.plan.groups import GroupPlan


@dataclass(frozen=True)
class Rates:
    """How fast a GPU trains with one algorithm."""

    launch: float
    """Seconds of one update of any number of runs, without its FLOPs."""
    flops: float
    """FLOP/s at which each further run adds to an update."""
    turn: float
    """Seconds of one step of a program besides its updates and its environments:
    actions go to the host, and observations come back."""


@dataclass(frozen=True)
class Gpu:
    """A GPU as it was measured; see `H100`."""

    memory: float
    """Memory of the GPU, in GiB."""
    measured: Mapping[str, Rates]
    """Rates of each algorithm."""
    host_steps: float
    """Environment steps per second of the one core that steps a program's
    environments."""
    device_steps: float
    """Environment steps per second on the device itself, with thousands of
    environments."""

    def steps_per_second(self, training: Training) -> float:
        """Return the environment steps per second, on the host or on the device."""
        on_device = training.algorithm in DEVICE_ALGORITHMS
        return self.device_steps if on_device else self.host_steps

    def rates(self, algorithm: str) -> Rates:
        """Return the rates of an algorithm, or of its substitute in `MEASURED_AS`."""
        return self.measured[MEASURED_AS.get(algorithm, algorithm)]


H100 = Gpu(
    memory=80,
    measured={
        "sac": Rates(launch=1.3e-4, flops=2e13, turn=1.4e-3),
        "bro": Rates(launch=6.5e-4, flops=2e13, turn=2.3e-3),
        "pql": Rates(launch=7e-5, flops=3.4e13, turn=6e-4),
    },
    host_steps=1.4e4,
    device_steps=2e5,
)
"""From docs/gpu.json (`make gpu-bench` on an H100): at σ = 1 and 8, a step of one
program takes turn + σ·(launch + 10·N·B·runs/flops). HalfCheetah-v4 takes 70 µs per
step. The rate of MJX, for small tasks, is an assumption."""

MEASURED_AS = {"bro_minimal": "bro", "td3": "sac", "dqn": "sac"}
"""Algorithms that were not measured, each with a measured one whose update costs at
least as much. Their estimates are upper bounds."""


@dataclass(frozen=True)
class GpuEstimate:
    """Expected cost of a set on a GPU."""

    runs: int
    """Most runs of one program."""
    memory: float
    """GiB of the largest program."""
    hours: float


def on_gpu(
    groups: Sequence[GroupPlan], training: Training, gpu: Gpu = H100
) -> GpuEstimate:
    """Estimate what a GPU would take for some groups.

    Each update of a program takes the launch time and 10·N·B·runs FLOPs. Environments
    step between updates, on the host or, for PQL, on the device.
    """
    together = training.num_envs if training.algorithm in DEVICE_ALGORITHMS else 1
    seconds, cut = 0.0, []
    for group in groups:
        first = group.settings[0]
        rates = gpu.rates(training.of(first.env).algorithm)
        steps = training.steps(first)
        updates = updates_done(first.utd, steps - training.start_training)
        one = 10 * program_of(group, training).model_size * first.batch_size
        for part in parts(group, training, DEVICE_SHARE * gpu.memory):
            runs = len(part.runs)
            each = rates.launch + one * runs / rates.flops
            turns = steps / together * rates.turn
            stepping = runs * steps / gpu.steps_per_second(training)
            seconds += updates * each + turns + stepping
            cut.append(part)
    return GpuEstimate(
        max(len(part.runs) for part in cut),
        max(memory(part, training) for part in cut),
        seconds / 3600,
    )
