"""`scaling gpu-bench`: rehearsed on the CPU, in its time, and with parts that fail."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from value_scaling.commands.machine import gpu_bench
from value_scaling.commands.machine.gpu_check import NO_GPU
from value_scaling.learning.gpu import Problem
from value_scaling.sweep.bench import output, resume, runner
from value_scaling.sweep.bench.child import PARTS

NONE = Problem("devices", "no NVIDIA GPU: no /dev/nvidia*", "use a host with one")


@pytest.fixture(autouse=True)
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tested is the same on every host."""
    monkeypatch.setattr(gpu_bench, "find", lambda host: NONE)


def test_without_a_gpu_nothing_is_measured(scaling: Any, tmp_path: Path) -> None:
    outcome = scaling("gpu-bench")
    assert outcome.code == NO_GPU
    assert "no /dev/nvidia*" in outcome.err
    assert "ALLOW_CPU=1" in outcome.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "571"])
def test_it_never_takes_longer_than_ten_minutes(refused: Any, seconds: str) -> None:
    assert "at most 570" in refused("gpu-bench", "--toy", f"--seconds={seconds}")


def test_a_python_without_jax_is_told(
    refused: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpu_bench, "_version", lambda package: None)
    message = refused("gpu-bench", "--toy")
    assert "no jax, jaxlib, flax, optax" in message
    assert "make setup ACCEL=cuda12" in message


