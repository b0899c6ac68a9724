"""Training files: how the runs of a study are made, read as strictly as the study."""

import re
import tomllib
from importlib import resources

from value_scaling.records import ScalingError, Study
from value_scaling.records.training import Training
from value_scaling.store.folders import Folders
from value_scaling.store.regular import read_text
from value_scaling.store.typed import Mismatch, build

HOST_ALGORITHMS = ("sac", "bro", "bro_minimal")
"""One environment a run, stepped on the host."""
DEVICE_ALGORITHMS = ("pql",)
"""Many environments a run, stepped where it learns."""
ENGINES = ("gymnasium", "dm_control", "envpool"), ("playground",)
"""Of the one and of the other."""
_NUMBER = re.compile(r"\d+(\.\d+)?(e-?\d+)?|\d+/0*[1-9]\d*")


def load_training(study: Study, folders: Folders) -> Training:
    """Read studies/training/<study>.toml, of the package or of the user.

    Raises:
        ScalingError: there is none, it is wrong, or it lacks a task of the study.
    """
    with resources.as_file(resources.files("value_scaling") / "studies") as bundled:
        places = [
            folder / "training" / f"{study.name}.toml"
            for folder in (bundled, folders.studies)
        ]
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        raise ScalingError(
            f"study {study.name}",
            found="no training file",
            expected=f"{places[1]}",
            fix="write it; code/value_scaling/studies/training/classic.toml is an "
            "example",
        )
    try:
        table = tomllib.loads(read_text(path))
        training = build(Training, table | {"study": study.name})
        for problem in _problems(training):
            raise problem
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, Mismatch) as error:
        raise ScalingError(
            path,
            found=str(error),
            expected="a training file in TOML",
            fix="correct the file",
        ) from error
    for name in study.environment_names:
        training.task(name)
    return training


def _problems(training: Training) -> list[Mismatch]:
    found = []
    counts = {
        "seeds": training.seeds,
        "replay": training.replay,
        "validation_every": training.validation_every,
        "diagnostics_every": training.diagnostics_every,
    }
    for number, task in enumerate(training.tasks):
        counts |= {
            f"tasks.{number}.{key}": getattr(task, key)
            for key in ("steps", "log_start", "log_every")
        }
        if task.log_start % task.log_every:
            found.append(
                Mismatch(
                    f"tasks.{number}.log_start",
                    f"{task.log_start}",
                    f"a multiple of log_every = {task.log_every}",
                )
            )
    for key, value in counts.items():
        if value < 1:
            found.append(Mismatch(key, f"{value}", "1 or more"))
    if training.start_training < 0:
        found.append(Mismatch("start_training", f"{training.start_training}", ">= 0"))
    known = (*HOST_ALGORITHMS, *DEVICE_ALGORITHMS)
    if training.algorithm not in known:
        found.append(Mismatch("algorithm", training.algorithm, ", ".join(known)))
    if not training.hidden:
        found.append(Mismatch("hidden", "an empty list", "one width or more"))
    for utd in training.steps_by_utd:
        if not _NUMBER.fullmatch(utd):
            wanted = 'a number or a fraction in quotes, as "0.5" or "1/4096"'
            found.append(Mismatch("steps_by_utd", repr(utd), wanted))
    for number, task in enumerate(training.tasks):
        there = ENGINES[training.algorithm in DEVICE_ALGORITHMS]
        if training.algorithm in known and task.engine not in there:
            wanted = f"one of {', '.join(there)} for {training.algorithm}"
            found.append(Mismatch(f"tasks.{number}.engine", task.engine, wanted))
    if training.algorithm in DEVICE_ALGORITHMS:
        found += _device_problems(training)
    return found


def _device_problems(training: Training) -> list[Mismatch]:
    """What must hold where all environments of a run step at once."""
    found = [
        Mismatch(key, f"{value}", "1 or more")
        for key, value in (("num_envs", training.num_envs), ("n_step", training.n_step))
        if value < 1
    ]
    if found:
        return found
    least = training.n_step * training.num_envs
    for key, value in (
        ("start_training", training.start_training),
        ("replay", training.replay),
    ):
        if value < least:
            wanted = f"n_step · num_envs = {least} or more, for one whole return"
            found.append(Mismatch(key, f"{value}", wanted))
    counts = {"diagnostics_every": training.diagnostics_every}
    for number, task in enumerate(training.tasks):
        counts[f"tasks.{number}.log_every"] = task.log_every
    for key, value in counts.items():
        if value % training.num_envs:
            wanted = f"a multiple of num_envs = {training.num_envs}"
            found.append(Mismatch(key, f"{value}", wanted))
    return found
