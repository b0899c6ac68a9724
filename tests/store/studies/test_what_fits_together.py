"""Values that are valid alone but contradict each other are refused by key."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from full_files import ON_DEVICE, ON_DISCRETE, ON_HOST, ONLY_SAC, STUDY, changed

from value_scaling.records import ScalingError
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import read_study
from value_scaling.store.studies.training import load_training

Change = Callable[[dict[str, Any]], Any]


def put(*place: Any, value: Any) -> Change:
    """Set a value of the file."""

    def change(table: dict[str, Any]) -> None:
        for key in place[:-1]:
            table = table[key]
        table[place[-1]] = value

    return change


def again(*place: Any) -> Change:
    """Repeat the last item of a list."""

    def change(table: dict[str, Any]) -> None:
        items: Any = table
        for key in place:
            items = items[key]
        items.append(copy.deepcopy(items[-1]))

    return change


def refused(read: Callable[[str], object], table: dict, change: Change) -> str:
    table = copy.deepcopy(table)
    read(text(table))
    change(table)
    with pytest.raises(ScalingError) as error:
        read(text(table))
    return str(error.value)


def text(table: dict[str, Any]) -> str:
    key, value = next(iter(table.items()))
    return changed(table, (key,), value)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    folders = Folders.at(tmp_path)
    (folders.studies / "training").mkdir(parents=True)
    return folders


@pytest.mark.parametrize(
    ("change", "key", "expected"),
    [
        (again("sweep_utds"), "sweep_utds.2", "ascending"),
        (again("fitted_levels"), "fitted_levels.4", "ascending"),
        (again("decided_at"), "decided_at.1", "ascending"),
        (again("fitted_utds"), "fitted_utds.1", "ascending"),
        (again("environments"), "environments.1.name", "it once"),
        (again("environments", 0, "batch_sizes"), "batch_sizes.2", "ascending"),
        (again("environments", 0, "learning_rates"), "rates.2", "ascending"),
        (again("environments", 0, "skipped"), "skipped.1", "it once"),
        (again("archives", "sweep", "metrics"), "metrics.1", "it once"),
        (put("baseline_utd", value=2), "baseline_utd", "one of sweep_utds: 1.5, 3"),
        (put("decided_at", value=[350]), "decided_at.0", "one of sweep_levels"),
        (put("fitted_utds", value=[4]), "fitted_utds.0", "one of proposal_utds"),
        (put("held_out_levels", value=3), "held_out_levels", "two levels or more"),
        (put("environments", 0, "skipped", value=[{}]), "skipped.0", "batch_size"),
        (
            put("environments", 0, "skipped", value=[{"utd": 1.5}, {"utd": 3}]),
            "environments.0.skipped",
            "a part of it",
        ),
    ],
)
def test_studies(change: Change, key: str, expected: str, folders: Folders) -> None:
    path = folders.studies / "own.toml"

    def read(text: str) -> object:
        path.write_text(text)
        return read_study(path, folders)

    message = refused(read, STUDY, change)
    assert key in message
    assert expected in message


@pytest.mark.parametrize(
    ("table", "change", "key", "expected"),
    [
        (ON_HOST, again("tasks"), "tasks", "each task once"),
        (ON_HOST, put("tasks", 0, "name", value="Other"), "tasks", "nothing about"),
        (ON_HOST, put("tasks", 0, "log_start", value=600), "log_start", "a multiple"),
        (
            ON_HOST,
            put("tasks", 0, "log_start", value=7000),
            "log_start",
            "at most 6000",
        ),
        (ON_HOST, put("tasks", 0, "engine", value="playground"), "engine", "for sac"),
        (ON_DEVICE, put("tasks", 0, "engine", value="envpool"), "engine", "for pql"),
        (
            ON_HOST,
            put("start_training", value=6000),
            "start_training",
            "less than 6000",
        ),
        (ON_HOST, put("diagnostics_every", value=6001), "diagnostics_every", "6000"),
        (ON_HOST, put("replay", value=255), "replay", "256 or more"),
        (ON_HOST, again("reset_steps"), "reset_steps.1", "more than 3000"),
        (ON_HOST, put("reset_steps", value=[9000]), "reset_steps.0", "less than 9000"),
        (ON_HOST, put("steps_by_utd", "7", value=2), "steps_by_utd.7", "of the study"),
        (ON_HOST, put("steps_by_utd", "1.5", value=2), "steps_by_utd.1.5", "once"),
        (ON_HOST, put("steps_by_utd", "x", value=2), "steps_by_utd", "a fraction"),
        (ON_HOST, put("steps_by_utd", "1/0", value=2), "steps_by_utd", "a fraction"),
        (ON_HOST, put("algorithm", value="pql"), "reset_updates", "pql ignores it"),
        (ON_DEVICE, put("algorithm", value="bro"), "n_step", "bro ignores it"),
        (ON_DEVICE, put("tau_", value=1), "tau_", "one of"),
        (ON_HOST, put("stop_at_level", value=1), "stop_at_level", "the top level"),
        (ON_DEVICE, put("start_training", value=9), "start_training", "n_step"),
        (ON_DEVICE, put("num_envs", value=7), "diagnostics_every", "a multiple of"),
        (ON_HOST, put("algorithm", value="td3"), "target_entropy", "td3 ignores it"),
        (
            ON_HOST,
            put("tasks", 0, "algorithm", value="td3"),
            "target_entropy",
            "td3 ignores it",
        ),
        (
            ON_HOST,
            put("tasks", 0, "algorithm", value="pql"),
            "reset_updates",
            "pql ignores it",
        ),
        (ON_HOST, put("algorithm", value="dqn"), "init_temperature", "dqn ignores it"),
        (ON_HOST, put("target_every", value=3), "target_every", "it is for dqn"),
        (ON_DISCRETE, put("algorithm", value="td3"), "exploration_end", "for dqn"),
        (ON_DISCRETE, put("tau", value=0.01), "tau", "copies the whole network"),
        (
            ON_DISCRETE,
            put("exploration_steps", value=5501),
            "exploration_steps",
            "together at most 6000",
        ),
    ],
)
def test_training_files(
    table: dict[str, Any], change: Change, key: str, expected: str, folders: Folders
) -> None:
    study = folders.studies / "own.toml"
    study.write_text(text(STUDY))
    path = folders.studies / "training" / "own.toml"

    def read(text: str) -> object:
        path.write_text(text)
        return load_training(read_study(study, folders), folders)

    message = refused(read, table, change)
    assert key in message
    assert expected in message


def test_bro_has_two_widths_at_most(folders: Folders) -> None:
    study = folders.studies / "own.toml"
    study.write_text(text(STUDY))
    path = folders.studies / "training" / "own.toml"
    table = {key: value for key, value in ON_HOST.items() if key not in ONLY_SAC}
    path.write_text(text(table | {"algorithm": "bro", "hidden": [8, 8, 8]}))
    with pytest.raises(ScalingError, match=r"hidden: found 3 widths.*one or two"):
        load_training(read_study(study, folders), folders)


def test_all_wrong_values_are_told_at_once(folders: Folders) -> None:
    study = folders.studies / "own.toml"
    study.write_text(text(STUDY | {"delta": -1, "model_size": "x", "titel": 1}))
    with pytest.raises(ScalingError) as error:
        read_study(study, folders)
    for key in (
        "delta (found -1;",
        "model_size (found 'x';",
        "titel: found an unknown",
    ):
        assert key in str(error.value)
