"""Training files: how the runs of a study are made, read as strictly as the study."""

import tomllib
from importlib import resources

from value_scaling.records import ScalingError, Study
from value_scaling.records.training import Training
from value_scaling.store.folders import Folders
from value_scaling.store.typed import Mismatch, build


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
        table = tomllib.loads(path.read_text())
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
    if training.algorithm not in ("sac", "bro", "bro_minimal"):
        known = "sac, bro or bro_minimal"
        found.append(Mismatch("algorithm", training.algorithm, known))
    if not training.hidden:
        found.append(Mismatch("hidden", "an empty list", "one width or more"))
    return found
