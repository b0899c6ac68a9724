"""`scaling delta`: δ, in FLOPs for an environment step, from numbers or measured here.

JAX is imported only to measure.
"""

import json
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from value_scaling.commands.options import (
    Checkout,
    Ranged,
    command,
    json_option,
    optional_study_argument,
)
from value_scaling.commands.tables import show_table
from value_scaling.records import ScalingError, Study
from value_scaling.records.compute import Price
from value_scaling.records.limits import BatchSize, Name, Positive, Seconds
from value_scaling.report.text.plain import plain
from value_scaling.store.project import Project
from value_scaling.store.studies.training import load_training

if TYPE_CHECKING:
    from value_scaling.sweep.cost.measured_price import Priced

_NUMBERS: dict[str, tuple[Any, str]] = {
    "flops_per_second": (Positive, "FLOPs of updates a second, 10·N·B for an update"),
    "update_seconds": (Seconds, "seconds of one update"),
    "batch_size": (BatchSize, "B of that update"),
    "model_size": (Positive, "N, critic parameters"),
    "steps_per_second": (Positive, "environment steps a second"),
    "step_seconds": (Seconds, "seconds of one environment step"),
}
_UPDATE = ("update_seconds", "batch_size", "model_size")
_ASSUMES = (
    "Updates and environment steps alternate; where they overlap, δ is smaller.",
    "An update counts 10·N·B FLOPs, as in C, whatever the hardware computes.",
)
_MEASURED = (
    "Times are CPU seconds of one core of this machine; runs are packed, and an update"
    " is one run's share.",
    "Updates are those of the largest environment; N is the study file's.",
    "A step is one of the environment, with the policy's choice of the action.",
)


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _number_options(function: Any) -> Any:
    for name, (kind, text) in reversed(_NUMBERS.items()):
        function = click.option(_option(name), type=Ranged(kind), help=text)(function)
    return function


@command("delta")
@optional_study_argument
@click.option(
    "--tasks",
    type=Ranged(Name, several=True),
    default=(),
    help="environments of STUDY, separated by commas (all)",
)
@_number_options
@json_option
@click.pass_obj
def delta(
    checkout: Checkout,
    study: str | None,
    tasks: tuple[str, ...],
    as_json: bool,
    **numbers: float | None,
) -> None:
    """Compute δ: FLOPs a second of updates, times the seconds of an environment
    step. From two numbers (--flops-per-second and --steps-per-second), from two times
    (--update-seconds with its --batch-size and --model-size, and --step-seconds), or
    measured here for a study that can be trained (STUDY, with a training file)."""
    given = {name: v for name in _NUMBERS if (v := numbers[name]) is not None}
    if study is None:
        if tasks:
            raise ScalingError(
                "--tasks",
                found="no STUDY",
                expected="the study whose environments these are",
                fix="name it: scaling delta STUDY --tasks A,B",
            )
        _show_numbers(_from_numbers(given), as_json)
    elif given:
        raise ScalingError(
            "scaling delta",
            found=f"study {study} and {', '.join(map(_option, given))}",
            expected="a study, whose times are measured here, or numbers",
            fix="leave out one of the two",
        )
    else:
        _show_study(checkout, study, tasks, as_json)


def _from_numbers(value: dict[str, float]) -> Price:
    """Take δ from what was given, or refuse what is missing or given twice."""
    steps = [name for name in ("steps_per_second", "step_seconds") if name in value]
    updates = [name for name in _UPDATE if name in value]
    direct = "flops_per_second" in value
    whole = not updates if direct else len(updates) == len(_UPDATE)
    if len(steps) != 1 or not whole:
        raise ScalingError(
            "scaling delta",
            found=", ".join(map(_option, value)) or "no study and no numbers",
            expected="either --flops-per-second or all of "
            f"{', '.join(map(_option, _UPDATE))}; and either --steps-per-second or "
            "--step-seconds",
            fix="give one of each kind, or the name of a study to measure",
        )
    seconds = value[steps[0]]
    if steps == ["steps_per_second"]:
        seconds = 1 / seconds
    if direct:
        return Price(value["flops_per_second"], seconds)
    return Price.of_update(
        model_size=value["model_size"],
        batch_size=value["batch_size"],
        update_seconds=value["update_seconds"],
        step_seconds=seconds,
    )


