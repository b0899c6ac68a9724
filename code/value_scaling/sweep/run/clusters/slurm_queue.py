"""Queue arrays in Slurm, and count the tasks that have not ended."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from value_scaling.records import ScalingError


def sbatch(options: Mapping[str, str], command: str) -> str:
    """Queue a command and return the number of its job.

    Raises:
        ScalingError: sbatch is missing, or refuses the options.
    """
    words = [f"--{key.replace('_', '-')}={value}" for key, value in options.items()]
    try:
        found = subprocess.run(
            ["sbatch", "--parsable", "--requeue", *words, f"--wrap={command}"],
            capture_output=True,
            text=True,
            timeout=120,
        )
        text = "" if found.returncode == 0 else found.stderr
    except (OSError, subprocess.TimeoutExpired) as error:
        text = str(error)
    if text:
        raise ScalingError(
            "executor slurm",
            found=" ".join(text.split())[:400],
            expected="a cluster whose sbatch accepts the options of --slurm",
            fix="run this where sbatch works, correct --slurm, or use --executor local",
        )
    return found.stdout.split(";")[0].strip()


def load_arrays(folder: Path) -> tuple[str, ...]:
    """Return the numbers of the arrays that were queued last; empty if none were."""
    path = folder / "arrays.json"
    return tuple(json.loads(path.read_text())) if path.exists() else ()


def unended(arrays: Sequence[str]) -> int:
    """Return how many tasks of these arrays are waiting or running.

    Raises:
        ScalingError: squeue is missing, or does not answer.
    """
    if not arrays:
        return 0
    command = ["squeue", "--noheader", "--array", "--format=%i %t"]
    try:
        found = subprocess.run(
            [*command, f"--jobs={','.join(arrays)}"],
            capture_output=True,
            text=True,
            timeout=120,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _no_answer(str(error)) from error
    # Slurm forgets jobs some minutes after their end.
    if "Invalid job id" in found.stderr:
        return sum(unended([each]) for each in arrays) if len(arrays) > 1 else 0
    if found.returncode:
        raise _no_answer(" ".join(found.stderr.split()))
    return len(found.stdout.splitlines())


def _no_answer(found: str) -> ScalingError:
    return ScalingError(
        "squeue",
        found=found[:300],
        expected="the jobs that Slurm has in its queue",
        fix="wait until Slurm answers; the tasks continue, and the same command waits "
        "for them",
    )
