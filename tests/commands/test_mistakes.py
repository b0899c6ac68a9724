"""What a user can do wrong ends in one message and exit code 2."""

import json
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from planted_study import (
    make_runs,
    make_study,
    settings,
    study_text,
    write_archive,
    write_checkout,
)

from value_scaling.records import Setting, Study
from value_scaling.store.project import Project
from value_scaling.workflow.pipeline import CROSSINGS


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return write_checkout(tmp_path, points=40)


def record(root: Path, stage: str, variant: str = "default") -> Path:
    return root / "data" / "derived" / "planted" / variant / f"{stage}.npz"


@pytest.mark.parametrize(
    "command",
    [
        ("fit", "plantde"),
        ("preprocess", "plantde", "sweep"),
        ("hyperparameters", "plantde"),
        ("data-efficiency", "plantde"),
        ("choices", "plantde"),
        ("sensitivity", "plantde"),
        ("recommend", "plantde", "--utd", "4"),
    ],
)
def test_an_unknown_study(study: Study, command: tuple[str, ...], refused) -> None:
    message = refused(*command)
    assert "'plantde'" in message
    assert "one of classic, dmc, gym, " in message
    assert "plantde.toml" in message


@pytest.mark.parametrize("command", ["fit", "sensitivity", "warnings"])
def test_no_archive_at_all(tmp_path: Path, command: str, refused) -> None:
    write_checkout(tmp_path, sets=())
    message = refused(command, "planted")
    assert str(tmp_path / "data" / "zip") in message
    assert "planted_sweep.zip, planted_ours.zip, planted_baseline.zip" in message


@pytest.mark.parametrize("set_name", ["sweep", "ours", "baseline"])
def test_a_missing_archive(tmp_path: Path, set_name: str, refused) -> None:
    write_checkout(tmp_path, sets=())
    message = refused("preprocess", "planted", set_name)
    assert str(tmp_path / "data" / "zip" / f"planted_{set_name}.zip") in message
    assert "no such file" in message


def test_a_stage_before_the_one_it_needs(tmp_path: Path, study: Study, refused) -> None:
    for command, needs in (
        (("hyperparameters", "planted"), "sweep"),
        (("data-efficiency", "planted"), "ours"),
        (("choices", "planted"), "sweep"),
        (("sensitivity", "planted"), "sweep"),
        (("recommend", "planted", "--utd", "4"), "hyperparameters"),
        (("warnings", "planted"), "hyperparameters"),
    ):
        message = refused(*command)
        assert str(record(tmp_path, needs)) in message
        assert "scaling fit planted" in message


def test_a_record_that_fit_does_not_make(study: Study, refused, scaling) -> None:
    scaling("fit", "planted")
    assert "`scaling sensitivity planted`" in refused("paper", "planted")
    assert scaling("sensitivity", "planted").code == 0
    assert "`scaling choices planted`" in refused("paper", "planted")


def test_a_word_that_is_no_set(study: Study, scaling) -> None:
    outcome = scaling("preprocess", "planted", "swep")
    assert outcome.code == 2
    assert "'swep'" in outcome.err
    assert "sweep" in outcome.err
    assert "Traceback" not in outcome.err


def test_a_set_that_the_study_does_not_have(tmp_path: Path, refused) -> None:
    study = make_study()
    del study.archives["baseline"], study.archives["sweep"]
    write_checkout(tmp_path, study, sets=("ours",), points=40)
    message = refused("preprocess", "planted", "baseline")
    assert "'baseline'" in message
    assert "[archives.baseline]" in message
    message = refused("hyperparameters", "planted")
    assert "[archives.sweep]" in message


@pytest.mark.parametrize("utd", ["0", "-1", "nan", "inf", "1e400", "1e300", "two", ""])
def test_a_utd_that_is_none(study: Study, utd: str, scaling, refused) -> None:
    scaling("fit", "planted")
    message = refused("recommend", "planted", f"--utd={utd}")
    assert message.startswith("scaling: --utd: found ")
    assert "positive" in message


@pytest.mark.parametrize(
    "command",
    [
        (),
        ("fit",),
        ("fitt", "planted"),
        ("recommend",),
        ("recommend", "planted", "--utd"),
    ],
)
def test_what_is_no_command(study: Study, command: tuple[str, ...], scaling) -> None:
    outcome = scaling(*command)
    assert outcome.code == 2
    assert outcome.err.startswith("Usage: scaling")
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize("command", ["train", "plan"])
@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(("--utds", value) for value in ("nan", "-1", "0", "1,", ",", "", "1,1", "x")),
        *(("--batch-sizes", value) for value in ("1.5", "0", "16,16", "nan", "9" * 50)),
        *(("--learning-rates", value) for value in ("inf", "-1e-3", "1e-3,0.001")),
        *(("--seeds", value) for value in ("0", "-1", "nan", "2.5", "99999")),
        *(("--tasks", value) for value in ("", ",", "A,A", "../x", "a\x1b[31m")),
    ],
)
def test_options_without_sense(
    study: Study, command: str, option: str, value: str, refused
) -> None:
    more = ("--set", "sweep") if command == "train" else ()
    message = refused(command, "planted", *more, f"{option}={value}")
    assert message.startswith(f"scaling: {option}: found ")


