"""Every cause of a missing GPU, faked one at a time: its message and its exit code."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from value_scaling.commands.machine.gpu_check import NO_GPU, report
from value_scaling.learning.gpu import CU_INIT, PROBE, Gpus, Host, Problem, find

DRIVER = """\
NVRM version: NVIDIA UNIX x86_64 Kernel Module  {}  Wed Mar  1 00:00:00 UTC 2023
GCC version:  gcc version 12.2.0 (Debian 12.2.0-14)
"""
OPEN_DRIVER = """\
NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  {}  Release Build  (root@here)
GCC version:  gcc version 13.3.0
"""


def answering(text: str) -> tuple[str, ...]:
    return (sys.executable, "-c", text)


def answer(**found: object) -> tuple[str, ...]:
    return answering(f"print('a warning')\nprint({json.dumps(found)!r})")


@dataclass(frozen=True)
class Machine:
    """A healthy GPU host made of files; `host` with changes breaks one thing."""

    host: Host
    compile: Callable[[str], str]

    def write(self, name: str, text: str = "") -> None:
        path = self.host.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def problem(self, **changes: object) -> Problem:
        found = find(replace(self.host, **changes))  # type: ignore[arg-type]
        assert isinstance(found, Problem), found
        return found


def install(folder: Path, name: str, version: str) -> None:
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    (info / "METADATA").write_text(text)


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Make a stand-in for libcuda.so.1 from the body of its cuInit."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    made: dict[str, str] = {}

    def build(body: str) -> str:
        if compiler is None:
            pytest.skip("no C compiler to make a stand-in for libcuda.so.1")
        if body not in made:
            folder = tmp_path_factory.mktemp("driver")
            (folder / "cuda.c").write_text(f"int {body}\n")
            library = folder / "libcuda.so.1"
            command = [compiler, "-shared", "-fPIC", "-o", library, folder / "cuda.c"]
            subprocess.run(command, check=True)
            made[body] = str(library)
        return made[body]

    return build


@pytest.fixture
def machine(tmp_path: Path, compiled: Callable[[str], str]) -> Machine:
    packages = tmp_path / "packages"
    install(packages, "jaxlib", "0.10.2")
    install(packages, "jax-cuda12-plugin", "0.10.2")
    host = Host(
        environment={},
        root=tmp_path,
        packages=(str(packages),),
        libcuda=compiled("cuInit(unsigned flags) { return 0; }"),
        probe=answer(devices=["NVIDIA H100", "NVIDIA H100"], error=1e-7),
    )
    made = Machine(host, compiled)
    made.write("dev/nvidia0")
    made.write("proc/driver/nvidia/version", DRIVER.format("525.60.13"))
    return made


def test_a_healthy_host_passes(machine: Machine, capsys: pytest.CaptureFixture) -> None:
    found = find(machine.host)
    assert found == Gpus(("NVIDIA H100",) * 2, "525.60.13")
    assert report(found, allow_cpu=False) == 0
    assert "2 x NVIDIA H100; driver 525.60.13" in capsys.readouterr().out


@pytest.mark.parametrize("asked", ["cuda", "cuda,cpu", "GPU", ""])
def test_asking_for_cuda_is_no_problem(asked: str, machine: Machine) -> None:
    host = replace(machine.host, environment={"JAX_PLATFORMS": asked})
    assert isinstance(find(host), Gpus)


def test_jax_was_told_to_use_the_cpu(machine: Machine) -> None:
    problem = machine.problem(environment={"JAX_PLATFORMS": "cpu"})
    assert problem.cause == "platforms"
    assert "JAX_PLATFORMS=cpu" in problem.found


def test_the_cpu_build_of_jax(machine: Machine, tmp_path: Path) -> None:
    install(tmp_path / "cpu", "jaxlib", "0.10.2")
    problem = machine.problem(packages=(str(tmp_path / "cpu"),))
    assert problem.cause == "build"
    assert "jax-cuda12-plugin is not installed" in problem.found
    assert "make setup ACCEL=cuda12" in problem.fix


def test_a_plugin_of_another_version(machine: Machine, tmp_path: Path) -> None:
    install(tmp_path / "mixed", "jaxlib", "0.10.2")
    install(tmp_path / "mixed", "jax-cuda12-plugin", "0.9.0")
    problem = machine.problem(packages=(str(tmp_path / "mixed"),))
    assert problem.cause == "versions"
    assert "jax-cuda12-plugin 0.9.0 beside jaxlib 0.10.2" in problem.found


def test_a_jax_for_cuda_13_needs_a_newer_driver(
    machine: Machine, tmp_path: Path
) -> None:
    """The lock is for CUDA 12; a host's own JAX may be for the next."""
    packages = tmp_path / "thirteen"
    install(packages, "jaxlib", "0.12.0")
    install(packages, "jax-cuda13-plugin", "0.12.0")
    problem = machine.problem(packages=(str(packages),))
    assert problem.cause == "driver"
    assert "too old for CUDA 13" in problem.found
    assert "driver 580 or newer" in problem.fix
    machine.write("proc/driver/nvidia/version", OPEN_DRIVER.format("580.159.04"))
    assert isinstance(find(replace(machine.host, packages=(str(packages),))), Gpus)


