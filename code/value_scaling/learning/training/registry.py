"""The group of runs that an algorithm needs, by its training settings."""

from collections.abc import Sequence
from typing import Any

from value_scaling.learning.training import group, parallel_group
from value_scaling.learning.training.base_group import BaseGroup
from value_scaling.learning.training.group import Group
from value_scaling.learning.training.parallel_group import ParallelGroup
from value_scaling.learning.training.parallel_program import ParallelProgram
from value_scaling.learning.training.program import Program
from value_scaling.learning.training.runs import Run
from value_scaling.records.training import Training

__all__ = ["AnyProgram", "BaseGroup", "make_group", "make_program"]

AnyProgram = Program | ParallelProgram
PARALLEL = ("pql",)
"""Algorithms that step many environments in each run, on the device."""


def make_program(
    runs: Sequence[Run],
    training: Training,
    *,
    capacity: int,
    longest: int,
    layout: str = "map",
) -> Any:
    """Return the program for runs of one environment and batch size.

    Args:
        capacity: runs that it holds.
        longest: most environment steps of a run in it.
        layout: see `mapping.LAYOUTS`.

    Returns:
        `AnyProgram`.

    Raises:
        ScalingError: the environment does not exist, or is not installed.
    """
    module = parallel_group if training.algorithm in PARALLEL else group
    return module.make_program(
        runs, training, capacity=capacity, longest=longest, layout=layout
    )


def make_group(
    runs: Sequence[Run], training: Training, program: AnyProgram
) -> BaseGroup:
    """Return runs of one environment, batch size and length, at their first step.

    Args:
        program: from `make_program`.
    """
    if isinstance(program, ParallelProgram):
        return ParallelGroup(runs, training, program)
    return Group(runs, training, program)
