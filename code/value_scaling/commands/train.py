"""`scaling train` and `scaling plan`: their options; the work is in `training`."""

from collections.abc import Callable
from typing import Any

import click

from value_scaling.commands import training
from value_scaling.commands.options import (
    Checkout,
    Ranged,
    command,
    set_option,
    study_argument,
)
from value_scaling.records.axes import AXES
from value_scaling.records.limits import Name, Seconds, Small
from value_scaling.store.folders import RUNS


def _what(executor: str) -> Callable[[Any], Any]:
    """Add the study, the part of it, and where its runs go."""

    parts: tuple[tuple[str, str, Any, str], ...] = (
        ("--tasks", "tasks", Name, "environments, separated by commas (all)"),
        *((a.option, a.plural, a.hint, f"{a.words}s (all)") for a in AXES.values()),
    )

    def add(function: Any) -> Any:
        several = [
            click.option(
                option, name, type=Ranged(kind, several=True), default=(), help=text
            )
            for option, name, kind, text in parts
        ]
        for option in (
            click.option(
                "--seeds",
                type=Ranged(Small),
                metavar="N",
                help="Seeds of each setting (training file).",
            ),
            *reversed(several),
            click.option(
                "--runs",
                type=click.Choice(RUNS),
                help="Into the archives that the study file names, or into fresh ones; "
                "the authors' studies are always trained afresh.",
            ),
            click.option(
                "--executor",
                type=click.Choice(("one", "local", "ray")),
                default=executor,
                help="One process, one for each core or GPU, or a Ray cluster "
                f"({executor}).",
            ),
            study_argument,
        ):
            function = option(function)
        return function

    return add


def _asked(checkout: Checkout, runs: str | None, options: Any) -> training.Asked:
    values = {axis.name: options.pop(axis.plural) for axis in AXES.values()}
    runs = runs or checkout.runs
    return training.Asked(root=checkout.root, runs=runs, values=values, **options)


@click.pass_obj
def _train(checkout: Checkout, runs: str | None, **options: Any) -> int:
    """Train the missing runs of one set; the same command goes on after any stop.

    Exit code 3: some settings are unfinished, as when another process trains them.
    """
    return training.train_study(_asked(checkout, runs, options))


@click.pass_obj
def _plan(checkout: Checkout, runs: str | None, **options: Any) -> int:
    """Say what the missing runs of a study will take: each set, and all together.

    Before there is a fit of the sweep, the middle of each grid stands in for B*, η*.
    """
    return training.show_plan(_asked(checkout, runs, options))


def training_command(name: str) -> click.Command:
    """Return `train` or `plan`, with an option for each axis."""
    if name == "plan":
        return command(name)(_what("local")(_plan))
    options = (
        set_option(required=True),
        click.option(
            "--checkpoint-seconds",
            type=Ranged(Seconds),
            default=120.0,
            metavar="S",
            help="Seconds between checkpoints (120).",
        ),
        click.option(
            "--ray-address", metavar="A", help="Of the cluster ($RAY_ADDRESS)."
        ),
        click.option(
            "--tensorboard", is_flag=True, help="Copy the runs to build/logs."
        ),
    )
    function: Any = _train
    for option in reversed(options):
        function = option(function)
    return command(name)(_what("one")(function))
