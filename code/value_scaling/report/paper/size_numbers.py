r"""Numbers of a study of σ and N in the text of the paper, as commands.

For example, `\FollowupBroHumanoidStandAlpha` names the group, the task and α of D.
"""

from collections import Counter

import numpy as np

from value_scaling.records import Estimate, entry
from value_scaling.report.findings.verdicts import side
from value_scaling.report.paper.named_numbers import (
    estimate_numbers,
    verdict_numbers,
)
from value_scaling.report.sizes.results import SizeResults
from value_scaling.report.sizes.words import (
    KINDS,
    NAMES,
    exponent_status,
    undetermined,
)
from value_scaling.report.text.command_names import Named, command
from value_scaling.report.text.latex import count, number, percent, prose


def size_numbers(results: SizeResults) -> Named:
    """Yield every number of the study."""
    prefix = command(results.study.name)
    record = results.record
    yield f"{prefix}Title", prose(results.study.title)
    yield f"{prefix}Tasks", count(len(results.tasks()))
    yield (
        f"{prefix}Levels",
        count(max((len(t.levels) for t in results.tasks().values()), default=0)),
    )
    yield f"{prefix}HeldOutLevels", count(results.study.held_out_levels)
    for key, task in results.tasks().items():
        name = prefix + command(key)
        for each in ("alpha", "beta"):
            if not exponent_status(task, each):
                law = entry(task.law.of_field(each), -1)
                yield from estimate_numbers(f"{name}{command(each)}", law)
        for each in NAMES:
            if not undetermined(task.optima, each).startswith("not identifiable"):
                exponent = task.optima.laws[each].exponent
                yield from estimate_numbers(f"{name}{command(each)}Exponent", exponent)
    yield from _determined(prefix, results)
    yield from _held_out(prefix, results)
    for variant, errors in record.figure_errors.items():
        suffix = "AsPublished" if variant == "published" else ""
        for kind, error in errors.data.items():
            yield (
                f"{prefix}DataError{command(kind)}{suffix}",
                percent(float(error.value)),
            )
            yield from _percents(f"{prefix}DataError{command(kind)}", error, suffix)
        for kind, error in errors.curves.items():
            yield f"{prefix}Curves{command(kind)}{suffix}", percent(float(error.value))
            yield from _percents(f"{prefix}Curves{command(kind)}", error, suffix)
        for kind, error in (("Batch", errors.batch), ("LogLinear", errors.log_linear)):
            yield f"{prefix}{kind}Error{suffix}", percent(float(error.value))
            yield from _percents(f"{prefix}{kind}Error", error, suffix)
    if batches := record.published_batches.get("default"):
        nearer = np.concatenate(
            [each.errors < each.log_linear_errors for each in batches.values()]
        )
        yield f"{prefix}BatchNearer", count(int(nearer.sum()))
        yield f"{prefix}BatchPoints", count(len(nearer))
    for task_name, critic in record.passive_critics.items():
        one = f"{prefix}Passive{command(task_name)}"
        yield from estimate_numbers(f"{one}Main", critic.main_slope)
        yield from estimate_numbers(f"{one}Own", critic.passive_slope)
    for pairs in record.equal_budget:
        one = f"{prefix}{command(pairs.archive.removesuffix('.zip'))}"
        yield from estimate_numbers(f"{one}Mean", pairs.mean)
        yield from estimate_numbers(f"{one}Median", pairs.median)
    for key, found in record.td_errors.items():
        slopes = found.by_batch.validation
        if len(slopes.value):
            one = f"{prefix}{command(key)}ErrorSlope"
            yield f"{one}Low", number(float(np.nanmin(slopes.value)), 2)
            yield f"{one}High", number(float(np.nanmax(slopes.value)), 2)
            yield f"{one}Above", count(int((slopes.low > 0).sum()))
            yield f"{one}Below", count(int((slopes.high < 0).sum()))
            yield f"{one}Count", count(len(slopes.value))


def _percents(name: str, error: Estimate, suffix: str) -> Named:
    low, high = (round(100 * float(part)) for part in (error.low, error.high))
    yield f"{name}Interval{suffix}", rf"$[{low}, {high}]\%$"


def _determined(prefix: str, results: SizeResults) -> Named:
    """Yield in how many tasks the data determine an exponent or its sign."""
    tasks = results.tasks().values()
    for each in ("alpha", "beta"):
        good = sum(not exponent_status(task, each) for task in tasks)
        yield f"{prefix}{command(each)}Determined", count(good)
    for each in NAMES:
        whys = [undetermined(task.optima, each) for task in tasks]
        known = [
            task.optima.laws[each].exponent
            for task, why in zip(tasks, whys, strict=True)
            if not why
        ]
        yield f"{prefix}{command(each)}Determined", count(len(known))
        sides = Counter(side(exponent) for exponent in known)
        yield f"{prefix}{command(each)}Rising", count(sides["above"])
        yield f"{prefix}{command(each)}Falling", count(sides["below"])


def _held_out(prefix: str, results: SizeResults) -> Named:
    """Yield how often a fit beats each naive predictor, over tasks and quantities."""
    for kind in KINDS:
        checks = [
            each
            for task in results.tasks().values()
            for each in task.against_naive
            if each.kind == kind
        ]
        yield from verdict_numbers(f"{prefix}Held{command(kind)}", checks)
