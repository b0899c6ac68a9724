"""`scaling delta`: δ, the FLOPs of updates that an environment step is worth.

Numbers give δ without JAX; for a study it is measured on this machine.
"""

from typing import Any

import click

from value_scaling.commands.console import print_json, show
from value_scaling.commands.machine.measured_delta import delta_of_study
from value_scaling.commands.options import (
    ProjectOptions,
    RangedType,
    command,
    json_option,
    optional_study_argument,
)
from value_scaling.commands.text.parts import listing
from value_scaling.commands.text.prices import ASSUMES, assumptions, price_document
from value_scaling.records import ScalingError
from value_scaling.records.compute import Price
from value_scaling.records.limits import BatchSize, Name, Positive, Seconds
from value_scaling.report.text.plain import plain

_NUMBERS: dict[str, tuple[Any, str]] = {
    "flops_per_second": (Positive, "FLOPs of updates a second, 10·N·B for an update."),
    "update_seconds": (Seconds, "Seconds of one update."),
    "batch_size": (BatchSize, "B of that update."),
    "model_size": (Positive, "N, critic parameters."),
    "steps_per_second": (Positive, "Environment steps a second."),
    "step_seconds": (Seconds, "Seconds of one environment step."),
}
_UPDATE = ("update_seconds", "batch_size", "model_size")


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _number_options(function: Any) -> Any:
    for name, (kind, text) in reversed(_NUMBERS.items()):
        function = click.option(_option(name), type=RangedType(kind), help=text)(
            function
        )
    return function


@command("delta")
@optional_study_argument
@click.option(
    "--tasks",
    type=RangedType(Name, several=True),
    default=(),
    help="Environments of STUDY, separated by commas (all).",
)
@_number_options
@json_option
@click.pass_obj
def delta(
    checkout: ProjectOptions,
    study: str | None,
    tasks: tuple[str, ...],
    as_json: bool,
    **numbers: float | None,
) -> None:
    """Compute δ: FLOPs of updates a second, times the seconds of an environment step.

    It follows from two numbers (--flops-per-second and --steps-per-second), from two
    times (--update-seconds with its --batch-size and --model-size, and
    --step-seconds), or from a measurement of STUDY, which needs a training file.
    """
    given = {name: v for name in _NUMBERS if (v := numbers[name]) is not None}
    if study is None:
        if tasks:
            raise ScalingError(
                "--tasks",
                found="no STUDY",
                expected="the study that has these environments",
                fix="name it: scaling delta STUDY --tasks A,B",
            )
        _show(_from_numbers(given), as_json)
    elif given:
        raise ScalingError(
            "scaling delta",
            found=f"study {study} and {', '.join(map(_option, given))}",
            expected="a study, which is measured here, or numbers",
            fix="leave out one of the two",
        )
    else:
        delta_of_study(checkout, study, tasks, as_json)


def _from_numbers(value: dict[str, float]) -> Price:
    """Return δ from the given numbers.

    Raises:
        ScalingError: a number is missing, or given in two ways.
    """
    steps = [name for name in ("steps_per_second", "step_seconds") if name in value]
    updates = [name for name in _UPDATE if name in value]
    direct = "flops_per_second" in value
    complete = not updates if direct else len(updates) == len(_UPDATE)
    if len(steps) != 1 or not complete:
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


def _show(price: Price, as_json: bool) -> None:
    if as_json:
        print_json(price_document(price) | {"assumes": ASSUMES})
        return
    rows = [
        ("FLOPs a second", plain(price.flops_per_second)),
        ("seconds a step", plain(price.step_seconds)),
        ("δ (FLOPs a step)", plain(price.delta)),
    ]
    show(*listing(("quantity", "value"), rows, right=["value"]), *assumptions(ASSUMES))
