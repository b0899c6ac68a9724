"""`scaling train` and `scaling plan`; JAX is imported only when one of them runs."""

import argparse
from typing import TYPE_CHECKING

from value_scaling.records import SETS, Hyperparameters, ScalingError
from value_scaling.store.folders import Folders
from value_scaling.store.project import Project
from value_scaling.store.training_files import load_training

if TYPE_CHECKING:
    from value_scaling.sweep.sets import SetPlan


def add_commands(subparsers: argparse._SubParsersAction) -> None:
    """Add the commands to those of `scaling`."""
    train = subparsers.add_parser(
        "train",
        help="train the missing runs of a study",
        description=train_study.__doc__,
    )
    train.add_argument("study", metavar="STUDY", help="e.g. classic, smoke")
    train.add_argument("--set", choices=SETS, required=True, dest="set_name")
    train.add_argument(
        "--checkpoint-seconds", type=float, default=120.0, metavar="S", help="(120)"
    )
    train.add_argument(
        "--executor",
        choices=("one", "local"),
        default="one",
        help="one process, or one for each core (one)",
    )
    train.set_defaults(run=train_study)
    plan = subparsers.add_parser(
        "plan",
        help="what a study's missing runs will take",
        description=show_plan.__doc__,
    )
    plan.add_argument("study", metavar="STUDY")
    plan.set_defaults(run=show_plan)


def train_study(arguments: argparse.Namespace) -> int:
    """Train the missing runs of one set; the same command goes on after any stop."""
    folders = Folders.at(arguments.root)
    _configure(folders)
    from value_scaling.sweep.provenance import provenance
    from value_scaling.sweep.sets import train_set
    from value_scaling.sweep.train import Workshop

    plan = _plan(arguments, arguments.set_name)
    print(_words(plan), flush=True)
    shop = Workshop(
        folder=plan.folder,
        training=plan.training,
        provenance=provenance(folders.root),
        checkpoint_seconds=arguments.checkpoint_seconds,
    )
    if arguments.executor == "local":
        from value_scaling.sweep.local import cores, train_places

        whole = train_places(plan, shop, cores(), cache=folders.build / "jax")
    else:
        whole = train_set(plan, shop)
    where = plan.archive if whole else plan.partial
    print(f"{'whole' if whole else 'in part, others are at the rest'}: {where}")
    return 0


def show_plan(arguments: argparse.Namespace) -> int:
    """Say what the missing runs of each set of a study will take."""
    _configure(Folders.at(arguments.root))
    for set_name in SETS:
        try:
            print(_words(_plan(arguments, set_name)))
        except ScalingError as error:
            print(f"{arguments.study} {set_name}: not yet ({error})")
    return 0


def _configure(folders: Folders) -> None:
    from value_scaling.learning.backend import configure

    configure(folders.build / "jax")


def _plan(arguments: argparse.Namespace, set_name: str) -> "SetPlan":
    from value_scaling.sweep.sets import plan_set

    project = Project.at(arguments.root)
    study = project.study(arguments.study)
    training = load_training(study, project.folders)
    fit: Hyperparameters | None = None
    if set_name != "sweep":
        fit = project.hyperparameters(study, "default")
    return plan_set(study, set_name, training, project.folders, fit)


def _words(plan: "SetPlan") -> str:
    runs = [run for group in plan.groups for run in group.runs]
    steps = sum(plan.training.steps(run.setting) for run in runs)
    updates = sum(
        run.setting.utd
        * max(0, plan.training.steps(run.setting) - plan.training.start_training)
        for run in runs
    )
    from value_scaling.sweep.sets import work

    hours = sum(work(group, plan.training) for group in plan.groups) / 3600
    missing = sum(len(group.settings) for group in plan.groups)
    return (
        f"{plan.study.name} {plan.set_name}: {missing} of {len(plan.settings)} "
        f"settings are missing: {len(runs)} runs, {steps:.3g} environment steps, "
        f"{updates:.3g} updates, about {hours:.1f} CPU-hours (64x64 networks, one core)"
    )