@pytest.mark.parametrize("seconds", ["nan", "-5", "0", "inf", "soon"])
def test_checkpoints_never(study: Study, seconds: str, refused) -> None:
    message = refused(
        "train", "planted", "--set", "sweep", f"--checkpoint-seconds={seconds}"
    )
    assert "--checkpoint-seconds: found" in message
    assert "above 0" in message


# Stale and damaged records.


def test_an_archive_that_was_replaced(tmp_path: Path, study: Study, refused, scaling):
    scaling("preprocess", "planted", "sweep")
    write_archive(tmp_path, make_runs(study, "sweep", points=41))
    message = refused("hyperparameters", "planted")
    assert str(record(tmp_path, "sweep")) in message
    assert "stale" in message
    assert "data/zip/planted_sweep.zip has changed" in message
    assert not record(tmp_path, "hyperparameters").exists()
    # What it asks for puts it right.
    assert scaling("fit", "planted").code == 0
    assert scaling("hyperparameters", "planted").code == 0


def test_a_study_file_that_was_changed(tmp_path: Path, study: Study, refused, scaling):
    scaling("fit", "planted")
    write_checkout(tmp_path, replace(study, delta=2e9), sets=())
    for command in (
        ("hyperparameters", "planted"),
        ("data-efficiency", "planted"),
        ("choices", "planted"),
        ("sensitivity", "planted"),
        ("recommend", "planted", "--utd", "2"),
    ):
        message = refused(*command)
        assert "stale" in message
        assert "study file has changed" in message


def test_an_archive_that_came_later(tmp_path: Path, refused, scaling) -> None:
    study = write_checkout(tmp_path, sets=("sweep", "ours"), points=40)
    scaling("fit", "planted")
    write_archive(tmp_path, make_runs(study, "baseline", points=40))
    message = refused("recommend", "planted", "--utd", "2")
    assert "baseline.npz was not used then" in message


