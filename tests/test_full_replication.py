"""Full replication, offline: after a kill, the same command continues.

The study `smoke` is trained twice in copies of the tracked files: `make replication` is
killed in its second set, `make full-replication` in its first, so that each set has
been made without a break in one of the two. The runs must be equal to the byte.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from value_scaling.store.archives.hours import load_hours
from value_scaling.store.files.atomic import digest_file

SETS = ("sweep", "ours", "baseline")
PATIENCE = 7200
"""Time limit in seconds for a part of the work, which takes minutes on a quiet core."""
FEW = 4
"""Number of settings that are finished before the kill."""

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        shutil.which("latexmk") is None or shutil.which("pdflatex") is None,
        reason="no latexmk and pdflatex here: the paper is part of the replication",
    ),
]


def offline() -> list[str]:
    """Return a command prefix that removes the network; empty if not possible."""
    command = ["unshare", "--map-root-user", "--net"]
    try:
        subprocess.run([*command, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return command


@dataclass(frozen=True)
class Copy:
    """A copy of the tracked files, without bundled archives."""

    folder: Path
    cache: Path

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start make in its own process group."""
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHONPATH", "RUNS")
            and not name.startswith("VALUE_SCALING_")
        }
        environment["JAX_COMPILATION_CACHE_DIR"] = str(self.cache)
        with (self.folder / "log").open("a") as log:
            return subprocess.Popen(
                [*offline(), "make", f"PYTHON={sys.executable}", *words],
                cwd=self.folder,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                text=True,
            )

    def make(self, *words: str, code: int = 0) -> str:
        """Run make to its end and return what it printed."""
        log = self.folder / "log"
        before = log.stat().st_size if log.exists() else 0
        process = self.start(*words)
        try:
            assert process.wait(timeout=PATIENCE) == code, log.read_text()[-6000:]
        finally:
            _kill(process)
        return log.read_bytes()[before:].decode()

    def kill_in(self, finished: Path, *words: str) -> None:
        """Start make; kill -9 all of it when `finished` holds a few settings."""
        process, begun = self.start(*words), time.monotonic()
        try:
            while len(list(finished.glob("utd_*/*/*.npz"))) < FEW:
                assert process.poll() is None, (self.folder / "log").read_text()[-6000:]
                assert time.monotonic() - begun < PATIENCE
                time.sleep(0.02)
        finally:
            _kill(process)
        assert process.returncode == -signal.SIGKILL

    def archive(self, name: str, kind: str = "") -> Path:
        return self.folder / "data" / "zip" / f"smoke_{name}{kind}.zip"


def _kill(process: subprocess.Popen[str]) -> None:
    """End the process group, if any of it is left, and wait for its leader."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture(scope="module")
def cache(root: Path) -> Path:
    return root / "build" / "jax_tests"


@pytest.fixture(scope="module")
def replicated(
    copy_tracked: Any, cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Copy:
    """`make replication STUDY=smoke`, killed in the runs with fitted B and η."""
    one = Copy(tmp_path_factory.mktemp("replication"), cache)
    copy_tracked(one.folder, archives=False)
    runs = one.folder / "data" / "runs" / "smoke"
    one.kill_in(runs / "ours", "replication", "STUDY=smoke")
    assert one.archive("sweep").exists()
    assert not one.archive("ours").exists()
    one.make("replication", "STUDY=smoke")
    return one


@pytest.fixture(scope="module")
def anew(
    copy_tracked: Any,
    cache: Path,
    replicated: Copy,
    tmp_path_factory: pytest.TempPathFactory,
) -> Copy:
    """`make full-replication` beside the archives of `replicated`, killed in the sweep.

    These archives stand for published ones.
    """
    two = Copy(tmp_path_factory.mktemp("anew"), cache)
    copy_tracked(two.folder, archives=False)
    for name in SETS:
        shutil.copy2(replicated.archive(name), two.archive(name))
    words = ("full-replication", "STUDY=smoke", "ALLOW_CPU=1")
    planned = two.make(*words)
    assert re.search(r"sweep +24 of 24 ", planned)
    assert "the same command with YES=1" in planned
    assert not (two.folder / "data" / "runs").exists()
    runs = two.folder / "data" / "runs" / "smoke.fresh"
    two.kill_in(runs / "sweep", *words, "YES=1")
    assert not two.archive("sweep", ".fresh").exists()
    two.make(*words, "YES=1")
    return two


def test_killed_and_gone_on_the_archives_are_the_same(
    replicated: Copy, anew: Copy
) -> None:
    for name in SETS:
        fresh = anew.archive(name, ".fresh")
        assert digest_file(replicated.archive(name)) == digest_file(fresh)
        assert load_hours(fresh)
    for copied in (replicated, anew):
        assert not list((copied.folder / "data").rglob("*.part"))
        assert not list((copied.folder / "data" / "partial").glob("*.zip"))


def test_published_archives_are_left_alone(replicated: Copy, anew: Copy) -> None:
    for name in SETS:
        assert anew.archive(name).read_bytes() == replicated.archive(name).read_bytes()


def test_what_is_made_of_fresh_runs_lies_apart(replicated: Copy, anew: Copy) -> None:
    made = {
        str(path.relative_to(replicated.folder))
        for part in ("figures", "data/derived", "paper/generated")
        for path in (replicated.folder / part).rglob("*.*")
        if path.name != ".gitkeep"
    }
    assert "figures/figure1.pdf" in made
    assert "figures/smoke_overfitting.pdf" in made
    assert "data/derived/smoke/default/budget.npz" in made
    for name in made:
        assert (anew.folder / "fresh" / name).exists(), name
        assert not (anew.folder / name).exists(), name
    assert (anew.folder / "fresh" / "paper" / "main.pdf").stat().st_size > 50_000
    assert not (anew.folder / "paper" / "main.pdf").exists()


def test_equal_runs_are_found_equal(anew: Copy) -> None:
    folder = anew.folder / "fresh" / "build" / "comparison"
    lines = (folder / "smoke_compared_settings.csv").read_text().splitlines()
    head, *rows = (line.split(",") for line in lines)
    assert len(rows) == (24 + 6 + 6) * 4
    for row in rows:
        one = dict(zip(head, row, strict=True))
        assert one["published_return"] == one["fresh_return"]
        assert one["fresh_over_published_data"] in ("", "1")
    assert "fresh and published runs" in (folder / "smoke.md").read_text()


def test_figures_can_be_made_of_either(anew: Copy) -> None:
    again = anew.make("figures", "STUDY=smoke", "RUNS=fresh")
    assert "smoke preprocess" not in again
    assert "smoke preprocess sweep" in anew.make("figures", "STUDY=smoke")
    assert (anew.folder / "figures" / "figure1.pdf").exists()
    assert "RUNS=frsh" in anew.make("figures", "RUNS=frsh", code=2)


def test_a_second_time_nothing_is_trained(anew: Copy) -> None:
    before = {
        path: path.stat().st_mtime_ns
        for path in (anew.folder / "data" / "zip").glob("*.fresh.zip")
    }
    output = anew.make("full-replication", "STUDY=smoke", "ALLOW_CPU=1", "YES=1")
    assert "Together: nothing is missing" in output
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_a_part_of_another_number_of_seeds_is_refused(anew: Copy) -> None:
    words = ("full-replication", "STUDY=smoke", "ALLOW_CPU=1")
    output = anew.make(*words, "SEEDS=1", code=2)
    assert "found runs of 2 seeds; expected 1 seeds" in output
    assert "InvertedPendulum-v4" in anew.make(*words, "TASKS=Ant-v4", code=2)
