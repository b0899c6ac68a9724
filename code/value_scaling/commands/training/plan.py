"""`scaling plan`: what the missing runs of a study will take.

JAX is imported only when the command runs.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from value_scaling.commands.console import print_json, show
from value_scaling.commands.text.terminal import lower_baselines
from value_scaling.commands.training.cost_table import cost_document, cost_table
from value_scaling.commands.training.request import (
    Request,
    configure_jax,
    fit_if_any,
    open_project,
    selected,
)
from value_scaling.records import SETS
from value_scaling.store.studies.training import load_training

if TYPE_CHECKING:
    from value_scaling.sweep.cost.costs import Cost


@dataclass(frozen=True)
class SetCost:
    """What the missing runs of one set will take."""

    set_name: str
    missing: int
    """Number of settings that are missing."""
    settings: int
    """Number of all settings."""
    before_fit: bool
    """Whether the middle of the grid stands in for B* and η*."""
    cost: "Cost"


def show_plan(request: Request) -> int:
    """Print what the missing runs of each set will take, and all sets together.

    Before there is a fit of the sweep, the middle of each grid stands in for B*, η*.
    """
    project, study = open_project(request)
    configure_jax(project.folders, cpu=True)
    from value_scaling.sweep.cost import costs
    from value_scaling.sweep.host.processors import processors
    from value_scaling.sweep.host.workers import workers
    from value_scaling.sweep.plan.groups import plan_groups
    from value_scaling.sweep.plan.selection import choose
    from value_scaling.sweep.plan.sets import plan_set
    from value_scaling.sweep.plan.settings import stand_ins
    from value_scaling.sweep.plan.widths import trained_sets

    folders, part = project.folders, selected(request, study)
    training = part.of(load_training(study, folders))
    processes = workers(request.executor, processors())
    fit = fit_if_any(project, study)
    sets, together = [], costs.NOTHING
    for name in trained_sets(training):
        before_fit = name != "sweep" and fit is None
        if before_fit:
            settings = choose(stand_ins(study), part, study, name)
            groups = plan_groups(study, name, settings, training, lambda _: False)
        else:
            own = None if name == "sweep" else fit
            plan = plan_set(study, name, training, folders, own, part=part)
            groups, settings = plan.groups, plan.settings
        one = costs.cost(groups, training, available=processes.available)
        together += one
        missing = sum(len(group.settings) for group in groups)
        sets.append(SetCost(name, missing, len(settings), before_fit, one))
    archive = folders.archive(study, SETS[0])
    if request.as_json:
        available = processes.available
        needed = costs.disk_needed(together, processes)
        free = costs.disk_free(folders.root)
        found: dict[str, Any] = {
            "study": study.name,
            "executor": request.executor,
            "processes": processes.count,
            "process_for_each": processes.on,
            "memory_limit_gib": available if math.isfinite(available) else None,
            "sets": [
                {
                    "set": each.set_name,
                    "missing_settings": each.missing,
                    "settings": each.settings,
                    "before_fit": each.before_fit,
                }
                | cost_document(each.cost)
                for each in sets
            ],
            "together": cost_document(together),
            "disk_needed_gib": needed,
            "disk_free_gib": free,
            "fits_disk": needed <= free,
            "fits_memory": together.memory <= available,
            "folder": str(archive.parent),
        }
        print_json(found)
        return 0
    show(
        f"{study.name}: what is missing",
        *cost_table([(e.set_name, e.missing, e.settings, e.cost) for e in sets]),
        *_notes(sets),
        *(lower_baselines(fit) if fit else ()),
        costs.total(together, folders.root, processes),
        f"Runs go to {archive} and the archives beside it.",
    )
    return 0


def _notes(sets: list[SetCost]) -> list[str]:
    names = [each.set_name for each in sets if each.before_fit]
    if not names:
        return []
    return [
        f"{', '.join(names)}: before the fit of the sweep, B and lr are from the "
        "middle of the grid"
    ]
