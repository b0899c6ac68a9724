"""Results of planted studies of σ and N, with all that figures and texts show."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from tests.planted_sizes import GRID, STUDY, Given, array, member, pack

from value_scaling.records import Estimate
from value_scaling.records.model_size.comparisons import EqualBudget, FigureErrors
from value_scaling.records.model_size.critics import PassiveCritic, Slopes, TdErrors
from value_scaling.records.model_size.record import TaskSizes
from value_scaling.report.sizes.results import SizeResults
from value_scaling.store.studies.model_size import load_size_study
from value_scaling.workflow.model_size.stage import make


def about(value: np.ndarray | float | list[float]) -> Estimate:
    """Return values with an interval of ±10%."""
    middle = np.asarray(value, dtype=float)
    ends = 0.9 * middle, 1.1 * middle
    return Estimate(middle, np.minimum(*ends), np.maximum(*ends))


def planted_td_errors() -> TdErrors:
    """Return errors at two σ, three widths and two batch sizes."""
    cells = [(u, w, b) for u in (1, 8) for w in (256, 512, 1024) for b in (128, 256)]
    utds, widths, batches = (np.array(each, float) for each in zip(*cells, strict=True))
    groups = np.array([1.0, 1, 1, 8, 8, 8]), np.array([256.0, 512, 1024] * 2)
    slopes = Slopes(*groups, about(np.full(6, -0.1)), about(np.full(6, 0.2)))
    by_size = Slopes(np.array([1.0, 8]), np.zeros(2), about(-np.ones(2)), about([1, 2]))
    errors = about(100 / widths), about(300 / widths * (batches / 128) ** 0.2)
    sizes = 8 * widths**2
    return TdErrors("grid.zip", utds, widths.astype(int), sizes, batches, *errors,
                    slopes, by_size)  # fmt: skip


def planted_sizes(folder: Path) -> SizeResults:
    """Return the results of the planted study, whose archive is written to `folder`."""
    batches = {}
    for utd in (1, 2, 4):
        for width in (256, 512, 1024):
            for batch, slower in ((128, 0.8), (512, 0.9)):
                found = array(utd, width)
                found[:, 1:] *= slower
                batches[member(utd, width, batch)] = found
    pack(folder / "grid.zip", GRID | batches)
    record = make(Given(STUDY, folder), replicates=20, seed=0)
    pairs = EqualBudget(
        "n_only.zip", ("walk, budget 1",), about([1.2]), about(1.2), about(1.2)
    )
    record = replace(
        record,
        td_errors={"group/walk": planted_td_errors()},
        passive_critics={"walk": _passive_critic()},
        equal_budget=(pairs,),
    )
    return SizeResults(STUDY, record)


def planted_followup(planted: SizeResults) -> SizeResults:
    """Return results of the study `followup` with its groups and tasks.

    Each task has the numbers of the planted one, so only names and what is there are
    those of the published study.
    """
    study = load_size_study("followup")
    keys = [(group.name, task.name) for group in study.groups for task in group.tasks]
    critics = [
        name for group, name in keys if name.startswith("h1-") and group == "bro"
    ]

    def renamed(tasks: dict[str, TaskSizes]) -> dict[str, TaskSizes]:
        one = next(iter(tasks.values()))
        return {f"{g}/{t}": replace(one, group=g, task=t) for g, t in keys}

    kinds = ("fitted", "interpolated", "extrapolated")
    errors = FigureErrors(
        about(0.5),
        about(0.5),
        {kind: about(0.1) for kind in kinds},
        {kind: about(0.05) for kind in ("points", "all settings")},
    )
    (pairs,) = planted.record.equal_budget
    record = replace(
        planted.record,
        study=study.name,
        variants={v: renamed(each) for v, each in planted.record.variants.items()},
        published_batches={
            variant: {task.task: task.batch for task in tasks.values() if task.batch}
            for variant, tasks in planted.record.variants.items()
        },
        figure_errors=dict.fromkeys(planted.record.variants, errors),
        td_errors={
            f"simbav2/{t}": planted_td_errors() for g, t in keys if g == "simbav2"
        },
        passive_critics={name: _passive_critic() for name in critics},
        equal_budget=tuple(
            replace(pairs, archive=f"{way}_scaling_bl.zip") for way in ("utd", "n")
        ),
    )
    return SizeResults(study, record)


def _passive_critic() -> PassiveCritic:
    widths = np.array([256, 512])
    return PassiveCritic(
        widths, widths, about([[4, 3], [2, 1]]), about(-0.5), about(-0.2), 2
    )
