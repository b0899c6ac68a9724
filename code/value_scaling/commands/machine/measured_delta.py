"""δ of a study, measured on this machine."""

from typing import TYPE_CHECKING

import numpy as np

from value_scaling.commands.console import print_json, show
from value_scaling.commands.options import ProjectOptions
from value_scaling.commands.text.parts import listing
from value_scaling.commands.text.prices import (
    ASSUMES,
    MEASURED,
    assumptions,
    price_document,
)
from value_scaling.records import Study
from value_scaling.store.project import Project
from value_scaling.store.studies.training import load_training

if TYPE_CHECKING:
    from value_scaling.sweep.cost.measured_price import Priced

_NAMES = ("environment", "B", "update (µs)", "step (µs)", "FLOP/s", "δ", "")


def delta_of_study(
    checkout: ProjectOptions, name: str, tasks: tuple[str, ...], as_json: bool
) -> None:
    """Measure δ for each environment and batch size of a study, and print it.

    The δ of the study is the geometric mean over environments at their middle batch
    size.
    """
    project = Project.at(checkout.root)
    study = project.study(name)
    found = measure_study(project, study, tasks)
    middle = _middle(study, found)
    mean = float(np.exp(np.mean([np.log(each.price.delta) for each in middle])))
    assumes = (*ASSUMES, *MEASURED)
    if as_json:
        measured = [
            {
                "environment": each.env,
                "batch_size": each.batch_size,
                "update_seconds": each.update_seconds,
            }
            | price_document(each.price)
            for each in found
        ]
        print_json(
            {
                "study": study.name,
                "delta": mean,
                "delta_of_study_file": study.delta,
                "measured": measured,
                "assumes": assumes,
            }
        )
        return
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
    show(
        *listing(_NAMES, rows, right=_NAMES[1:6]),
        f"δ = {mean:.2g} FLOPs a step: geometric mean over environments at the middle "
        f"batch size (<-).\nThe study file says {study.delta:.2g}.",
        *assumptions(assumes),
    )


def measure_study(
    project: Project, study: Study, tasks: tuple[str, ...]
) -> "tuple[Priced, ...]":
    """Time the updates and steps of the sweep of a study on one core."""
    training = load_training(study, project.folders)
    from value_scaling.learning.backend import configure, on_cpu
    from value_scaling.sweep.cost.measured_price import measure
    from value_scaling.sweep.plan.groups import plan_groups
    from value_scaling.sweep.plan.selection import Selection, check, choose
    from value_scaling.sweep.plan.settings import stand_ins
    from value_scaling.sweep.plan.widths import with_widths

    configure(project.folders.build / "jax", cpu=True)
    part = Selection(tasks=tasks)
    check(part, study)
    name = "sweep" if study.grid else "ours"
    settings = with_widths(
        choose(study.grid or stand_ins(study), part, study, name), training
    )
    # With several N, the largest networks decide the time of an update.
    largest = {each.env: each.others for each in sorted(settings)}
    settings = tuple(s for s in settings if s.others == largest[s.env])
    groups = plan_groups(study, name, settings, training, lambda _: False)
    with on_cpu():
        return measure(study, training, groups)


def _middle(study: Study, found: "tuple[Priced, ...]") -> "list[Priced]":
    """Return the middle one of the measured batch sizes of each environment."""
    middle = []
    for env in study.environment_names:
        own = [each for each in found if each.env == env]
        if own:
            middle.append(own[len(own) // 2])
    return middle
