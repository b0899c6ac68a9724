"""Measure speed without assertions: a table at the end and build/bench.json.

`make bench` runs this folder; `make test` does not. Times are CPU time of the process
(all threads), as medians over repeats after a warm-up. Libraries get one thread.
"""

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # For SBX; our side sets these two itself.
    "PJRT_NPROC": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
}
os.environ.update(ONE_THREAD)  # for NumPy, if it is not loaded yet, and for children

LAUNCHER = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[2:])
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
with open(sys.argv[1], "w") as file:
    file.write(str(peak))
sys.exit(code)
"""
"""A small process that starts a command. The peak memory of a command that pytest
starts would include that of pytest, which Linux counts until the command is loaded."""

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]  # for the modules that this folder shares

RESULTS = Path(__file__).parents[2] / "build" / "bench.json"


@dataclass(frozen=True)
class Measurement:
    """One row of the table."""

    what: str
    value: float
    unit: str
    target: str = ""
    note: str = ""


@dataclass(frozen=True)
class Child:
    """Time, memory and output of a finished process."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds, including its children."""
    peak: float
    """Largest resident memory of any one process, MB."""
    output: str


@dataclass(frozen=True)
class Bench:
    """Measures a benchmark and stores the result."""

    rows: list[Measurement]

    @staticmethod
    def cpu_seconds(
        call: Callable[[], Any], *, repeats: int = 5, warm_up: bool = True
    ) -> float:
        """Return the median CPU time of `call`."""
        if warm_up:
            call()
        taken = []
        for _ in range(repeats):
            start = time.process_time()
            call()
            taken.append(time.process_time() - start)
        return statistics.median(taken)

    @staticmethod
    def run_child(
        command: list[str], *, folder: Path, environment: dict[str, str] | None = None
    ) -> Child:
        """Run a command to its end and return its cost; fail with its output."""
        log, peak = folder / "bench.log", folder / "bench.peak"
        start = time.perf_counter()
        with log.open("w") as sink:
            process = subprocess.Popen(
                [sys.executable, "-IS", "-c", LAUNCHER, str(peak), *command],
                cwd=folder,
                stdout=sink,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
            )
            _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output = log.read_text()
        assert process.returncode == 0, f"{command}\n{output[-4000:]}"
        unit = 1e6 if platform.system() == "Darwin" else 1e3
        return Child(
            wall,
            usage.ru_utime + usage.ru_stime,
            int(peak.read_text()) / unit,
            output,
        )

    def record(
        self, what: str, value: float, unit: str, *, target: str = "", note: str = ""
    ) -> None:
        """Add a row to the table."""
        self.rows.append(Measurement(what, value, unit, target, note))


ROWS = pytest.StashKey[list[Measurement]]()


@pytest.fixture
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """Timers with one thread for each numerical library, and the table."""
    from threadpoolctl import threadpool_limits

    rows = request.config.stash.setdefault(ROWS, [])
    with threadpool_limits(1):
        yield Bench(rows)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the table, and write it."""
    rows = config.stash.get(ROWS, [])
    if not rows:
        return
    terminalreporter.section("measured, not asserted")
    for row in rows:
        target = f"  target {row.target}" if row.target else ""
        terminalreporter.write_line(
            f"{row.what:<58} {row.value:>10.4g} {row.unit:<3}{target}"
            + (f"  ({row.note})" if row.note else "")
        )
    RESULTS.parent.mkdir(exist_ok=True)
    part = RESULTS.with_suffix(".part")
    part.write_text(
        json.dumps(
            {
                "python": platform.python_version(),
                "machine": platform.machine(),
                "cpus": os.cpu_count(),
                "peak_of_this_process_MB": resource.getrusage(
                    resource.RUSAGE_SELF
                ).ru_maxrss
                / (1e6 if platform.system() == "Darwin" else 1e3),
                "rows": [asdict(row) for row in rows],
            },
            indent=1,
        )
        + "\n"
    )
    part.replace(RESULTS)
    terminalreporter.write_line(f"written to {RESULTS.relative_to(Path.cwd())}")
