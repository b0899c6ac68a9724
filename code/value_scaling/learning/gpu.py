"""Find out why JAX would not use a GPU here, with every known cause told apart.

JAX falls back to the CPU with a warning that is lost in a log, and a replication would
then take months. The checks do not load JAX in this process. They go from the
environment variables over the driver to JAX itself, and stop at the first failure.
"""

import ctypes
import importlib.metadata
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

OLDEST_DRIVER: tuple[int, ...] = (525, 60, 13)
"""Oldest driver for CUDA 12.x on Linux; source: NVIDIA, CUDA compatibility, minor
versions."""
OLDEST_DRIVER_13: tuple[int, ...] = (580,)
"""Oldest driver for CUDA 13.x; the same source."""
PLUGIN = "jax-cuda12-plugin"
"""Plugin in the lock; a host's own JAX may be for CUDA 13."""
PLUGIN_13 = "jax-cuda13-plugin"
SECONDS = 300.0
"""Seconds that JAX has to start and to multiply two matrices."""

PROBE = """
import json
try:
    import jax, numpy
    devices = jax.devices("cuda")
    x = numpy.arange(4096.0, dtype=numpy.float32).reshape(64, 64) / 4096
    y = numpy.asarray(jax.jit(lambda a: a @ a)(jax.device_put(x, devices[0])))
    error = float(numpy.abs(y - x @ x).max() / numpy.abs(x @ x).max())
    found = {"devices": [d.device_kind for d in devices], "error": error}
except Exception as failure:
    text = " ".join(str(failure).split()) or "no message"
    found = {"failure": f"{type(failure).__name__}: {text}"}
print("\\n" + json.dumps(found))
"""
"""Runs in a separate process, so that a crash or hang of a driver is found as well."""

CU_INIT = {
    3: ("NOT_INITIALIZED", "restart the host; the driver did not come up"),
    34: (
        "STUB_LIBRARY",
        "the libcuda.so.1 that was found is CUDA's stub for building, not the "
        "driver's: take its folder out of LD_LIBRARY_PATH",
    ),
    46: (
        "DEVICE_UNAVAILABLE",
        "another process holds the GPU exclusively: end it (`nvidia-smi` lists it)",
    ),
    100: (
        "NO_DEVICE",
        "see whether `nvidia-smi` lists a GPU here; in a container, give it one "
        "(`--gpus all`)",
    ),
    101: (
        "INVALID_DEVICE",
        "CUDA_VISIBLE_DEVICES names a GPU that does not exist: unset or correct it",
    ),
    802: (
        "SYSTEM_NOT_READY",
        "start nvidia-fabricmanager on the host (NVSwitch machines need it) and wait "
        "until `nvidia-smi` shows no error",
    ),
    803: (
        "SYSTEM_DRIVER_MISMATCH",
        "the driver's library and its kernel module differ in version, as after an "
        "update: restart the host, or the container",
    ),
    804: (
        "COMPAT_NOT_SUPPORTED_ON_DEVICE",
        "a CUDA compatibility library is in the way: take /usr/local/cuda/compat out "
        "of LD_LIBRARY_PATH",
    ),
    999: (
        "UNKNOWN",
        "run `nvidia-modprobe -u -c=0` on the host (it makes /dev/nvidia-uvm), or "
        "restart it",
    ),
}
"""Code of cuInit -> (its name after CUDA_ERROR_, what to do)."""


@dataclass(frozen=True)
class Host:
    """The host that is examined; tests use other values for the fields."""

    environment: Mapping[str, str]
    root: Path = Path("/")
    packages: tuple[str, ...] = tuple(sys.path)
    """Folders of installed packages."""
    libcuda: str = "libcuda.so.1"
    probe: tuple[str, ...] = (sys.executable, "-c", PROBE)
    seconds: float = SECONDS

    @property
    def in_container(self) -> bool:
        """Whether this is inside Docker or Podman."""
        marks = (".dockerenv", "run/.containerenv")
        return any((self.root / mark).exists() for mark in marks)


@dataclass(frozen=True)
class Problem:
    """The reason why no GPU can be used."""

    cause: str
    """One word, e.g. `driver`."""
    found: str
    fix: str


@dataclass(frozen=True)
class Gpus:
    """The GPUs that JAX computed on."""

    names: tuple[str, ...]
    driver: str
    """Version of the driver, or `unknown`."""


def find(host: Host) -> Gpus | Problem:
    """Return the GPUs that JAX can use here, or the first problem."""
    for check in (_asked, _plugin, _hidden, _device_files, _driver, _library):
        problem = check(host)
        if problem:
            return problem
    return _jax(host)


def _asked(host: Host) -> Problem | None:
    asked = host.environment.get("JAX_PLATFORMS", "")
    if not asked or {"cuda", "gpu"} & set(asked.lower().split(",")):
        return None
    return Problem(
        "platforms",
        f"JAX_PLATFORMS={asked}, so JAX takes no GPU",
        "unset JAX_PLATFORMS",
    )


