"""The options of `scaling train` and `scaling plan`."""

from collections.abc import Callable
from typing import Any

import click

from value_scaling.commands.importing.option_values import pairs
from value_scaling.commands.options import (
    ProjectOptions,
    RangedType,
    command,
    json_option,
    set_option,
    study_argument,
)
from value_scaling.commands.training.plan import show_plan
from value_scaling.commands.training.request import Request
from value_scaling.commands.training.train import train_study
from value_scaling.records.axes import AXES
from value_scaling.records.limits import Name, Seconds, Small
from value_scaling.store.folders import RUNS


def _common_options(executor: str) -> Callable[[Any], Any]:
    """Add the study, the part of it, and where its runs go.

    Args:
        executor: The default executor.
    """

    parts: tuple[tuple[str, str, Any, str], ...] = (
        ("--tasks", "tasks", Name, "Environments, separated by commas (all)."),
        *(
            (a.option, a.plural, a.hint, f"{a.words[0].upper()}{a.words[1:]}s (all).")
            for a in AXES.values()
        ),
    )

    def add(function: Any) -> Any:
        several = [
            click.option(
                option, name, type=RangedType(kind, several=True), default=(), help=text
            )
            for option, name, kind, text in parts
        ]
        for option in (
            click.option(
                "--seeds",
                type=RangedType(Small),
                metavar="N",
                help="Seeds of each setting (training file).",
            ),
            *reversed(several),
            click.option(
                "--runs",
                type=click.Choice(RUNS),
                help="Write the archives that the study file names, or fresh ones; the "
                "authors' studies always use fresh ones.",
            ),
            click.option(
                "--executor",
                type=click.Choice(("one", "local", "ray", "slurm")),
                default=executor,
                help="One process, one for each core or GPU, a Ray cluster, or a Slurm "
                f"cluster ({executor}).",
            ),
            study_argument,
        ):
            function = option(function)
        return function

    return add


def _request(checkout: ProjectOptions, runs: str | None, options: Any) -> Request:
    values = {axis.name: options.pop(axis.plural) for axis in AXES.values()}
    runs = runs or checkout.runs
    slurm = pairs("--slurm", options.pop("slurm", ()))
    return Request(root=checkout.root, runs=runs, values=values, slurm=slurm, **options)


@click.pass_obj
def _train(checkout: ProjectOptions, runs: str | None, **options: Any) -> int:
    """Train the missing runs of one set. The same command continues after any stop.

    The exit code is 3 if settings are unfinished, e.g. while another process trains
    them.
    """
    return train_study(_request(checkout, runs, options))


@click.pass_obj
def _plan(checkout: ProjectOptions, runs: str | None, **options: Any) -> int:
    """Print what the missing runs of each set will take, and all sets together.

    Before there is a fit of the sweep, the middle of each grid stands in for B*, η*.
    """
    return show_plan(_request(checkout, runs, options))


def training_command(name: str) -> click.Command:
    """Return `train` or `plan`, with an option for each axis."""
    if name == "plan":
        return command(name)(_common_options("local")(json_option(_plan)))
    options = (
        set_option(required=True),
        click.option(
            "--checkpoint-seconds",
            type=RangedType(Seconds),
            default=120.0,
            metavar="S",
            help="Seconds between checkpoints (120).",
        ),
        click.option(
            "--ray-address",
            metavar="A",
            help="Address of the Ray cluster ($RAY_ADDRESS).",
        ),
        click.option(
            "--slurm",
            multiple=True,
            metavar="KEY=VALUE,…",
            help="Options of sbatch: partition=gpu,gpus_per_node=1,time=120.",
        ),
        click.option(
            "--log",
            type=click.Choice(("wandb", "tensorboard")),
            multiple=True,
            help="Also log the runs to W&B or to build/logs (WANDB=1: to W&B).",
        ),
        click.option(
            "--tensorboard",
            "log",
            flag_value="tensorboard",
            multiple=True,
            help="The same as --log tensorboard.",
        ),
    )
    function: Any = _train
    for option in reversed(options):
        function = option(function)
    return command(name)(_common_options("one")(function))
