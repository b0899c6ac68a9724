r"""Numbers of the paper's section on runs of others, each as a `\newcommand`.

A name consists of the study, the axis and the quantity: `\SimbaUtdExponentFull`.
"""

from collections.abc import Sequence

import numpy as np

from value_scaling.records import entry
from value_scaling.records.external.record import ALL, AxisExponents, TaskExponent
from value_scaling.report.external.claims import DIGITS
from value_scaling.report.external.results import ExternalResults
from value_scaling.report.paper.named_numbers import (
    estimate_numbers,
    verdict_numbers,
)
from value_scaling.report.text.command_names import Named, command
from value_scaling.report.text.latex import (
    MISSING,
    bounds,
    count,
    escape,
    number,
    percent,
    with_bounds,
)

_NAMED_TASKS = ("Humanoid-v4",)
"""Tasks that the text names."""
_ENDS = {"largest utd": "Largest", "smallest utd": "Smallest"}


def external_numbers(everything: Sequence[ExternalResults]) -> dict[str, str]:
    """Return the LaTeX of every number, by the name of its command."""
    return {name: text for name, text in _all(everything) if text != MISSING}


def flags(everything: Sequence[ExternalResults]) -> list[str]:
    """Return the names of flags: `HasExternal`, and `HasSimba` for each study."""
    own = [f"Has{command(each.study.name)}" for each in everything]
    return ["HasExternal", *own] if own else []


def _all(everything: Sequence[ExternalResults]) -> Named:
    for results in everything:
        prefix = command(results.study.name)
        yield f"{prefix}Tasks", count(len(results.study.tasks))
        yield f"{prefix}Replicates", count(results.record.replicates)
        yield f"{prefix}Share", percent(results.record.share)
        for name in results.record.axes:
            axis = results.axis(name)
            if axis is not None:
                yield from _axis(f"{prefix}{command(name)}", axis)
        for row, own in results.paper.items():
            yield f"Paper{command(row)}UtdExponent", number(own.exponent, DIGITS)


def _axis(prefix: str, axis: AxisExponents) -> Named:
    everything = axis.group(ALL)
    assert everything is not None  # an axis with a pooled exponent has it
    yield from estimate_numbers(f"{prefix}Exponent", everything.mean, digits=DIGITS)
    for end, at in (("Low", 0), ("High", -1)):
        yield f"{prefix}{end}", number(float(axis.values[at]), 3)
    yield f"{prefix}ExponentNewTask", bounds(everything.new_task, DIGITS)
    yield f"{prefix}Between", number(everything.between, DIGITS)
    yield f"{prefix}Doubled", percent(1 - 2 ** float(everything.mean.value))
    yield f"{prefix}Fitted", count(len(axis.fitted))
    yield f"{prefix}Compared", count(len(axis.tasks))
    yield f"{prefix}TooCoarse", count(axis.counted("too coarse"))
    yield f"{prefix}NotLearned", count(axis.counted("not learned"))
    yield f"{prefix}Better", count(len(axis.better))
    yield f"{prefix}Worse", count(len(axis.worse))
    yield f"{prefix}ByChance", number(0.025 * len(axis.fitted), 1)
    if axis.worse:
        yield f"{prefix}WorseNames", ", ".join(escape(t.task) for t in axis.worse)
    for share, each in axis.by_share.items():
        yield from estimate_numbers(
            f"{prefix}ExponentAt{command(share)}", each.mean, digits=DIGITS
        )
    if axis.bend is not None:
        yield from estimate_numbers(f"{prefix}Bend", axis.bend.mean, digits=DIGITS)
    for each in axis.pooled:
        yield from estimate_numbers(
            f"{prefix}{command(each.group)}Exponent", each.mean, digits=DIGITS
        )
    yield from verdict_numbers(f"{prefix}Held", axis.against_naive)
    for check in axis.against_naive:
        name = f"{prefix}{_ENDS[check.kind]}{command(check.naive)}"
        yield f"{name}Fit", percent(float(check.fit.value))
        yield f"{name}Error", percent(float(check.error.value))
    for task in axis.tasks:
        if task.task in _NAMED_TASKS and task.status == "fitted":
            yield from _task(f"{prefix}{command(task.task)}", task, axis.values)


def _task(prefix: str, task: TaskExponent, values: np.ndarray) -> Named:
    yield from estimate_numbers(f"{prefix}Own", task.exponent, digits=DIGITS)
    for name, at in (("First", 0), ("Last", -1)):
        yield f"{prefix}{name}", number(float(values[at]), 1)
        yield f"{prefix}Data{name}", with_bounds(entry(task.data, at), DIGITS)
