"""The program and the group for some runs, by their training settings."""

from collections.abc import Sequence

from value_scaling.learning.agents.registry import DEVICE_AGENTS
from value_scaling.learning.training import device_group, host_group
from value_scaling.learning.training.device_group import DeviceGroup
from value_scaling.learning.training.device_program import DeviceProgram
from value_scaling.learning.training.group import Group
from value_scaling.learning.training.host_group import HostGroup
from value_scaling.learning.training.host_program import HostProgram
from value_scaling.learning.training.program import Program
from value_scaling.learning.training.runs import Run
from value_scaling.records.training import Training


def make_program(
    runs: Sequence[Run],
    training: Training,
    *,
    capacity: int,
    max_env_steps: int,
    layout: str = "map",
) -> HostProgram | DeviceProgram:
    """Return the program for runs of one environment, batch size and width.

    Args:
        capacity: number of runs that it holds.
        max_env_steps: most environment steps of a run in it.
        layout: see `mapping.LAYOUTS`.

    Raises:
        ScalingError: the environment does not exist or is not installed, or the
            algorithm cannot choose its actions.
    """
    (env, batch_size, width), *others = {
        (run.setting.env, run.setting.batch_size, run.setting.width) for run in runs
    }
    assert not others, "a group has one environment, batch size and width"
    training = training.of(env, width)
    on_device = training.algorithm in DEVICE_AGENTS
    make = device_group.make_program if on_device else host_group.make_program
    return make(
        training,
        env,
        batch_size=batch_size,
        capacity=capacity,
        max_env_steps=max_env_steps,
        layout=layout,
    )


def make_group(
    runs: Sequence[Run],
    training: Training,
    program: Program,
    *,
    target: float | None = None,
) -> Group:
    """Return a group of runs of one environment, batch size and length, untrained.

    Args:
        program: from `make_program`.
        target: mean return after which the runs of a setting end; see `Group`.
    """
    training = training.of(runs[0].setting.env)
    if isinstance(program, DeviceProgram):
        return DeviceGroup(runs, training, program, target=target)
    assert isinstance(program, HostProgram)
    return HostGroup(runs, training, program, target=target)
