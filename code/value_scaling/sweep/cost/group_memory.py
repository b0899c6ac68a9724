"""The memory of a group, and its division into parts if it does not fit at once."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import jax
import numpy as np

from value_scaling.learning.training.device_program import DeviceProgram
from value_scaling.learning.training.registry import make_program
from value_scaling.records import ScalingError
from value_scaling.records.training import Training
from value_scaling.sweep.host.memory import GIB
from value_scaling.sweep.plan.groups import GroupPlan


def program_of(group: GroupPlan, training: Training) -> Any:
    """Return the program of a group in the layout of a CPU, not compiled."""
    return make_program(
        group.runs, training, capacity=group.capacity, max_env_steps=group.max_env_steps
    )


def memory(group: GroupPlan, training: Training) -> float:
    """Return the GiB that the replays and networks of a group take on the device."""
    program = program_of(group, training)
    if isinstance(program, DeviceProgram):
        leaves = jax.tree.leaves(program.shapes())
        return sum(np.prod(x.shape) * x.dtype.itemsize for x in leaves) / GIB
    row = program.observation_size + program.action_size + 3
    slots = program.replay_size + program.validation_size
    return program.capacity * 4 * (slots * row + 8 * program.model_size) / GIB


def parts(group: GroupPlan, training: Training, gib: float) -> tuple[GroupPlan, ...]:
    """Divide a group by learning rates so that each part takes at most `gib`.

    A run does not depend on the others of its program, so this changes no result. A
    single setting is never divided: if one setting does not fit, each part is one
    setting (see `check_fits`). Equal parts of all groups that share a program still
    share it.
    """
    size = -(-group.capacity // group.seeds)
    need = memory(group, training)
    most = max(1, int(size * gib / need)) if need > gib else size
    each = -(-size // -(-size // most))
    if each >= size:
        return (group,)
    return tuple(
        replace(
            group,
            settings=group.settings[first : first + each],
            capacity=each * group.seeds,
        )
        for first in range(0, len(group.settings), each)
    )


def check_all_fit(groups: Sequence[GroupPlan], training: Training, gib: float) -> None:
    """Refuse to train if one of the groups does not fit, before any of them is trained.

    Raises:
        ScalingError: a setting of a group takes more than `gib`.
    """
    for group in groups:
        for part in parts(group, training, gib):
            check_fits(part, training, gib)


def check_fits(part: GroupPlan, training: Training, gib: float) -> None:
    """Refuse a part that does not fit, before anything is allocated.

    Raises:
        ScalingError: the part takes more than `gib`.
    """
    need = memory(part, training)
    if need > gib:
        raise ScalingError(
            f"{part.study} {part.set_name}, group {part.name}",
            found=f"replays and networks of {part.seeds} seeds, {need:.1f} GiB",
            expected=f"at most {gib:.1f} GiB, the share of one process here",
            fix="train with one process (--executor one; make: EXECUTOR=one), with "
            "fewer --seeds, a smaller `replay` in the training file, or on a machine "
            "with more memory",
        )