def _show_numbers(price: Price, as_json: bool) -> None:
    if as_json:
        print(json.dumps(_document(price) | {"assumes": _ASSUMES}, indent=1))
        return
    rows = [
        ("FLOPs a second", plain(price.flops_per_second)),
        ("seconds a step", plain(price.step_seconds)),
        ("δ (FLOPs a step)", plain(price.delta)),
    ]
    show_table((), rows)
    _print_assumptions(_ASSUMES)


def _show_study(
    checkout: Checkout, name: str, tasks: tuple[str, ...], as_json: bool
) -> None:
    project = Project.at(checkout.root)
    study = project.study(name)
    found = _measured(project, study, tasks)
    middle = _middle(study, found)
    whole = float(np.exp(np.mean([np.log(each.price.delta) for each in middle])))
    assumes = (*_ASSUMES, *_MEASURED)
    if as_json:
        document = {
            "study": study.name,
            "delta": whole,
            "delta_of_study_file": study.delta,
            "measured": [
                {
                    "environment": each.env,
                    "batch_size": each.batch_size,
                    "update_seconds": each.update_seconds,
                }
                | _document(each.price)
                for each in found
            ],
            "assumes": assumes,
        }
        print(json.dumps(document, indent=1, allow_nan=False))
        return
    heading = ("environment", "B", "update (µs)", "step (µs)", "FLOP/s", "δ", "")
    rows = [
        (
            each.env,
            f"{each.batch_size}",
            f"{1e6 * each.update_seconds:.3g}",
            f"{1e6 * each.price.step_seconds:.3g}",
            f"{each.price.flops_per_second:.2e}",
            f"{each.price.delta:.2e}",
            "<-" if each in middle else "",
        )
        for each in found
    ]
    show_table(heading, rows)
    print(
        f"δ = {whole:.2g} FLOPs a step: geometric mean over environments at the middle "
        f"batch size (<-).\nThe study file says {study.delta:.2g}."
    )
    _print_assumptions(assumes)


def _measured(
    project: Project, study: Study, tasks: tuple[str, ...]
) -> "tuple[Priced, ...]":
    """Time what the sweep of a study does here, on one core."""
    training = load_training(study, project.folders)
    from value_scaling.learning.backend import configure, on_cpu
    from value_scaling.sweep.cost.measured_price import measure
    from value_scaling.sweep.plan.groups import plan_groups
    from value_scaling.sweep.plan.selection import Selection, check, choose
    from value_scaling.sweep.plan.settings import stand_ins

    configure(project.folders.build / "jax", cpu=True)
    part = Selection(tasks=tasks)
    check(part, study)
    name = "sweep" if study.grid else "ours"
    settings = choose(study.grid or stand_ins(study), part, study, name)
    groups = plan_groups(study, name, settings, training, lambda _: False)
    with on_cpu():
        return measure(study, training, groups)


def _middle(study: Study, found: "tuple[Priced, ...]") -> "list[Priced]":
    """Of each environment, the batch size in the middle of those measured."""
    middle = []
    for env in study.environment_names:
        own = [each for each in found if each.env == env]
        if own:
            middle.append(own[len(own) // 2])
    return middle


def _document(price: Price) -> dict[str, Any]:
    return {
        "delta": price.delta,
        "flops_per_second": price.flops_per_second,
        "step_seconds": price.step_seconds,
    }


def _print_assumptions(assumes: tuple[str, ...]) -> None:
    print("Assumed:")
    for text in assumes:
        print(f"- {text}")
