"""Time and memory of planted sweeps of thousands of settings; then make docs.

BENCH_SCALE=2000,8000 make bench ARGS="-k scale" imports and fits sweeps of these
numbers of settings with 10 seeds and $BENCH_POINTS logged points each. It writes
docs/scale.json, from which docs/performance.md is made; rows of other sizes stay.
BENCH_CROSSINGS=100000 fits planted crossings of that number of settings alone.
"""

import json
import os
import platform
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from large_study import write_large

from value_scaling.store.folders import Folders
from value_scaling.store.project import Project
from value_scaling.workflow.pipeline import CROSSINGS

SIZES = [int(size) for size in os.environ.get("BENCH_SCALE", "").split(",") if size]
CROSSED = [int(n) for n in os.environ.get("BENCH_CROSSINGS", "").split(",") if n]
POINTS = int(os.environ.get("BENCH_POINTS", "1000"))
SEEDS = 10
FILE = "scale.json"


@pytest.mark.skipif(not SIZES, reason="takes minutes; runs with BENCH_SCALE=2000,8000")
@pytest.mark.parametrize("settings", SIZES)
def test_scale(settings: int, root: Path, tmp_path: Path, bench: Any) -> None:
    table = tmp_path / "large.parquet"
    write_large(table, settings, seeds=SEEDS, points=POINTS)
    stated = ("--from", "parquet", "--delta", "5e7", "--model-size", "1e5")
    rows = []
    for command in (("import", "large", str(table), *stated), ("fit", "large")):
        words = [sys.executable, "-m", "value_scaling", "--root", str(tmp_path)]
        child = bench.run_child(
            [*words, *command], folder=tmp_path, environment={"TMPDIR": str(tmp_path)}
        )
        what = f"{command[0]} of {settings} settings with {POINTS} points"
        bench.record(f"{what}: CPU of a setting", 1000 * child.cpu / settings, "ms")
        bench.record(f"{what}: peak memory", child.peak, "MB", target="<= 4000")
        rows.append(
            {
                "settings": settings,
                "seeds": SEEDS,
                "points": POINTS,
                "command": f"scaling {command[0]}",
                "seconds": child.cpu,
                "peak_MB": child.peak,
                "replicates": _replicates(tmp_path) if command[0] == "fit" else 0,
            }
        )
        _save(root / "docs" / FILE, rows)
    shutil.rmtree(tmp_path)


@pytest.mark.skipif(not CROSSED, reason="runs with BENCH_CROSSINGS=100000")
@pytest.mark.parametrize("settings", CROSSED)
def test_crossings(settings: int, root: Path, tmp_path: Path, bench: Any) -> None:
    script = str(Path(__file__).with_name("large_crossings.py"))
    child = bench.run_child([sys.executable, script, str(settings)], folder=tmp_path)
    what = f"fits of B* and lr* to crossings of {settings} settings"
    bench.record(f"{what}: CPU of a setting", 1000 * child.cpu / settings, "ms")
    bench.record(f"{what}: peak memory", child.peak, "MB", target="<= 4000")
    row = {
        "settings": settings,
        "seeds": SEEDS,
        "points": 0,
        "command": "scaling hyperparameters",
        "seconds": child.cpu,
        "peak_MB": child.peak,
        "replicates": int(child.output.split()[-1]),
    }
    _save(root / "docs" / FILE, [row])


def _replicates(folder: Path) -> int:
    """Return the number of bootstrap samples that were drawn."""
    project = Project(Folders.at(folder))
    sweep = project.load(project.study("large"), CROSSINGS["sweep"])
    return sweep.replicates.shape[1]


def _save(path: Path, rows: list[dict[str, Any]]) -> None:
    """Replace the rows of the same sizes, and sort all rows."""
    found = json.loads(path.read_text())["rows"] if path.exists() else []
    new = {_size(row) for row in rows}
    found = sorted(
        [*(row for row in found if _size(row) not in new), *rows],
        key=lambda row: (not row["points"], row["points"], row["settings"]),
    )
    stated = {"machine": platform.machine(), "rows": found}
    path.write_text(json.dumps(stated, indent=1) + "\n")


def _size(row: dict[str, Any]) -> tuple[int, int]:
    return row["settings"], row["points"]
