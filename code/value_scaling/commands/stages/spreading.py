"""Where a stage applies its function to many settings: here, or on a Ray cluster."""

from collections.abc import Callable
from functools import partial
from typing import Any

import click

from value_scaling.records.stage import Mapper


def executor_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options `--executor` and `--ray-address`."""
    for option in (
        click.option(
            "--ray-address",
            metavar="X",
            help="Address of the Ray cluster ($RAY_ADDRESS, or this host).",
        ),
        click.option(
            "--executor",
            type=click.Choice(("one", "ray")),
            default="one",
            help="One process, or a Ray cluster for the crossings (one).",
        ),
    ):
        function = option(function)
    return function


def mapper(executor: str, ray_address: str | None) -> Mapper:
    """Return what applies a function to settings, from the values of the options."""
    if executor == "one":
        return map
    from value_scaling.cluster.ray_map import ray_map

    return partial(ray_map, address=ray_address)
