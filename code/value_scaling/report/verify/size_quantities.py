"""The numbers of a study of σ and N by name, for comparison with published numbers."""

from collections.abc import Callable

import numpy as np

from value_scaling.records import Estimate
from value_scaling.records.model_size.record import ModelSizes
from value_scaling.report.verify.quantities import (
    NotAvailable,
    Quantity,
    UnknownQuantity,
    plain,
)


def size_quantity(key: str, record: ModelSizes, variant: str) -> Quantity:
    """Return the quantity called `key`.

    Names:
        data.GROUP: D at the highest level, env steps, by task, σ and N;
        levels.GROUP: J_max by the authors' rule, by task;
        figures.batch_error, figures.log_linear_error: mean |B̂/B - 1| over the points of
            the authors' figures;
        figures.data_error: mean |D̂/D - 1| over the points of the authors' figures;
        figures.NAME.TASK: optima from the authors' fits, by level; NAME is utd, size,
            data, compute or budget.

    Raises:
        NotAvailable: a required archive is missing.
        UnknownQuantity: there is no quantity of this name.
    """
    head, _, rest = key.partition(".")
    readers: dict[str, Callable[[str, ModelSizes, str], Quantity]] = {
        "data": _data,
        "levels": _levels,
        "figures": _figures,
    }
    if head not in readers:
        raise UnknownQuantity(f"{key!r}; names start with one of {', '.join(readers)}")
    return readers[head](rest, record, variant)


def _data(group: str, record: ModelSizes, variant: str) -> Quantity:
    found: Quantity = {}
    for task in record.variants[variant].values():
        for row, setting in enumerate(task.settings if task.group == group else ()):
            size = setting.values["model_size"]
            parts = (task.data.value, task.data.low, task.data.high)
            label = f"{setting.env}, UTD {setting.utd:g}, N {size}"
            found[label] = Estimate(*(part[row, -1] for part in parts))
    return _there(found, group)


def _levels(group: str, record: ModelSizes, variant: str) -> Quantity:
    tasks = record.variants[variant].values()
    own = {t.task: plain(t.proposed_level) for t in tasks if t.group == group}
    return _there(own, group)


def _there(found: Quantity, group: str) -> Quantity:
    if not found:
        raise NotAvailable(f"the runs of {group} are not here")
    return found


def _figures(rest: str, record: ModelSizes, variant: str) -> Quantity:
    batches = record.published_batches[variant].values()
    name, _, task = rest.partition(".")
    if name == "batch_error":
        return {"": plain(np.concatenate([b.errors for b in batches]).mean())}
    if name == "log_linear_error":
        return {
            "": plain(np.concatenate([b.log_linear_errors for b in batches]).mean())
        }
    if name == "data_error":
        return {"": plain(record.published_error[variant])}
    if name in ("utd", "size", "data", "compute", "budget") and (
        task in record.published_optima
    ):
        values = getattr(record.published_optima[task], name).value
        return {f"level {j}": plain(each) for j, each in enumerate(values, start=1)}
    raise UnknownQuantity(f"figures.{rest!r}")
