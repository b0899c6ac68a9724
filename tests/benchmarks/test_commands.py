"""Cost of the commands in the README, typed in this order in a fresh copy.

BENCH_COMMANDS=1 make bench ARGS="-k commands" writes `docs/commands.json`, from which
`make docs` makes the README's table. It installs a separate environment.
"""

import json
import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

COMMANDS = {
    "make setup": "the Python environment (the other commands run it if needed)",
    "make figures": "every figure, table and number of the bundled studies",
    "make data figures": "the same for the runs of the authors and of others, which it "
    "fetches",
    "make paper verify": "the paper as a PDF; a report card of published numbers",
}
"""Result of each command."""
GIVEN = ("MAKEFLAGS", "MAKELEVEL", "PYTHONPATH", "PYTHON", "VALUE_SCALING_RUNS")


@dataclass(frozen=True)
class Copy:
    """A copy of the tracked files in a new folder."""

    folder: Path

    @property
    def megabytes(self) -> float:
        """Size of all files; links are not followed."""
        files = (path for path in self.folder.rglob("*") if not path.is_symlink())
        return sum(path.stat().st_size for path in files if path.is_file()) / 1e6


@pytest.mark.skipif(
    "BENCH_COMMANDS" not in os.environ,
    reason="takes minutes and a package index; runs with BENCH_COMMANDS=1",
)
def test_commands_of_the_readme(
    root: Path,
    copy_tracked: Any,
    published: Path,
    tmp_path: Path,
    bench: Any,
    monkeypatch: Any,
) -> None:
    for name in GIVEN:
        monkeypatch.delenv(name, raising=False)
    copy = Copy(tmp_path / "checkout")
    copy_tracked(copy.folder)
    # A folder of both collections, if there is one: users fetch both.
    both = (published.parent / "followup").is_dir()
    mirror = published.parent if both else published
    rows: list[dict[str, Any]] = []
    peak = 0.0
    for command, makes in COMMANDS.items():
        words = [*command.split(), f"DATA_MIRROR={mirror}"]
        before, archives = copy.megabytes, _archives(copy)
        child = bench.run_child(words, folder=copy.folder)
        fetched = _archives(copy) - archives
        rows.append(
            {
                "command": command,
                "makes": makes,
                "seconds": child.cpu,
                "fetched_MB": _wheels(copy) if command == "make setup" else fetched,
                "disk_MB": copy.megabytes - before,
            }
        )
        peak = max(peak, child.peak)
        bench.record(f"{command}: CPU", child.cpu, "s")
        bench.record(f"{command}: wall", child.wall, "s")
    assert (copy.folder / "paper" / "main.pdf").exists()
    stated = {
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "peak_MB": peak,
        "rows": rows,
    }
    path = root / "docs" / "commands.json"
    path.write_text(json.dumps(stated, indent=1, ensure_ascii=False) + "\n")


def _archives(copy: Copy) -> float:
    """Return the megabytes of the run archives and tables."""
    files = (copy.folder / "data/zip").iterdir()
    return sum(p.stat().st_size for p in files if p.suffix in (".zip", ".csv")) / 1e6


def _wheels(copy: Copy) -> float:
    """Return the megabytes of the locked packages, after a separate download."""
    wheels = copy.folder.parent / "wheels"
    python = str(copy.folder / ".venv" / "bin" / "python")
    lock = str(copy.folder / "code" / "locks" / "cpu.txt")
    options = ["--quiet", "--require-hashes", "--no-deps", "--only-binary=:all:"]
    subprocess.run(
        [python, "-m", "pip", "download", *options, "-d", str(wheels), "-r", lock],
        check=True,
    )
    size = sum(path.stat().st_size for path in wheels.iterdir()) / 1e6
    shutil.rmtree(wheels)
    return size
