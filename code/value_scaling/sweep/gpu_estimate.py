"""What the missing runs of a set would take on a GPU: reasoned, not measured."""

from collections.abc import Sequence
from dataclasses import dataclass

from value_scaling.records.schedule import updates_done
from value_scaling.records.training import DEVICE_ALGORITHMS, Training
from value_scaling.sweep.plan import GroupPlan
from value_scaling.sweep.sizes import (
    DEVICE_SHARE,
    memory,
    parameters,
    parts,
    program_of,
)


@dataclass(frozen=True)
class Device:
    """A GPU as it is assumed to be."""

    name: str
    memory: float
    """GiB."""
    flops: float
    """FLOP/s that small matrix products reach."""
    launch: float
    """Seconds of one update of any number of runs, if they did not compute."""
    env_steps: float
    """Environment steps a second of the host's cores together."""
    world_steps: float
    """The same of environments on the device itself, thousands at once."""

    def stepping(self, training: Training) -> float:
        """Return the environment steps a second, wherever they are made."""
        on_it = training.algorithm in DEVICE_ALGORITHMS
        return self.world_steps if on_it else self.env_steps


H100 = Device(
    "H100", memory=80, flops=5e13, launch=2.5e-4, env_steps=6.4e4, world_steps=2e5
)
"""Assumed, not measured: 50 TFLOP/s in TF32 at these shapes, 60 to 90 kernels of 2 to
4 µs an update, 16 cores of 4000 steps/s each, and 2e5 steps/s of MJX in JAX for small
tasks."""


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
    """Reason: each update of a program takes the launch time or 10·N·B·runs FLOPs,
    whichever is longer; environments step in between, on the host or, of PQL, there.
    """
    stepping = device.stepping(training)
    seconds, largest, packed = 0.0, 0.0, 0
    for group in groups:
        first = group.settings[0]
        steps = training.steps(first)
        updates = updates_done(first.utd, steps - training.start_training)
        one = 10 * parameters(program_of(group, training)) * first.batch_size
        for part in parts(group, training, DEVICE_SHARE * device.memory):
            runs = len(part.runs)
            each = max(device.launch, one * runs / device.flops)
            seconds += updates * each + runs * steps / stepping
            largest = max(largest, memory(part, training))
            packed = max(packed, runs)
    return DeviceEstimate(packed, largest, seconds / 3600)
