"""Predictions of the data at a value that was left out, by partial pooling."""

from collections.abc import Sequence

import numpy as np

from value_scaling.records.external.record import ALL
from value_scaling.records.stages.held_out import AgainstNaive
from value_scaling.workflow.external.arms import TaskData
from value_scaling.workflow.external.exponents import effects, pooled, slope_weights
from value_scaling.workflow.prediction.held_out import against_naive, held_out
from value_scaling.workflow.prediction.naive import naive_data


def predictions(
    data: Sequence[TaskData], groups: np.ndarray, values: np.ndarray
) -> tuple[AgainstNaive, ...]:
    """Predict the largest and the smallest value from the others.

    Each task has its own scale and the exponent that partial pooling within its group
    gives it. The naive predictors are no change, and the task's own power law.

    Args:
        data: tasks that are compared.
        groups: [tasks], name of the group of each task.
        values: [values], ascending.
    """
    checks = []
    for kind, left_out in (("largest utd", len(values) - 1), ("smallest utd", 0)):
        kept = np.delete(np.arange(len(values)), left_out)
        weights = np.zeros(len(values))
        weights[kept] = slope_weights(values[kept])
        found = effects(data, weights)
        models = pooled(found, groups)[1]
        slopes, drawn = found.value.copy(), found.drawn.copy()
        for group, model in models.items():
            if group != ALL:
                own = groups == group
                slopes[own] = model.shrunk(found.value[own])
                drawn[:, own] = model.shrunk(found.drawn[:, own])
        far = np.log(values[left_out]) - np.log(values[kept]).mean()
        for at, each in enumerate(data):
            scale = np.log(each.steps[kept]).mean()
            scales = np.log(each.drawn[:, kept]).mean(axis=1)
            checks.append(
                held_out(
                    quantity="data",
                    kind=kind,
                    label=each.arms.task,
                    predicted=(
                        float(np.exp(scale + far * slopes[at])),
                        np.exp(scales + far * drawn[:, at]),
                    ),
                    actual=(float(each.steps[left_out]), each.drawn[:, left_out]),
                    naive=naive_data(
                        values[kept],
                        each.steps[kept],
                        each.drawn[:, kept],
                        float(values[left_out]),
                    ),
                )
            )
    return against_naive(checks)
