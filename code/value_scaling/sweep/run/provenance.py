"""Record the code, packages and CPU of runs, for the archive's manifest."""

import contextlib
import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = (
    "jax",
    "jaxlib",
    "flax",
    "optax",
    "numpy",
    "gymnasium",
    "dm_control",
    "mujoco",
)
SOURCES = tuple(
    f"code/value_scaling/{name}"
    for name in (
        "learning",
        "sweep",
        "records/training.py",
        "records/schedule.py",
        "studies/training",
    )
)
"""Paths of the code and settings that determine runs."""


def provenance(root: Path) -> dict[str, Any]:
    """Return `commit`, `packages` and `cpu`.

    The commit is that of the checkout, followed by `+changes` if the code that makes
    runs differs from it.
    """
    return {
        "commit": _commit(root),
        "packages": {
            "python": platform.python_version(),
            **_versions(),
        },
        "cpu": _cpu(),
    }


def _versions() -> dict[str, str]:
    """Return the versions of the installed packages; one simulator is enough."""
    found = {}
    for name in PACKAGES:
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _commit(root: Path) -> str:
    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    try:
        changed = git("status", "--porcelain", "--", *SOURCES)
        return git("rev-parse", "HEAD") + ("+changes" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        # The container image has no history, but states its commit in a variable.
        return os.environ.get("VALUE_SCALING_COMMIT", "not in a git checkout")


def _cpu() -> str:
    path = Path("/proc/cpuinfo")
    if path.exists():
        for line in path.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