def _plugin(host: Host) -> Problem | None:
    jaxlib = _version("jaxlib", host)
    found = {name: _version(name, host) for name in (PLUGIN, PLUGIN_13)}
    name = next((name for name, version in found.items() if version), None)
    if name is None:
        return Problem(
            "build",
            f"the CPU build of JAX ({PLUGIN} is not installed)",
            "run `make setup ACCEL=cuda12` and give ACCEL=cuda12 to each make; or take "
            "the image built with `--build-arg ACCEL=cuda12`",
        )
    if jaxlib not in found.values():
        return Problem(
            "versions",
            f"{name} {found[name]} beside jaxlib {jaxlib}; JAX leaves out a plugin of "
            "another version",
            "remove .venv and run `make setup ACCEL=cuda12`: the lock has fitting ones",
        )
    return None


def _version(package: str, host: Host) -> str | None:
    found = importlib.metadata.distributions(name=package, path=list(host.packages))
    return next((each.version for each in found), None)


def _hidden(host: Host) -> Problem | None:
    visible = host.environment.get("CUDA_VISIBLE_DEVICES")
    if visible is None or (visible.strip() and not visible.strip().startswith("-")):
        return None
    return Problem(
        "hidden",
        f"CUDA_VISIBLE_DEVICES={visible!r}, which hides every GPU",
        "unset it; under a scheduler (Slurm, …), request a GPU",
    )


def _device_files(host: Host) -> Problem | None:
    patterns = ("nvidia[0-9]*", "nvidiactl", "dxg")
    if any(any((host.root / "dev").glob(pattern)) for pattern in patterns):
        return None
    return Problem(
        "devices",
        "no NVIDIA GPU: no /dev/nvidia*"
        + (" in this container" if host.in_container else ""),
        "start the container with `docker run --gpus all` (Podman: `--device "
        "nvidia.com/gpu=all`) on a host with a GPU and nvidia-container-toolkit"
        if host.in_container
        else "use a host with an NVIDIA GPU and its driver (`nvidia-smi` lists them)",
    )


def _driver(host: Host) -> Problem | None:
    version = _driver_version(host)
    cuda, needed = 12, OLDEST_DRIVER
    if _version(PLUGIN, host) is None:
        cuda, needed = 13, OLDEST_DRIVER_13
    numbers = tuple(map(int, version.split("."))) if version else needed
    if numbers >= needed:
        return None
    oldest = ".".join(map(str, needed))
    return Problem(
        "driver",
        f"NVIDIA driver {version}, too old for CUDA {cuda}",
        f"install driver {oldest} or newer on the host"
        + (" (it cannot be put into the image)" if host.in_container else ""),
    )


def _driver_version(host: Host) -> str | None:
    """Return the version of the loaded kernel module.

    It is None where it is not stated (WSL, some sandboxes).
    """
    path = host.root / "proc" / "driver" / "nvidia" / "version"
    text = path.read_text() if path.exists() else ""
    found = re.search(r"^NVRM version:.*?\s(\d+\.\d+(?:\.\d+)*)\s", text, re.M)
    return found[1] if found else None


def _library(host: Host) -> Problem | None:
    try:
        library = ctypes.CDLL(host.libcuda)
        code = int(library.cuInit(0))
    except (OSError, AttributeError) as error:
        return Problem(
            "libcuda",
            f"GPU device files, but not the driver's library ({error})",
            "start the container with NVIDIA_DRIVER_CAPABILITIES=compute,utility, by "
            "`--gpus all` and nvidia-container-toolkit; devices alone are not enough"
            if host.in_container
            else "install the driver's CUDA library (Debian: libcuda1) of the same "
            "version as its kernel module",
        )
    if code == 0:
        return None
    name, fix = CU_INIT.get(code, ("", "see `nvidia-smi` and `dmesg` on the host"))
    called = f"CUDA_ERROR_{name} ({code})" if name else f"the error code {code}"
    return Problem(
        "cuinit", f"that the driver does not start: cuInit gave {called}", fix
    )


def _jax(host: Host) -> Gpus | Problem:
    environment = {
        **host.environment,
        "JAX_PLATFORMS": "cuda",
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
    }
    fix = "see JAX's message"
    if "LD_LIBRARY_PATH" in host.environment:
        fix += "; LD_LIBRARY_PATH is set: unset it, JAX brings its own CUDA libraries"
    try:
        done = subprocess.run(
            host.probe,
            env=environment,
            capture_output=True,
            text=True,
            timeout=host.seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        found = f"that JAX does not answer within {host.seconds:.0f} s"
        return Problem("jax", found, "see `nvidia-smi`: a GPU may hang or be full")
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        found = f"that JAX's process ended with {done.returncode} ({last[-300:]})"
        return Problem("jax", found, fix)
    answer = json.loads(done.stdout.strip().splitlines()[-1])
    if "failure" in answer:
        return Problem("jax", f"that JAX says: {answer['failure'][:600]}", fix)
    if not answer["error"] < 1e-2:
        found = f"a relative error of {answer['error']:.2g} in a product of matrices"
        return Problem("jax", found, "see `nvidia-smi -q` for memory errors of the GPU")
    return Gpus(tuple(answer["devices"]), _driver_version(host) or "unknown")
