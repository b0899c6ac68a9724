"""The runs to do next, as a table, a script, YAML and JSON."""

import json
import math
import shlex
from collections.abc import Iterator, Sequence
from string import Formatter
from typing import Any

from value_scaling.commands.text.parts import TextPart, listing
from value_scaling.records import ScalingError, Study
from value_scaling.report.text.plain import plain
from value_scaling.workflow.next_runs.choose import NextRun
from value_scaling.workflow.next_runs.proposals import undeclared

TEMPLATE = (
    "scaling train {study} --set {set} --tasks {env} --utds {utd} "
    "--batch-sizes {batch_size} --learning-rates {learning_rate} --seeds {total_seeds}"
)
"""Line of a script that trains with this project."""
_FIELDS = (
    *("study", "set", "env", "utd", "batch_size", "learning_rate", "steps"),
    *("seed", "first_seed", "seeds", "total_seeds"),
)
_NAMES = (
    *("set", "environment", "UTD", "B", "lr", "seeds", "reason", "saves"),
    *("steps", "updates"),
)
"""Columns of the table, but for the cost, whose name is its unit."""


def document(runs: Sequence[NextRun]) -> list[dict[str, Any]]:
    """Return a row for each setting."""
    return [
        {
            "set": run.set_name,
            **run.setting.table(),
            "first_seed": run.first_seed,
            "seeds": run.seeds,
            "reason": run.reason,
            "expected_saving": run.saving if math.isfinite(run.saving) else None,
            "steps": run.steps,
            "updates": run.updates,
            "flops": run.flops,
        }
        for run in runs
    ]


def table(study: Study, runs: Sequence[NextRun]) -> list[TextPart]:
    """Return a table of the runs, and what the study file lacks for them."""
    if not runs:
        return ["No further run is expected to save data."]
    rows = [
        (
            run.set_name,
            run.setting.env,
            f"{run.setting.utd:g}",
            f"{run.setting.batch_size}",
            f"{run.setting.learning_rate:g}",
            f"+{run.seeds}",
            run.reason,
            f"{100 * -math.expm1(-run.saving):.2g}%" if run.saving > 0 else "",
            *(plain(each) for each in (run.steps, run.updates, run.flops)),
        )
        for run in runs
    ]
    total, names = sum(run.flops for run in runs), (*_NAMES, study.compute_unit)
    lines: list[TextPart] = [
        "The runs that would help most",
        *listing(names, rows, right=[*names[2:6], *names[7:]]),
        f"Together: {sum(run.seeds for run in runs)} runs, {plain(total)} "
        f"{study.compute_unit} (F). Saves: expected decrease of the data at the best B "
        "and lr, added over UTD ratios.",
    ]
    if lacking := undeclared(study, runs):
        lines.append(f"The study file lacks these values: {'; '.join(lacking)}")
    return lines


def script(study: Study, runs: Sequence[NextRun], template: str) -> str:
    """Return a line of a shell script for each setting, or for each seed.

    Args:
        template: a command with `{env}`, `{utd}` and so on; with `{seed}`, each seed
            has a line.

    Raises:
        ScalingError: the template has an unknown field.
    """
    fields = _fields(template)
    lines = ["#!/bin/sh", "set -e"]
    if template == TEMPLATE:
        lines += [
            f"# first add to the study file: {each}" for each in undeclared(study, runs)
        ]
    for run in runs:
        for values in _values(study, run, each_seed="seed" in fields):
            quoted = {k: shlex.quote(_text(v)) for k, v in values.items()}
            lines.append(template.format(**quoted))
    return "\n".join(lines)


def yaml(study: Study, runs: Sequence[NextRun]) -> str:
    """Return a YAML list with an entry for each setting."""
    found = [
        "\n  ".join(f"{k}: {json.dumps(v)}" for k, v in values.items())
        for run in runs
        for values in _values(study, run, each_seed=False)
    ]
    return "\n".join(f"- {each}" for each in found) or "[]"


def _fields(template: str) -> set[str]:
    try:
        fields = {
            name for _, name, _, _ in Formatter().parse(template) if name is not None
        }
        wrong = fields.difference(_FIELDS)
    except ValueError as error:
        raise _refused(template, str(error)) from error
    if wrong:
        raise _refused(template, f"{{{sorted(wrong)[0]}}}")
    return fields


def _refused(template: str, found: str) -> ScalingError:
    return ScalingError(
        f"--template {template!r}",
        found=found,
        expected="fields among " + ", ".join(f"{{{each}}}" for each in _FIELDS),
        fix="correct the field; write a brace itself twice",
    )


def _values(study: Study, run: NextRun, *, each_seed: bool) -> Iterator[dict[str, Any]]:
    whole = {
        "study": study.name,
        "set": run.set_name,
        **run.setting.table(),
        "steps": round(run.steps / run.seeds),
        "first_seed": run.first_seed,
        "seeds": run.seeds,
        "total_seeds": run.first_seed + run.seeds,
    }
    if not each_seed:
        yield whole
        return
    for seed in range(run.first_seed, run.first_seed + run.seeds):
        yield whole | {"seed": seed}


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
