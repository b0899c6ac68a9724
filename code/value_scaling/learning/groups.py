"""The group of runs that an algorithm needs, by its training settings."""

from collections.abc import Sequence

from value_scaling.learning.group import Group, make_program
from value_scaling.learning.program import Program
from value_scaling.learning.runs import Run
from value_scaling.records.training import Training

__all__ = ["Group", "Program", "make_group", "make_program"]


def make_group(runs: Sequence[Run], training: Training, program: Program) -> Group:
    """Return runs of one environment, batch size and length, at their first step.

    Args:
        program: from `make_program`.
    """
    return Group(runs, training, program)
