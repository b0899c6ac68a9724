"""`scaling gpu-check`: a GPU that JAX computes on, or the reason why there is none."""

import argparse
import os
import sys
from collections import Counter

from value_scaling.learning.gpu import Gpus, Host, Problem, find
from value_scaling.records import ScalingError

NO_GPU = 3
"""Exit code; 2 is a mistake in the input."""


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to those of `scaling`."""
    command = subparsers.add_parser(
        "gpu-check",
        help="is there a GPU that JAX can use; if not, why (exit code 3)",
        description=gpu_check.__doc__,
    )
    command.add_argument(
        "--allow-cpu", action="store_true", help="go on without a GPU, and say so"
    )
    command.set_defaults(run=gpu_check)


def gpu_check(arguments: argparse.Namespace) -> int:
    """Compute on the GPU once; without one, say what is in the way."""
    return report(find(Host(environment=os.environ)), arguments.allow_cpu)


ON_CPU = (
    "To train on the CPU all the same, which takes months for the large studies: "
    "ALLOW_CPU=1 (scaling gpu-check --allow-cpu)."
)


def report(found: Gpus | Problem, allow_cpu: bool, *, on_cpu: str = ON_CPU) -> int:
    """Print what was found and return the exit code.

    Args:
        on_cpu: how to go on without a GPU.
    """
    if isinstance(found, Gpus):
        names = ", ".join(f"{n} x {name}" for name, n in Counter(found.names).items())
        print(f"GPU: {names}; driver {found.driver}; JAX computes on it.")
        return 0
    message = ScalingError(
        f"GPU ({found.cause})",
        found=found.found,
        expected="an NVIDIA GPU that JAX can use",
        fix=found.fix,
    )
    if not allow_cpu:
        print(f"scaling: {message}. {on_cpu}", file=sys.stderr)
        return NO_GPU
    line = "!" * 78
    print(
        f"{line}\nNO GPU IS USED: everything runs on the CPU, as ALLOW_CPU=1 asks.\n"
        f"{message}.\n{line}",
        file=sys.stderr,
    )
    return 0
