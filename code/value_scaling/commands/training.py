"""`scaling train` and `scaling plan`; JAX is imported only when one of them runs."""

import argparse
import os
from typing import TYPE_CHECKING

from value_scaling.records import SETS, Hyperparameters, ScalingError
from value_scaling.store.folders import Folders
from value_scaling.store.project import Project
from value_scaling.store.training_files import load_training

if TYPE_CHECKING:
    from value_scaling.learning.program import Program
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
        choices=("one", "local", "ray"),
        default="one",
        help="one process, one for each core, or a Ray cluster (one)",
    )
    train.add_argument(
        "--ray-address", metavar="A", help="of the cluster ($RAY_ADDRESS)"
    )
    train.add_argument(
        "--tensorboard", action="store_true", help="copy the runs to build/logs"
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
    from value_scaling.sweep.sinks import Sinks, check
    from value_scaling.sweep.train import Workshop

    asked = {
        "wandb": os.environ.get("WANDB") == "1",
        "tensorboard": arguments.tensorboard,
    }
    sinks = Sinks(
        names=tuple(name for name, wanted in asked.items() if wanted),
        folder=folders.build / "logs",
    )
    check(sinks)
    plan = _plan(arguments, arguments.set_name)
    print(_words(plan, {}), flush=True)
    shop = Workshop(
        folder=plan.folder,
        training=plan.training,
        provenance=provenance(folders.root),
        checkpoint_seconds=arguments.checkpoint_seconds,
        sinks=sinks,
    )
    if arguments.executor == "local":
        from value_scaling.sweep.local import cores, train_places

        whole = train_places(plan, shop, cores(), cache=folders.build / "jax")
    elif arguments.executor == "ray":
        from value_scaling.sweep.cluster import train_cluster

        cache, address = folders.build / "jax", arguments.ray_address
        whole = train_cluster(plan, shop, cache=cache, address=address)
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
            print(_words(_plan(arguments, set_name), {}))
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


def _words(plan: "SetPlan", programs: "dict[Program, Program]") -> str:
    """Say what is missing and what it will take, from a short calibration."""
    from value_scaling.sweep import estimate

    groups, training = plan.groups, plan.training
    missing = sum(len(group.settings) for group in groups)
    text = (
        f"{plan.study.name} {plan.set_name}: {missing} of {len(plan.settings)} "
        "settings are missing"
    )
    if not groups:
        return text
    count = estimate.amount(groups, training)
    speed = estimate.calibrate(groups, training, programs)
    hours = sum(speed.of(group, training) for group in groups) / 3600
    memory = max(estimate.memory(group, training) for group in groups)
    device = estimate.on_device(groups, training)
    fastest = 1 / (
        speed.update + speed.update_sample * groups[0].settings[0].batch_size
    )
    return (
        f"{text}: {count.runs} runs, {count.steps:.3g} environment steps, "
        f"{count.updates:.3g} updates\n"
        f"  here: about {hours:.1f} hours of one core ({fastest:.0f} updates/s at B "
        f"{groups[0].settings[0].batch_size}), {estimate.peak_memory() + memory:.1f} "
        "GiB of memory a process\n"
        f"  on an H100 (an estimate, none was used: {estimate.H100.flops / 1e12:.0f} "
        f"TFLOP/s, {estimate.H100.launch * 1e3:.2f} ms an update at least, "
        f"{estimate.H100.env_steps:.0f} environment steps/s): {device.hours:.1f} "
        f"hours, {device.runs_packed} runs a program, {device.memory:.2f} GiB"
    )
