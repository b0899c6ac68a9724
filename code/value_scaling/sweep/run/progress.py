"""The progress bar of a set in training, and the weight of each group in it."""

import sys

from tqdm import tqdm

from value_scaling.records import Setting
from value_scaling.records.training import Training
from value_scaling.sweep.plan.groups import GroupPlan
from value_scaling.sweep.plan.sets import SetPlan

_SIZE = 1e4
"""N of 64×64 networks."""


def work(group: GroupPlan, training: Training) -> float:
    """Return the expected CPU-seconds of a group, as its weight in the progress bar.

    The numbers are for 64×64 networks on one core of an AMD EPYC: 200 µs per
    environment step, and 100 µs per update with 2.6 µs more for each sample. Only the
    ratios matter. The time for each sample is proportional to N, if the grid has N.
    """
    return group.seeds * sum(run_work(each, training) for each in group.settings)


def run_work(setting: Setting, training: Training) -> float:
    """Return the expected CPU-seconds of one run; see `work`."""
    size = setting.values.get("model_size", _SIZE)
    update = 100e-6 + 2.6e-6 * setting.batch_size * size / _SIZE
    return training.steps(setting) * (200e-6 + setting.utd * update)


def progress_bar(plan: SetPlan, where: str = "", *, quiet: bool = False) -> tqdm:
    """Return the progress bar of a set in training, which counts by `work`.

    In a log or a pipe, it is written at most once a minute.

    Args:
        where: text that follows the set's name.
    """
    return tqdm(
        total=sum(work(group, plan.training) for group in plan.groups),
        desc=f"{plan.study.name} {plan.set_name}{where}",
        bar_format="{desc}: {percentage:5.1f}% |{bar}| {elapsed} spent, about "
        "{remaining} left{postfix}",
        file=sys.stderr,
        disable=quiet or not plan.groups,
        mininterval=1 if sys.stderr.isatty() else 60,
        maxinterval=120,
    )
