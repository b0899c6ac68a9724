"""`scaling external`: exponents of D_J in runs that others made and published."""

from collections.abc import Iterable
from typing import Any

import click
import numpy as np

from value_scaling.commands.console import print_json, show
from value_scaling.commands.external.running import make_external, record_path
from value_scaling.commands.options import ProjectOptions, command, json_option
from value_scaling.commands.text.documents.estimates import (
    against_naive,
    finite,
    number,
)
from value_scaling.commands.text.parts import TextPart, listing
from value_scaling.records import Estimate
from value_scaling.records.external.record import (
    AxisExponents,
    ExternalRuns,
    PooledExponent,
    TaskExponent,
)
from value_scaling.report.text.plain import value_and_ends
from value_scaling.store.folders import Folders
from value_scaling.store.studies.external import load_external_study


@command("external")
@click.argument("study", metavar="STUDY")
@json_option
@click.pass_obj
def external(checkout: ProjectOptions, study: str, as_json: bool) -> None:
    """Fit D_J ∝ σ^x to runs that others made, for each task and pooled over tasks.

    The studies are part of the package: flashsac, simba and simbav2. `make data`
    fetches their tables. Where the tables vary them, the width of the critic and the
    batch size are fitted as well.
    """
    folders, about = Folders.at(checkout.root), load_external_study(study)
    record = make_external(folders, about)
    if as_json:
        print_json(_document(record) | {"records": [str(record_path(folders, about))]})
    else:
        show(*_parts(about.title, record))


def _parts(title: str, record: ExternalRuns) -> Iterable[TextPart]:
    for name, axis in record.axes.items():
        values = ", ".join(f"{value:g}" for value in axis.values)
        yield (
            f"{title}: D_J ∝ {name}^x at {name} = {values}, with 95% intervals. J lies "
            f"{record.share:.0%} of the way to the worst arm's best return. "
            f"{len(axis.fitted)} of {len(axis.tasks)} tasks are fitted; "
            f"{axis.counted('too coarse')} are logged too coarsely, and "
            f"{axis.counted('not learned')} are not learned by every arm."
        )
        heads = ("group", "tasks", "x", "x of another task", "τ")
        rows = [
            (
                each.group,
                f"{each.tasks}",
                _text(each.mean),
                _text(each.new_task),
                f"{each.between:.2f}",
            )
            for each in axis.pooled
        ]
        yield from listing(heads, rows, right=heads[1:])
        if axis.against_naive:
            yield "Median errors of held-out values, by partial pooling and naive:"
            checked = (
                "left out",
                "naive",
                "checks",
                "fit",
                "its error",
                "which is better",
            )
            yield from listing(
                checked,
                [
                    (
                        each.kind.replace("utd", name),
                        each.naive,
                        f"{each.count}",
                        _percent(each.fit),
                        _percent(each.error),
                        each.verdict,
                    )
                    for each in axis.against_naive
                ],
            )


def _text(values: Estimate) -> str:
    if not np.isfinite(values.value):
        return "unknown"
    return " ".join(filter(None, value_and_ends(values, 2)))


def _percent(values: Estimate) -> str:
    parts = (values.value, values.low, values.high)
    value, low, high = (f"{100 * float(part):.0f}" for part in parts)
    return f"{value}% [{low}%, {high}%]"


def _document(record: ExternalRuns) -> dict[str, Any]:
    """Return the record as plain data."""
    return {
        "study": record.study,
        "share": record.share,
        "axes": {name: _axis(axis) for name, axis in record.axes.items()},
    }


def _axis(axis: AxisExponents) -> dict[str, Any]:
    return {
        "values": axis.values.tolist(),
        "tasks": [_task(each) for each in axis.tasks],
        "pooled": [_pooled(each) for each in axis.pooled],
        "by_share": {share: _pooled(each) for share, each in axis.by_share.items()},
        "bend": None if axis.bend is None else _pooled(axis.bend),
        "against_naive": against_naive(axis.against_naive),
    }


def _task(one: TaskExponent) -> dict[str, Any]:
    data, before, after = one.data, one.before, one.after
    parts = {"data": data.value, "low": data.low, "high": data.high}
    return {
        "task": one.task,
        "benchmark": one.benchmark,
        "status": one.status,
        "level": one.level,
        "seeds": one.seeds.tolist(),
        "exponent": number(one.exponent),
        "partially_pooled": number(one.pooled),
        "logged_before": [finite(each) for each in before],
        "logged_after": [finite(each) for each in after],
    } | {name: [finite(each) for each in part] for name, part in parts.items()}


def _pooled(one: PooledExponent) -> dict[str, Any]:
    return {
        "group": one.group,
        "tasks": one.tasks,
        "mean": number(one.mean),
        "another_task": number(one.new_task),
        "between": one.between,
    }