@pytest.mark.parametrize("visible", ["", " ", "-1"])
def test_every_gpu_is_hidden(visible: str, machine: Machine) -> None:
    problem = machine.problem(environment={"CUDA_VISIBLE_DEVICES": visible})
    assert problem.cause == "hidden"
    assert f"CUDA_VISIBLE_DEVICES={visible!r}" in problem.found


def test_a_chosen_gpu_is_not_hidden(machine: Machine) -> None:
    host = replace(machine.host, environment={"CUDA_VISIBLE_DEVICES": "1"})
    assert isinstance(find(host), Gpus)


def test_no_device_files(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "dev" / "nvidia0").unlink()
    machine.write("dev/null")
    problem = machine.problem()
    assert problem.cause == "devices"
    assert problem.found == "no NVIDIA GPU: no /dev/nvidia*"
    assert "a host with an NVIDIA GPU" in problem.fix


@pytest.mark.parametrize("mark", [".dockerenv", "run/.containerenv"])
def test_a_container_without_devices(
    mark: str, machine: Machine, tmp_path: Path
) -> None:
    (tmp_path / "dev" / "nvidia0").unlink()
    machine.write(mark)
    problem = machine.problem()
    assert problem.cause == "devices"
    assert "docker run --gpus all" in problem.fix


def test_the_device_file_of_wsl_counts(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "dev" / "nvidia0").rename(tmp_path / "dev" / "dxg")
    (tmp_path / "proc/driver/nvidia/version").unlink()
    found = find(machine.host)
    assert isinstance(found, Gpus)
    assert found.driver == "unknown"


@pytest.mark.parametrize("text", [DRIVER, OPEN_DRIVER])
@pytest.mark.parametrize(
    ("version", "fits"),
    [
        ("470.256.02", False),
        ("525.60.11", False),
        ("525.60.13", True),
        ("525.85", True),
        ("1000.1", True),
    ],
)
def test_the_drivers_age(version: str, fits: bool, text: str, machine: Machine) -> None:
    machine.write("proc/driver/nvidia/version", text.format(version))
    found = find(machine.host)
    if fits:
        assert found == Gpus(("NVIDIA H100",) * 2, version)
        return
    assert isinstance(found, Problem)
    assert found.cause == "driver"
    assert f"NVIDIA driver {version}, too old" in found.found
    assert "525.60.13" in found.fix


def test_libcuda_is_not_mounted(machine: Machine, tmp_path: Path) -> None:
    missing = str(tmp_path / "libcuda.so.1")
    problem = machine.problem(libcuda=missing)
    assert problem.cause == "libcuda"
    assert missing in problem.found
    assert "same version as its kernel module" in problem.fix
    machine.write("run/.containerenv")
    assert "NVIDIA_DRIVER_CAPABILITIES" in machine.problem(libcuda=missing).fix


def test_a_library_that_is_not_the_drivers(machine: Machine) -> None:
    problem = machine.problem(libcuda=machine.compile("other(void) { return 0; }"))
    assert problem.cause == "libcuda"
    assert "cuInit" in problem.found


@pytest.mark.parametrize("code", CU_INIT)
def test_cuinit_fails(code: int, machine: Machine) -> None:
    body = f"cuInit(unsigned flags) {{ return {code}; }}"
    problem = machine.problem(libcuda=machine.compile(body))
    name, fix = CU_INIT[code]
    assert problem.cause == "cuinit"
    assert f"cuInit gave CUDA_ERROR_{name} ({code})" in problem.found
    assert problem.fix == fix


