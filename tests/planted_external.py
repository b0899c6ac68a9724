"""Runs of others with known exponents, as tables and as runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from value_scaling.records import Curves, Runs, Setting
from value_scaling.records.external.record import ExternalRuns, PaperExponent
from value_scaling.records.external.study import (
    Benchmark,
    ExternalStudy,
    ExternalTable,
)
from value_scaling.report.external.results import ExternalResults
from value_scaling.store.studies.external import load_external_study
from value_scaling.workflow.external.stage import make

UTDS = (1.0, 2.0, 4.0, 8.0)
EASY = ("e1", "e2", "e3", "e4")
HARD = ("h1", "h2", "h3")
OPTIONS: dict[str, Any] = {
    "share": 0.7,
    "other_shares": (0.5,),
    "replicates": 200,
    "seed": 0,
}


@dataclass(frozen=True)
class Given:
    study: ExternalStudy
    planted: tuple[Runs, ...] | None

    def runs(self, axis: str) -> tuple[Runs, ...] | None:
        return self.planted

    def progress(self, items: Sequence[Any]) -> Sequence[Any]:
        return items


def study() -> ExternalStudy:
    tables = tuple(ExternalTable(f"{utd:g}.csv", utd) for utd in UTDS)
    text = dict.fromkeys(("title", "algorithm", "simulator", "source", "licence"), "x")
    return ExternalStudy(
        name="planted",
        digest="",
        **text,
        utd=1,
        batch_size=256,
        learning_rate=1e-4,
        width=256,
        metric="avg_return",
        axes={"utd": tables},
        benchmarks=(
            Benchmark("easy", "Easy", EASY),
            Benchmark("hard", "Hard", (*HARD, "absent"), "gym"),
        ),
    )


STEPS = np.arange(0, 1_000_001, 100_000)


def returns(
    rng: np.random.Generator,
    data: float,
    *,
    seeds: int = 5,
    top: float = 100.0,
    steps: np.ndarray = STEPS,
) -> np.ndarray:
    """Return curves that reach 70% of `top` after about `data` steps, [points, seeds].

    They begin at -20.
    """
    own = data * np.exp(0.05 * rng.normal(size=seeds))
    share = 1 - 0.3 ** (steps[:, None] / own)
    return -20 + (top + 20) * share + 0.3 * rng.normal(size=share.shape)


def planted_runs(
    values: Sequence[float],
    data: Mapping[str, Sequence[float]],
    *,
    seed: int = 0,
    tops: Mapping[str, float] | None = None,
) -> tuple[Runs, ...]:
    """Return runs for each value, with the data of each task at each value."""
    rng = np.random.default_rng(seed)
    found = []
    for at, value in enumerate(values):
        curves = tuple(
            Curves(
                Setting(task, value, 256, 1e-4),
                STEPS,
                returns(rng, own[at], top=(tops or {}).get(task, 100.0)),
            )
            for task, own in data.items()
        )
        found.append(Runs("planted", "baseline", curves))
    return tuple(found)


def write_table(
    path: Path, data: Mapping[str, float], *, seed: int, steps: np.ndarray
) -> None:
    """Write one table as others publish them, with traps.

    Names of tasks mix hyphens and underscores, one seed occurs twice, and there are
    rows of another metric.
    """
    rng = np.random.default_rng(seed)
    lines = [",exp_name,env_name,seed,metric,env_step,value"]
    for task, own in data.items():
        curves = returns(rng, own, steps=steps)
        again = returns(rng, 3 * own, seeds=1, steps=steps)
        name = task.replace("-", "_", 1)
        runs = [
            *((1000 * n, curve) for n, curve in enumerate(curves.T)),
            (0, again[:, 0]),
        ]
        for number, curve in runs:
            for metric, values in (("avg_return", curve), ("avg_success", 0 * curve)):
                for step, value in zip(steps, values, strict=True):
                    row = f"{name},{number},{metric},{step:.1f},{float(value)!r}"
                    lines.append(f"{len(lines) - 1},{path.stem},{row}")
    path.write_text("\n".join([*lines, ""]))


def planted_others() -> list[ExternalResults]:
    """Return planted results of every bundled study, with tasks that get worse."""
    found = []
    for name in ("simba", "simbav2", "flashsac"):
        about = load_external_study(name)
        made = {}
        for axis, tables in about.axes.items():
            values = [table.value for table in tables]
            ratios = np.array(values) / values[0]
            data = dict.fromkeys(about.tasks, 600000 * ratios ** (-0.2))
            data[[*about.tasks][-1]] = 200_000 * ratios**0.4
            data["dog-trot"] = data["Humanoid-v4"] = 200_000 * ratios**0.5
            given = Given(about, planted_runs(values, data))
            one = make(given, **OPTIONS | {"other_shares": (0.5, 0.9)})
            made[axis] = one.axes[axis]
        record = ExternalRuns(name, 0.7, OPTIONS["replicates"], made)
        rows = {each.compared_with for each in about.benchmarks} - {None}
        points = np.array([1.0, 2.0]), np.array([2e5, 1e5])
        paper = {row: PaperExponent(row, -0.3, *points) for row in sorted(rows)}
        found.append(ExternalResults(about, record, paper))
    return found
