"""The groups to train, and what makes a finished run stale."""

import json
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from zipfile import ZipFile

import pytest

from value_scaling.records import ScalingError, Setting, Study
from value_scaling.records.training import Task, Training
from value_scaling.store.archives.layout import parse_name
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import load_study
from value_scaling.store.studies.training import load_training
from value_scaling.sweep.plan.digests import digest
from value_scaling.sweep.plan.groups import plan_groups
from value_scaling.sweep.plan.settings import settings_of_set
from value_scaling.sweep.run import provenance as provenance_module
from value_scaling.sweep.run.provenance import provenance


@pytest.fixture
def study(tiny: Folders) -> Study:
    return load_study("tiny", tiny)


@pytest.fixture
def training(study: Study, tiny: Folders) -> Training:
    return load_training(study, tiny)


def test_the_sweep_is_the_grid(study: Study) -> None:
    settings = settings_of_set(study, "sweep", None)
    assert len(settings) == len(set(settings)) == 4
    assert Setting("Pendulum-v1", 2.0, 8, 1e-3) in settings


@pytest.mark.parametrize("name", ["ours", "baseline"])
def test_later_sets_need_the_fit(study: Study, name: str) -> None:
    with pytest.raises(ScalingError, match="--set sweep"):
        settings_of_set(study, name, None)


def test_groups_hold_the_learning_rates_of_one_ratio(
    study: Study, training: Training
) -> None:
    settings = settings_of_set(study, "sweep", None)
    first, second = plan_groups(study, "sweep", settings, training, lambda _: False)
    assert {setting.utd for setting in first.settings} == {1.0}
    assert {setting.utd for setting in second.settings} == {2.0}
    assert len(first.runs) == first.capacity == 4
    assert len({str(run.stream("x").integers(2**60)) for run in first.runs}) == 4


def test_what_is_done_is_left_out_and_the_program_stays(
    study: Study, training: Training
) -> None:
    settings = settings_of_set(study, "sweep", None)
    (group, _) = plan_groups(
        study, "sweep", settings, training, lambda setting: setting == settings[0]
    )
    assert len(group.runs) == 2
    assert group.capacity == 4
    assert plan_groups(study, "sweep", settings, training, lambda _: True) == ()


def test_a_digest_changes_with_the_runs_and_only_then(training: Training) -> None:
    setting = Setting("Pendulum-v1", 1.0, 8, 1e-3)
    own = digest(setting, training)
    for changed in (
        replace(training, tau=0.01),
        replace(training, seeds=3),
        replace(training, steps_by_utd={"1": 2.0}),
        replace(training, tasks=(replace(training.tasks[0], steps=2000),)),
    ):
        assert digest(setting, changed) != own
    other = Task("Ant-v4", "gymnasium", 10, 10, 10)
    for same in (
        replace(training, tasks=(*training.tasks, other)),
        replace(training, steps_by_utd={"2": 2.0}),
        replace(training, num_envs=8),  # of PQL
        replace(training, tasks=(replace(training.tasks[0], algorithm="sac"),)),
    ):
        assert digest(setting, same) == own
    assert digest(replace(setting, utd=2.0), training) != own


def test_a_task_has_an_algorithm_of_its_own(training: Training) -> None:
    """Its digest is that in a study of this algorithm.

    Settings of other algorithms do not change it.
    """
    cart = Task("CartPole-v1", "gymnasium", 1000, 500, 500, algorithm="dqn")
    both = replace(training, tasks=(*training.tasks, cart), exploration_steps=500)
    alone = replace(
        training, algorithm="dqn", tasks=(cart,), exploration_steps=500, tau=0.005
    )
    pendulum = Setting("Pendulum-v1", 1.0, 8, 1e-3)
    assert both.algorithms == ("sac", "dqn")
    assert digest(pendulum, both) == digest(pendulum, training)
    setting = Setting("CartPole-v1", 1.0, 8, 1e-3)
    assert digest(setting, both) == digest(setting, alone)
    assert digest(setting, replace(both, init_temperature=0.1)) == (
        digest(setting, both)
    )
    assert digest(setting, replace(both, exploration_steps=400)) != (
        digest(setting, both)
    )


@pytest.mark.parametrize("name", ["sweep", "ours", "baseline"])
def test_finished_runs_of_the_bundled_study_are_not_stale(
    name: str, root: Path
) -> None:
    """A setting that training files gain later does not change their digests."""
    folders, stem = Folders.at(root), f"classic_{name}"
    training = load_training(load_study("classic", folders), folders)
    with ZipFile(root / "data" / "zip" / f"{stem}.zip") as archive:
        manifest = json.loads(archive.read(f"{stem}/manifest.json"))
    assert manifest["settings"]
    for member, each in manifest["settings"].items():
        setting = parse_name(member, stem).setting
        assert digest(setting, training) == each["digest"], member


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("seeds = 2", "seeds = 0", "seeds: found 0"),
        ("seeds = 2", "sedes = 2", "unknown key"),
        ("log_start = 500", "log_start = 600", "multiple of log_every"),
        ('"Pendulum-v1"', '"Ant-v4"', "nothing about 'Pendulum-v1'"),
        ("seeds = 2", "seeds = ", "training file in TOML"),
        (
            "start_training = 100",
            "start_training = 100\nvalidation_every = 1001",
            "diagnostics at step 1250",
        ),
        ("seeds = 2", "validation_every = 2000", "first diagnostics at step 2000"),
    ],
)
def test_a_wrong_training_file_is_refused(
    old: str, new: str, message: str, study: Study, tiny: Folders
) -> None:
    path = tiny.studies / "training" / "tiny.toml"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(ScalingError, match=message):
        load_training(study, tiny)


def test_a_study_without_training_file_is_told_where(tiny: Folders) -> None:
    (tiny.studies / "training" / "tiny.toml").unlink()
    with pytest.raises(ScalingError, match=r"studies/training/tiny\.toml"):
        load_training(load_study("tiny", tiny), tiny)


def test_bundled_training_files_can_be_read(tiny: Folders) -> None:
    for name in ("classic", "smoke", "playground", "pendulum_sizes"):
        study = load_study(name, tiny)
        training = load_training(study, tiny)
        settings = settings_of_set(study, "sweep", None)
        groups = plan_groups(study, "sweep", settings, training, lambda _: False)
        assert sum(len(group.settings) for group in groups) == len(settings)


def test_provenance_names_a_commit_or_says_there_is_none(
    tiny: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VALUE_SCALING_COMMIT", "what the image was told")
    assert provenance(tiny.root)["commit"] == "what the image was told"
    monkeypatch.delenv("VALUE_SCALING_COMMIT")
    found = provenance(tiny.root)
    assert found["commit"] == "not in a git checkout"
    assert found["packages"]["jax"] == "0.10.2"
    assert found["cpu"]


def test_provenance_leaves_out_what_is_not_installed(
    tiny: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = (*provenance_module.PACKAGES, "no-such-simulator")
    monkeypatch.setattr(provenance_module, "PACKAGES", named)
    found = provenance(tiny.root)["packages"]
    assert found["jax"] == version("jax")
    assert "no-such-simulator" not in found


def test_provenance_watches_the_code_that_decides_a_run(root: Path) -> None:
    names = [root / name for name in provenance_module.SOURCES]
    assert [name for name in names if not name.exists()] == []
    watched = {path for name in names for path in (name, *name.rglob("*.py"))}
    package = root / "code" / "value_scaling"
    for name in ("records/schedule.py", "learning/training/group.py"):
        assert package / name in watched
