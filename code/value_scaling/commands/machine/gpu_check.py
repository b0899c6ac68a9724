"""`scaling gpu-check`: whether JAX can compute on a GPU here, and if not, why."""

import os
import sys
from collections import Counter
from dataclasses import asdict

import click

from value_scaling.commands.console import print_json
from value_scaling.commands.options import command, json_option
from value_scaling.learning.gpu import Gpus, Host, Problem, find
from value_scaling.records import ScalingError

NO_GPU = 3
"""Exit code without a GPU. 2 is a mistake in the input."""


@command("gpu-check")
@click.option(
    "--allow-cpu", is_flag=True, help="Continue without a GPU, with a warning."
)
@json_option
def gpu_check(allow_cpu: bool, as_json: bool) -> int:
    """Compute on the GPU once. Without one, say why; the exit code is then 3."""
    found = find(Host(environment=os.environ))
    if not as_json:
        return report(found, allow_cpu)
    print_json({"gpu": isinstance(found, Gpus), **asdict(found)})
    return 0 if isinstance(found, Gpus) or allow_cpu else NO_GPU


ON_CPU = (
    "To train on the CPU, which takes months for the large studies: "
    "ALLOW_CPU=1 (scaling gpu-check --allow-cpu)."
)


def report(found: Gpus | Problem, allow_cpu: bool, *, on_cpu: str = ON_CPU) -> int:
    """Print what was found and return the exit code.

    Args:
        on_cpu: How to continue without a GPU.
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
