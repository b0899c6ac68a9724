"""What `--next` is worth: make bench ARGS="-k next_runs", then make docs.

It writes docs/next_runs.json, from which docs/recommend.md is made.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from next_runs import REPLICATES, Outcome, compare
from scipy.stats import t
from sweeps import read_sweep

from value_scaling.workflow.next_runs.proposals import SEEDS

STARTS = {"gym": 12, "dmc": 6}
FILE = "next_runs.json"


@pytest.fixture(scope="module")
def rows(root: Path) -> Any:
    """Rows of all studies, written when all are finished."""
    found: list[dict[str, Any]] = []
    yield found
    path = root / "docs" / FILE
    old = json.loads(path.read_text())["rows"] if path.exists() else []
    names = {row["study"] for row in found}
    kept = [row for row in old if row["study"] not in names]
    stated = {"seeds": SEEDS, "replicates": REPLICATES, "starts": STARTS}
    path.write_text(json.dumps(stated | {"rows": kept + found}, indent=1) + "\n")


@pytest.mark.parametrize("name", STARTS)
def test_next_runs_from_a_third_of_the_grid(
    name: str, root: Path, request: pytest.FixtureRequest, rows: Any, bench: Any
) -> None:
    study, runs = read_sweep(name, root, request)
    found = list(compare(runs, study, starts=STARTS[name]))
    for row in summary(name, found):
        rows.append(row)
        what = f"next runs, {name}, {row['way']} at {row['share']:.2f}"
        bench.record(what, row["regret"][0], "×")


def summary(name: str, outcomes: list[Outcome]) -> list[dict[str, Any]]:
    """Return means over starts, with intervals and ratios to the other ways."""
    logs: dict[tuple[str, float], dict[int, float]] = {}
    widths: dict[tuple[str, float], list[tuple[float, float]]] = {}
    for each in outcomes:
        key = each.way, 0.0 if each.way == "start" else each.share
        logs.setdefault(key, {})[each.start] = float(np.log(each.regret))
        widths.setdefault(key, []).append(
            (each.batch_size_width, each.learning_rate_width)
        )
    cost = float(np.mean([o.share for o in outcomes if o.way == "start"]))
    found = []
    for (way, share), own in logs.items():
        row = {
            "study": name,
            "way": way,
            "share": share or cost,
            "starts": len(own),
            "regret": with_interval(list(own.values())),
            "widths": np.nanmean(widths[way, share], axis=0).tolist(),
        }
        for other in ("random", "full grid"):
            if way == "next":
                pairs = [own[i] - logs[other, share][i] for i in own]
                row[f"over {other}"] = with_interval(pairs)
        found.append(row)
    return found


def with_interval(logs: list[float]) -> tuple[float, float, float]:
    """Return the geometric mean and its 95% interval by Student's t."""
    known = np.array(logs)[np.isfinite(logs)]
    error = known.std(ddof=1) / np.sqrt(len(known)) * t.ppf(0.975, len(known) - 1)
    mean = known.mean()
    return tuple(np.exp([mean, mean - error, mean + error]).tolist())
