"""What the missing runs of a set would take on a GPU, by a model of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from value_scaling.records.schedule import updates_done
from value_scaling.records.training import DEVICE_ALGORITHMS, Training
from value_scaling.sweep.cost.group_memory import memory, parameters, parts, program_of
from value_scaling.sweep.host.memory import DEVICE_SHARE
from value_scaling.sweep.plan.groups import GroupPlan


@dataclass(frozen=True)
class Device:
    """A GPU as it was measured, see `H100`."""

    name: str
    memory: float
    """GiB."""
    flops: Mapping[str, float]
    """By algorithm, FLOP/s of what a further run adds to an update."""
    launch: Mapping[str, float]
    """By algorithm, seconds of one update of any number of runs, without its FLOPs."""
    turn: Mapping[str, float]
    """By algorithm, seconds of one step of a program besides its updates and its
    environments: actions go to the host, observations come back."""
    env_steps: float
    """Environment steps a second of the one core that steps a program's
    environments."""
    world_steps: float
    """The same of environments on the device itself, thousands at once."""

    def stepping(self, training: Training) -> float:
        """Return the environment steps a second, wherever they are made."""
        on_it = training.algorithm in DEVICE_ALGORITHMS
        return self.world_steps if on_it else self.env_steps


H100 = Device(
    "H100",
    memory=80,
    flops={"sac": 2e13, "bro": 2e13, "pql": 3.4e13},
    launch={"sac": 1.3e-4, "bro": 6.5e-4, "pql": 7e-5},
    turn={"sac": 1.4e-3, "bro": 2.3e-3, "pql": 6e-4},
    env_steps=1.4e4,
    world_steps=2e5,
)
"""From docs/gpu.json (`make gpu-bench` on an H100): with σ = 1 and 8 a step of one
program takes turn + σ·(launch + 10·N·B·runs/flops). HalfCheetah-v4 takes 70 µs a step.
The steps of MJX, for small tasks, are assumed."""

MEASURED_AS = {"bro_minimal": "bro", "td3": "sac", "dqn": "sac"}
"""Algorithms that were not measured, and those that do at least as much in an update:
their estimates are upper bounds."""


@dataclass(frozen=True)
class DeviceEstimate:
    """What a device would take for a set; an estimate."""

    runs_packed: int
    """Runs of one program."""
    memory: float
    """GiB of the largest program."""
    hours: float


def on_device(
    groups: Sequence[GroupPlan], training: Training, device: Device = H100
) -> DeviceEstimate:
    """Estimate: each update of a program takes the launch time and 10·N·B·runs FLOPs;
    environments step in between, on the host or, for PQL, on the device.
    """
    stepping = device.stepping(training)
    algorithm = MEASURED_AS.get(training.algorithm, training.algorithm)
    together = training.num_envs if algorithm in DEVICE_ALGORITHMS else 1
    seconds, largest, packed = 0.0, 0.0, 0
    for group in groups:
        first = group.settings[0]
        steps = training.steps(first)
        updates = updates_done(first.utd, steps - training.start_training)
        one = 10 * parameters(program_of(group, training)) * first.batch_size
        for part in parts(group, training, DEVICE_SHARE * device.memory):
            runs = len(part.runs)
            each = device.launch[algorithm] + one * runs / device.flops[algorithm]
            turns = steps / together * device.turn[algorithm]
            seconds += updates * each + turns + runs * steps / stepping
            largest = max(largest, memory(part, training))
            packed = max(packed, runs)
    return DeviceEstimate(packed, largest, seconds / 3600)
