"""The cost of reading an archive, of the complete Gym analysis, and of `make figures`.

The last one runs only with BENCH_FIGURES=1, from scratch and again, in a fresh copy.
"""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from value_scaling.store.archives.read import read_runs
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import load_study

STUDY = """
import sys
from value_scaling.__main__ import main
from value_scaling.workflow.pipeline import STAGES

for stage in STAGES:
    if "replicates" in stage.options and len(sys.argv) > 2:
        stage.options["replicates"] = int(sys.argv[2])
sys.exit(main(["--root", sys.argv[1], "fit", "gym"]))
"""


@pytest.mark.parametrize("name", ["gym", "dmc"])
def test_reading(root: Path, published: Path, bench: Any, name: str) -> None:
    study = load_study(name, Folders.at(root))
    path = published / study.archive("sweep").file
    taken = bench.cpu_seconds(lambda: read_runs(path, study, "sweep"))
    bench.record(f"{path.name}, read and checked", taken, "s")


@pytest.mark.parametrize("replicates", ["1000", ""])
def test_both_stages_of_gym(
    published: Path, tmp_path: Path, bench: Any, replicates: str
) -> None:
    """Archives -> crossings -> B*, η* -> D_J, C_J, σ*(F), both variants, 3 sets."""
    archives = tmp_path / "data" / "zip"
    archives.mkdir(parents=True)
    for archive in published.glob("gym_*.zip"):
        shutil.copyfile(archive, archives / archive.name)
    command = [sys.executable, "-c", STUDY, str(tmp_path)]
    child = bench.run_child([*command, *replicates.split()], folder=tmp_path)
    written = {path.name for path in (tmp_path / "data" / "derived").rglob("*.npz")}
    assert {"hyperparameters.npz", "data_efficiency.npz", "budget.npz"} <= written
    what = f"Gym, both stages, {replicates or 'default'} replicates"
    targets = ("<= 10", "<= 1000") if replicates else ("", "")
    bench.record(f"{what}: CPU", child.cpu, "s", target=targets[0])
    bench.record(f"{what}: wall", child.wall, "s")
    bench.record(f"{what}: peak memory", child.peak, "MB", target=targets[1])


@pytest.mark.skipif(
    "BENCH_FIGURES" not in os.environ, reason="takes minutes; runs with BENCH_FIGURES=1"
)
def test_figures(
    copy_tracked: Any, published: Path, tmp_path: Path, bench: Any
) -> None:
    """Build in a new folder with the tracked files and the archives."""
    checkout = tmp_path / "checkout"
    copy_tracked(checkout)
    archives = checkout / "data" / "zip"
    for archive in published.glob("*.zip"):
        shutil.copyfile(archive, archives / archive.name)
    make = ["make", "-j2", "figures", f"PYTHON={sys.executable}"]
    inherited = {"MAKEFLAGS": "", "MAKELEVEL": "", "PYTHONPATH": str(checkout / "code")}
    for what in ("from scratch", "again"):
        child = bench.run_child(make, folder=checkout, environment=inherited)
        name = f"make -j2 figures of classic, gym, dmc, {what}"
        bench.record(f"{name}: wall", child.wall, "s")
        bench.record(f"{name}: CPU", child.cpu, "s")
        bench.record(f"{name}: peak memory", child.peak, "MB")
    assert list((checkout / "figures").glob("*.pdf"))
    for line in (checkout / "build" / "times").read_text().splitlines():
        stage, milliseconds = line.split()
        study, _, step = stage.partition(".")
        bench.record(
            f"of it {study} {step.replace('.', ' ')}".rstrip() + ": wall",
            int(milliseconds) / 1000,
            "s",
        )
