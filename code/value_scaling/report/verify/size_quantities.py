"""The numbers of a study of σ and N by name, for comparison with published numbers."""

from collections.abc import Callable

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
        figures.data_error.KIND: the same over settings that this fit predicts;
        passive.main_slope, passive.passive_slope: slopes of passive critics, by task;
        equal_budget.ARCHIVE.mean, equal_budget.ARCHIVE.median: data over those of the
            compute-optimal runs;
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
        "passive": _passive,
        "equal_budget": _equal_budget,
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
    errors = record.figure_errors[variant]
    name, _, task = rest.partition(".")
    if name == "batch_error":
        return {"": errors.batch}
    if name == "log_linear_error":
        return {"": errors.log_linear}
    if name == "data_error":
        kind = task or "fitted"
        if kind not in errors.data:
            raise NotAvailable(f"the runs of {kind} settings are not here")
        return {"": errors.data[kind]}
    if name in ("utd", "size", "data", "compute", "budget") and (
        task in record.published_optima
    ):
        values = getattr(record.published_optima[task], name).value
        return {f"level {j}": plain(each) for j, each in enumerate(values, start=1)}
    raise UnknownQuantity(f"figures.{rest!r}")


def _passive(rest: str, record: ModelSizes, _: str) -> Quantity:
    if rest not in ("main_slope", "passive_slope"):
        raise UnknownQuantity(f"passive.{rest!r}")
    found = {task: getattr(c, rest) for task, c in record.passive_critics.items()}
    return _there(found, "passive critics")


def _equal_budget(rest: str, record: ModelSizes, _: str) -> Quantity:
    name, _, part = rest.partition(".")
    if part not in ("mean", "median"):
        raise UnknownQuantity(f"equal_budget.{rest!r}")
    for each in record.equal_budget:
        if each.archive == f"{name}.zip":
            return {"": getattr(each, part)}
    raise NotAvailable(f"{name}.zip is not here")