def damage(path: Path, how: str, other: Path) -> None:
    content = path.read_bytes()
    if how == "truncated":
        path.write_bytes(content[: len(content) // 2])
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "no zip":
        path.write_bytes(b"not a record\n" * 100)
    elif how == "another record":
        shutil.copyfile(other, path)
    elif how == "a bit":  # in the middle of an array
        path.write_bytes(content[:2000] + bytes([content[2000] ^ 1]) + content[2001:])
    elif how == "without its tree":
        with zipfile.ZipFile(path) as file:
            members = {n: file.read(n) for n in file.namelist() if n != "record.json"}
        with zipfile.ZipFile(path, "w") as file:
            for name, member in members.items():
                file.writestr(name, member)
    elif how == "a field less":
        with zipfile.ZipFile(path) as file:
            members = {name: file.read(name) for name in file.namelist()}
        tree = json.loads(members["record.json"])
        del tree["record"]["levels"]
        members["record.json"] = json.dumps(tree).encode()
        with zipfile.ZipFile(path, "w") as file:
            for name, member in members.items():
                file.writestr(name, member)


@pytest.mark.parametrize(
    "how",
    ["truncated", "empty", "no zip", "another record", "a bit", "without its tree",
     "a field less"],
)  # fmt: skip
def test_a_damaged_record(
    tmp_path: Path, study: Study, how: str, refused, scaling
) -> None:
    scaling("fit", "planted")
    damaged = record(tmp_path, "ours")
    damage(damaged, how, record(tmp_path, "hyperparameters"))
    message = refused("data-efficiency", "planted")
    assert str(damaged) in message
    assert "make figures" in message
    # A new run of the stage mends it.
    assert scaling("preprocess", "planted", "ours").code == 0
    assert scaling("data-efficiency", "planted").code == 0


# Archives and study files that are not what they should be.


def test_an_archive_that_is_no_zip(tmp_path: Path, study: Study, refused) -> None:
    path = tmp_path / "data" / "zip" / "planted_ours.zip"
    path.write_bytes(b"<html>not found</html>")
    message = refused("preprocess", "planted", "ours")
    assert str(path) in message
    assert not record(tmp_path, "ours").exists()


def test_runs_of_an_environment_that_the_study_lacks(tmp_path: Path, refused) -> None:
    write_checkout(tmp_path, make_study(environments=3), sets=("ours",), points=40)
    fewer = make_study(environments=2)
    (tmp_path / "data" / "studies" / "planted.toml").write_text(study_text(fewer))
    message = refused("fit", "planted")
    assert "'Synthetic2-v0'" in message
    assert "study file" in message


def test_too_few_utds(tmp_path: Path, study: Study, refused, scaling) -> None:
    two = [setting for setting in settings(study, "ours") if setting.utd < 2]
    write_archive(tmp_path, make_runs(study, "ours", points=40, only=two))
    message = refused("fit", "planted")
    assert "2 UTD ratios; expected at least 3" in message
    (tmp_path / "data" / "zip" / "planted_ours.zip").unlink()
    one = [
        s for s in (c.setting for c in make_runs(study, "sweep").curves) if s.utd == 2
    ]
    write_archive(tmp_path, make_runs(study, "sweep", points=40, only=one))
    message = refused("fit", "planted")
    assert "1 UTD ratio; expected at least two" in message


def test_runs_that_reach_nothing(tmp_path: Path, refused) -> None:
    study = write_checkout(tmp_path, sets=("ours",), points=40)
    low = replace(
        study,
        environments=tuple(
            replace(task, max_return_fitted=1e6) for task in study.environments
        ),
    )
    (tmp_path / "data" / "studies" / "planted.toml").write_text(study_text(low))
    message = refused("fit", "planted")
    assert "Synthetic0-v0" in message
    assert "max_return_fitted" in message


def test_two_settings_where_one_is_expected(tmp_path: Path, refused) -> None:
    study = write_checkout(tmp_path, sets=(), points=40)
    runs = make_runs(study, "ours", points=40)
    twin = replace(runs.curves[0].setting, batch_size=17)
    both = [*(c.setting for c in runs.curves), twin]
    write_archive(tmp_path, make_runs(study, "ours", points=40, only=both))
    message = refused("fit", "planted")
    assert "more than one (B, lr)" in message
    assert "middle_only" not in message  # of two there is no middle
    third = replace(runs.curves[0].setting, learning_rate=1e-5)
    write_archive(tmp_path, make_runs(study, "ours", points=40, only=[*both, third]))
    assert "set middle_only = true" in refused("fit", "planted")


def test_steps_in_millions(tmp_path: Path, refused) -> None:
    study = write_checkout(tmp_path, sets=())
    runs = make_runs(study, "ours", points=40)
    scaled = tuple(replace(c, steps=c.steps / 1e6) for c in runs.curves)
    write_archive(tmp_path, replace(runs, curves=scaled))
    message = refused("preprocess", "planted", "ours")
    assert str(Setting("Synthetic0-v0", 0.5, 362, 9.51e-4)) in message
    assert "whole numbers" in message


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("delta = 1000000000.0", "delta = -1.0"),
        ("delta = 1000000000.0", "dleta = 1.0"),
        ("delta = 1000000000.0", 'delta = "much"'),
        ("delta = 1000000000.0", "delta = "),
        ("held_out_levels = 2", "held_out_levels = 5"),
    ],
)
def test_a_study_file_with_a_mistake(
    tmp_path: Path, study: Study, line: str, said: str, refused
) -> None:
    path = tmp_path / "data" / "studies" / "planted.toml"
    text = path.read_text()
    assert text.count(line) == 1
    path.write_text(text.replace(line, said))
    message = refused("fit", "planted")
    assert str(path) in message
    assert not (tmp_path / "data" / "derived").exists()


def test_a_study_that_takes_the_name_of_a_published_one(
    tmp_path: Path, refused
) -> None:
    write_checkout(tmp_path, make_study(name="gym"), sets=())
    message = refused("fit", "gym")
    assert "gym.toml" in message
    assert "my_gym.toml" in message


@pytest.mark.parametrize(
    "command", [("recommend", "planted", "--utd", "2"), ("data-efficiency", "planted")]
)
def test_an_archive_replaced_two_stages_ago(
    tmp_path: Path, study: Study, command: tuple[str, ...], refused, scaling
) -> None:
    assert scaling("fit", "planted").code == 0
    write_archive(tmp_path, make_runs(study, "sweep", points=41))
    message = refused(*command)
    assert "stale" in message


def test_what_a_replaced_archive_leaves_valid(
    tmp_path: Path, study: Study, scaling
) -> None:
    """The other sets' crossings have not changed."""
    scaling("fit", "planted")
    write_archive(tmp_path, make_runs(study, "sweep", points=41))
    project = Project.at(tmp_path)
    again = project.study("planted")
    assert project.load(again, CROSSINGS["ours"]).set_name == "ours"