def test_all_of_it_at_toy_size(root: Path, tmp_path: Path) -> None:
    """In a process of its own, as it changes the environment; every warning counts."""
    out = tmp_path / "gpu.json"
    command = ["-W", "error", "-m", "value_scaling", "--root", str(root), "gpu-bench"]
    done = subprocess.run(
        [sys.executable, *command, "--toy", "--out", str(out)],
        env=os.environ
        | {
            "JAX_PLATFORMS": "cpu",
            "JAX_COMPILATION_CACHE_DIR": str(root / "build" / "jax_tests"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(out.read_text())
    assert found["complete"], found["parts"]
    assert found["toy"]
    assert found["device"] == "cpu"
    assert {"python", "jax", "jaxlib", "flax", "optax"} <= found["packages"].keys()
    assert found["date"].endswith("Z")
    rows = found["rows"]
    assert {row["part"] for row in rows} == set(PARTS)
    for row in rows:
        if "updates_per_second" in row:
            assert row["updates_per_second"] > 0
            assert 0 < row["share_of_matmul_peak"] < 10
            assert row["compile_seconds"] > 0
            assert row["state_bytes"] > 0
            assert row["peak_memory_bytes"] is None  # a CPU does not tell
    measured = [(r["part"], r["runs"], r["utd"]) for r in rows if "utd" in r]
    assert measured[:4] == [("sac", 1, 1), ("sac", 1, 2), ("sac", 2, 1), ("sac", 2, 2)]
    resumed = {r["algorithm"]: r for r in rows if r["part"] == "resume"}
    assert resumed.keys() == {"sac", "pql"}
    for row in resumed.values():
        assert row["equal"]
        assert row["resumed_at_step"] == row["killed_after_step"] > 0
    turns = [row for row in rows if row["part"] == "overlap"]
    assert [row["groups_in_turn"] for row in turns] == [1, 2, 1, 2]
    assert all(row["equal"] for row in turns[1::2])
    assert {test["outcome"] for test in found["tests"]} == {"skipped"}
    assert len(found["tests"]) >= 10
    assert "no GPU that JAX can use" in found["tests_skipped"]
    assert "killed and resumed: the same" in done.stdout
    assert f"Written: {out}" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["gpu.json"]


def python(source: str) -> list[str]:
    return [sys.executable, "-c", source]


def run(
    tmp_path: Path, seconds: float = 300.0, **commands: list[str]
) -> tuple[output.Bench, dict[str, Any]]:
    bench = output.Bench(tmp_path / "docs" / "gpu.json", {"device": "cpu"})
    runner.run(bench, commands, seconds)
    return bench, json.loads(bench.out.read_text())


def test_a_part_that_fails_leaves_the_others(tmp_path: Path) -> None:
    bench, found = run(
        tmp_path,
        device=python("print('{\"default_flops\": 100.0}')"),
        sac=python(
            "print('{\"flops_per_second\": 25.0}', flush=True); raise OSError(7)"
        ),
        bro=python("import sys; print('a word of a library'); print('{\"a\": 1}')"),
        pql=python("import os; os.abort()"),
    )
    assert {name: part["status"] for name, part in found["parts"].items()} == {
        **{"device": "done", "sac": "failed", "bro": "done", "pql": "failed"},
        **dict.fromkeys(("tests", "overlap", "resume"), "left out"),
    }
    assert "OSError: 7" in found["parts"]["sac"]["message"]
    assert found["rows"] == [
        {"part": "device", "default_flops": 100.0},
        {"part": "sac", "flops_per_second": 25.0, "share_of_matmul_peak": 0.25},
        {"part": "bro", "a": 1},
    ]
    assert not found["complete"]
    assert bench.failed == ["sac", "pql"]


def lives(number: int) -> bool:
    """Whether a process exists that has not ended."""
    try:
        return psutil.Process(number).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_part_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    """What it said by then is in the file; the parts after it have their time."""
    child = tmp_path / "child"
    hang = (
        "import os, subprocess, sys, time, pathlib\n"
        "sleeper = [sys.executable, '-c', 'import time; time.sleep(600)']\n"
        "number = subprocess.Popen(sleeper).pid\n"
        f"pathlib.Path({str(child)!r}).write_text(str(number))\n"
        "print('{\"a\": 1}', flush=True)\n"
        "time.sleep(600)\n"
    )
    bench, found = run(tmp_path, 60.0, device=python(hang), pql=python("print('{}')"))
    assert found["parts"]["device"]["status"] == "time ran out"
    assert found["parts"]["pql"]["status"] == "done"
    assert found["rows"] == [{"part": "device", "a": 1}, {"part": "pql"}]
    assert not found["complete"]
    assert bench.failed == []  # of time alone, which is no failure
    deadline = time.monotonic() + 60
    while lives(int(child.read_text())):  # until the system has put it away
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_tests_that_fail_and_runs_that_differ_are_failures(tmp_path: Path) -> None:
    lines = "t.py::a PASSED [ 1%]\\nt.py::b FAILED [ 2%]\\nFAILED t.py::b - oh"
    bench, found = run(
        tmp_path,
        tests=python(f"print({lines!r}.replace(chr(92) + 'n', chr(10))); exit(1)"),
        resume=python('print(\'{"algorithm": "sac", "equal": false}\')'),
    )
    assert found["tests"] == [
        {"test": "t.py::a", "outcome": "passed"},
        {"test": "t.py::b", "outcome": "failed"},
    ]
    assert found["parts"]["tests"]["status"] == "done"
    assert bench.failed == ["t.py::b", "resume, sac"]


def test_ctrl_c_leaves_what_was_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = runner._take_row

    def interrupted(*arguments: Any) -> None:
        take(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "_take_row", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, device=python("print('{\"a\": 1}', flush=True); input()"))
    assert json.loads((tmp_path / "docs" / "gpu.json").read_text())["rows"]
    assert [path.name for path in (tmp_path / "docs").iterdir()] == ["gpu.json"]


def test_snapshots_that_differ_are_told_apart() -> None:
    one = {"a": np.array([1.0, np.nan]), "b": np.arange(3)}
    same = {name: array.copy() for name, array in one.items()}
    assert resume.compared(one, same)["equal"]
    other = same | {"b": np.array([0, 1, 5])}
    assert resume.compared(one, other) == {
        "equal": False,
        "differing_arrays": ["b"],
        "largest_difference": 3.0,
    }
    assert not resume.compared(one, same | {"a": np.array([1.0])})["equal"]


def test_all_tests_of_a_gpu_are_where_the_bench_looks(root: Path) -> None:
    mark = "mark." + "gpu"
    marked = [
        path.relative_to(root / "tests").parts[0]
        for path in (root / "tests").rglob("test_*.py")
        if mark in path.read_text()
    ]
    assert marked
    assert set(marked) == {"gpu"}


@pytest.mark.parametrize(
    ("version", "lacking", "arguments", "fit"),
    [
        ((3, 11), "", [], True),
        ((3, 12), "", [], False),
        ((3, 12), "", ["gpu-bench"], True),
        ((3, 14), "papermill", ["gpu-bench"], True),
        ((3, 10), "", ["gpu-bench"], False),
        ((3, 12), "flax", ["gpu-bench"], False),
    ],
)
def test_a_newer_python_may_measure_a_gpu_and_nothing_else(
    root: Path, version: tuple[int, int], lacking: str, arguments: list[str], fit: bool
) -> None:
    script = root / "make" / "check_python.py"
    stand_in = (
        "import importlib.util, runpy, sys\n"
        f"sys.version_info = {(*version, 0, 'final', 0)!r}\n"
        "importlib.util.find_spec = lambda name: "
        f"None if name == {lacking!r} else name\n"
        f"sys.argv = [{str(script)!r}, *{arguments!r}]\n"
        f"runpy.run_path({str(script)!r})\n"
    )
    done = subprocess.run(python(stand_in), capture_output=True, text=True, check=False)
    assert (done.returncode == 0) is fit, done.stderr
    assert fit or "it should be" in done.stderr
