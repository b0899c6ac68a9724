"""`scaling gpu-bench`: measure and test training on this GPU within ten minutes."""

import importlib.metadata
import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from value_scaling import __version__
from value_scaling.commands.machine.gpu_check import NO_GPU, report
from value_scaling.commands.options import ProjectOptions, command
from value_scaling.learning.gpu import Gpus, Host, Problem, find
from value_scaling.records import ScalingError
from value_scaling.store.folders import Folders

PACKAGES = ("jax", "jaxlib", "jax-cuda12-plugin", "jax-cuda13-plugin", "flax", "optax")
NEEDED = ("jax", "jaxlib", "flax", "optax")
ON_CPU = (
    "To measure the CPU instead: ALLOW_CPU=1 (scaling gpu-bench --allow-cpu); to try "
    "the command out in a minute: scaling gpu-bench --toy."
)
LIKELY = ("numpy", "scipy", "playground", "mujoco-mjx")


@command("gpu-bench")
@click.option("--allow-cpu", is_flag=True, help="Measure the CPU if there is no GPU.")
@click.option("--toy", is_flag=True, help="Rehearse at toy size; needs no GPU.")
@click.option(
    "--seconds", type=float, metavar="S", help="Time limit of all parts together (570)."
)
@click.option(
    "--out",
    type=Path,
    metavar="FILE",
    help="Results (docs/gpu.json; for a CPU or at toy size, build/gpu.json).",
)
@click.pass_obj
def gpu_bench(
    checkout: ProjectOptions,
    allow_cpu: bool,
    toy: bool,
    seconds: float | None,
    out: Path | None,
) -> int:
    """Measure and test training on this GPU, and write the results to docs/gpu.json.

    It runs the tests that need a GPU, measures packed SAC, BRO and PQL, trains two
    groups in turn, and kills and resumes a run.
    """
    from value_scaling.sweep.bench import output, runner

    missing = [name for name in NEEDED if not _version(name)]
    if missing:
        raise ScalingError(
            sys.executable,
            found=f"no {', '.join(missing)}",
            expected="JAX, Flax and Optax",
            fix="make setup ACCEL=cuda12, and ACCEL=cuda12 with this command too",
        )
    seconds = runner.TOTAL_SECONDS if seconds is None else seconds
    if not 0 < seconds <= runner.TOTAL_SECONDS:
        raise ScalingError(
            "--seconds",
            found=f"{seconds:g}",
            expected=f"more than 0, at most {runner.TOTAL_SECONDS:g}",
            fix="leave it out: all parts fit into that time",
        )
    found = find(Host(environment=os.environ))
    if not (isinstance(found, Gpus) or toy):
        code = report(found, allow_cpu, on_cpu=ON_CPU)
        if code == NO_GPU:
            return code
    on_gpu = isinstance(found, Gpus)
    root = Folders.at(checkout.root).root
    usual = root / ("docs" if on_gpu and not toy else "build") / "gpu.json"
    bench = output.Bench(out=out or usual, facts=_facts(found, toy))
    print(f"gpu-bench: {seconds:.0f} s at most, into {bench.out}", flush=True)
    if not toy:
        # A program from the cache would not be compiled, and compilation is measured.
        os.environ.pop("JAX_COMPILATION_CACHE_DIR", None)
    if not on_gpu:
        os.environ["JAX_PLATFORMS"] = "cpu"
    runner.run(bench, _commands(root, toy), seconds)
    return _report(bench)


def _commands(root: Path, toy: bool) -> dict[str, list[str]]:
    from value_scaling.sweep.bench.child import PARTS

    part = [sys.executable, "-m", "value_scaling.sweep.bench.child"]
    commands = {name: [*part, name, *(["--toy"] * toy)] for name in PARTS}
    tests = root / "tests" / "gpu"
    if tests.is_dir() and _version("pytest"):
        # Other versions of JAX than the locked one may warn: that is not a failure.
        options = ["-m", "gpu", "-v", "-rs", "-W", "default", "--color=no"]
        options += ["-p", "no:cacheprovider", "--rootdir", str(root)]
        options += ["-k", "not killed"]  # the part `resume` does it at real size
        options += ["-o", "addopts=--import-mode=importlib"]
        commands["tests"] = [sys.executable, "-m", "pytest", *options, str(tests)]
    return commands


def _facts(found: Gpus | Problem, toy: bool) -> dict[str, Any]:
    versions = {name: _version(name) for name in (*PACKAGES, *LIKELY)}
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "toy": toy,
        "device": " + ".join(found.names) if isinstance(found, Gpus) else "cpu",
        "driver": found.driver if isinstance(found, Gpus) else None,
        "packages": {
            "value-scaling": __version__,
            "python": platform.python_version(),
            **{name: version for name, version in versions.items() if version},
        },
    }


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _report(bench: Any) -> int:
    """Print the measurements and return the exit code: 1 if a part failed."""
    for row in json.loads(bench.out.read_text())["rows"]:
        if "updates_per_second" in row:
            share = row.get("share_of_matmul_peak")
            print(
                f"{row['part']:>5} {row['runs']:>3} runs, {row['utd']} updates a step: "
                f"{row['updates_per_second']:>10,.0f} updates/s"
                + (f", {100 * share:.2g}% of the matmul peak" if share else "")
            )
        if "groups_in_turn" in row:
            print(
                f"{row['algorithm']:>5} 2 groups of {row['runs']} runs, "
                f"{row['groups_in_turn']} at a time: "
                f"{row['environment_steps_per_second']:,.0f} environment steps/s"
            )
        if "equal" in row:
            equal = "the same" if row["equal"] else "NOT the same"
            what = "in turn" if row["part"] == "overlap" else "killed and resumed"
            print(f"{row['algorithm']:>5} {what}: {equal}")
    outcomes = [test["outcome"] for test in bench.tests]
    if outcomes:
        kinds = ", ".join(f"{outcomes.count(o)} {o}" for o in sorted(set(outcomes)))
        print(f"tests: {kinds}")
    for name, part in bench.parts.items():
        if part.get("message"):
            print(f"{name}: {part['status']} ({part['message']})")
    print(f"Written: {bench.out}")
    if bench.failed:
        print(f"gpu-bench: failed: {', '.join(bench.failed)}", file=sys.stderr)
        return 1
    return 0