def test_cuinit_fails_with_a_code_that_is_new(machine: Machine) -> None:
    body = "cuInit(unsigned flags) { return 4242; }"
    problem = machine.problem(libcuda=machine.compile(body))
    assert problem.cause == "cuinit"
    assert "the error code 4242" in problem.found


def test_jaxs_own_error_is_told(machine: Machine) -> None:
    failure = "RuntimeError: Unable to initialize backend 'cuda': out of memory"
    problem = machine.problem(probe=answer(failure=failure))
    assert problem.cause == "jax"
    assert failure in problem.found
    assert "LD_LIBRARY_PATH" not in problem.fix
    problem = machine.problem(
        probe=answer(failure=failure), environment={"LD_LIBRARY_PATH": "/usr/local"}
    )
    assert "LD_LIBRARY_PATH is set: unset it" in problem.fix


def test_the_real_jax_without_a_gpu_fails_aloud(machine: Machine) -> None:
    """JAX itself, on a machine whose driver was faked: never the CPU instead."""
    if any(Path("/dev").glob("nvidia*")) or Path("/dev/dxg").exists():
        pytest.skip("there is a GPU here")
    problem = machine.problem(probe=answering(PROBE))
    assert problem.cause == "jax"
    assert "that JAX says: " in problem.found
    assert not problem.found.endswith(": ")


def test_jax_is_asked_for_cuda_and_for_little_memory(machine: Machine) -> None:
    script = (
        "import json, os; e = os.environ; assert e['JAX_PLATFORMS'] == 'cuda'\n"
        "assert e['XLA_PYTHON_CLIENT_PREALLOCATE'] == 'false'\n"
        "print(json.dumps({'devices': ['G'], 'error': 0.0}))"
    )
    assert find(replace(machine.host, probe=answering(script))) == Gpus(
        ("G",), "525.60.13"
    )


def test_jax_crashes(machine: Machine) -> None:
    script = (
        "import os, sys, signal; print('the last words', file=sys.stderr, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    problem = machine.problem(probe=answering(script))
    assert problem.cause == "jax"
    assert "ended with -9 (the last words)" in problem.found


def test_jax_hangs(machine: Machine) -> None:
    script = "import time; time.sleep(60)"
    problem = machine.problem(probe=answering(script), seconds=0.2)
    assert problem.cause == "jax"
    assert "does not answer" in problem.found


@pytest.mark.parametrize("error", [0.3, float("nan")])
def test_a_gpu_that_computes_wrongly(error: float, machine: Machine) -> None:
    problem = machine.problem(probe=answer(devices=["NVIDIA H100"], error=error))
    assert problem.cause == "jax"
    assert "product of matrices" in problem.found


PROBLEM = Problem("driver", "driver 1.2, too old", "install a newer one")


def test_without_a_gpu_the_exit_code_is_3(capsys: pytest.CaptureFixture) -> None:
    assert report(PROBLEM, allow_cpu=False) == NO_GPU == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("scaling: GPU (driver): found driver 1.2, too old; expected ")
    assert "What to do: install a newer one." in err
    assert "ALLOW_CPU=1" in err


def test_the_cpu_is_allowed_aloud(capsys: pytest.CaptureFixture) -> None:
    assert report(PROBLEM, allow_cpu=True) == 0
    err = capsys.readouterr().err
    assert "NO GPU IS USED" in err
    assert "driver 1.2, too old" in err


@pytest.mark.parametrize("arguments", [(), ("ALLOW_CPU=1",), ("ALLOW_CPU=0",)])
def test_make_stops_unless_the_cpu_is_allowed(
    arguments: tuple[str, ...], root: Path
) -> None:
    """Through make, on this machine, with JAX told to use the CPU."""
    if shutil.which("make") is None:
        pytest.skip("no make here")
    done = subprocess.run(
        ["make", "gpu-check", f"PYTHON={sys.executable}", *arguments],
        cwd=root,
        env={"PATH": "/usr/bin:/bin", "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "JAX_PLATFORMS=cpu" in done.stderr
    if arguments == ("ALLOW_CPU=1",):
        assert done.returncode == 0
        assert "NO GPU IS USED" in done.stderr
    else:
        assert done.returncode == 2
        assert "Error 3" in done.stderr


def test_make_takes_no_other_value_for_allow_cpu(root: Path) -> None:
    if shutil.which("make") is None:
        pytest.skip("no make here")
    done = subprocess.run(
        ["make", "gpu-check", f"PYTHON={sys.executable}", "ALLOW_CPU=yes"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "ALLOW_CPU is yes; it can be 1" in done.stderr
