"""Names and archives belong to one study, and a broken file affects no other study."""

import os
import tomllib
from importlib import resources
from pathlib import Path

import pytest

from value_scaling.commands.results import paper
from value_scaling.records import SETS, ScalingError
from value_scaling.store.folders import Folders
from value_scaling.store.project import Project
from value_scaling.store.studies.external import (
    list_external_studies,
    load_external_study,
)
from value_scaling.store.studies.load import list_studies, load_studies, load_study
from value_scaling.store.studies.model_size import list_size_studies, load_size_study
from value_scaling.store.studies.training import load_training

STUDY = """
title = "Own"
algorithm = "SAC"
sweep_utds = [1, 2]
sweep_levels = [100]
fitted_levels = [100, 200]
model_size = 100
delta = 1
baseline_utd = 2
proposal_utds = [1, 2]
held_out_levels = 0
environments = [
    { name = "A", max_return_sweep = 1, max_return_fitted = 1, batch_sizes = [8], \
learning_rates = [1e-3] },
]
"""
BROKEN = {
    "empty": b"",
    "not TOML": b"title = ",
    "not UTF-8": b'title = "\xff"',
    "a key too many": b"titel = 1",
    "nested too deep": b"title = " + b"[" * 20_000,
    "a number too long": b"title = " + b"9" * 5000,
    "too large": b"#" * (1 << 21),
}


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    (tmp_path / "data" / "studies").mkdir(parents=True)
    return Folders.at(tmp_path)


def write(folders: Folders, name: str, **files: str) -> Path:
    path = folders.studies / f"{name}.toml"
    rules = [
        f'[archives.{set_name}]\nfile = "{file}"\nmetric = "returns"\n'
        for set_name, file in (files or {"sweep": f"{name}_sweep.zip"}).items()
    ]
    path.write_text(STUDY + "".join(rules))
    return path


def refused(folders: Folders, name: str, *fragments: object) -> None:
    with pytest.raises(ScalingError) as error:
        load_study(name, folders)
    for fragment in fragments:
        assert str(fragment) in str(error.value)


def test_an_archive_has_one_set(folders: Folders) -> None:
    path = write(folders, "own", sweep="a.zip", ours="A.zip")
    refused(folders, "own", path, "archives.ours.file", "'A.zip'", "archives.sweep")


@pytest.mark.parametrize("file", ["classic_sweep.zip", "Classic_Sweep.zip"])
def test_an_archive_of_a_bundled_study_is_no_users(folders: Folders, file: str) -> None:
    path = write(folders, "own", sweep=file)
    refused(folders, "own", path, "classic.toml", file)
    assert load_study("classic", folders).name == "classic"


def test_two_users_studies_with_one_archive_name_each_other(folders: Folders) -> None:
    one = write(folders, "one", sweep="runs.zip")
    two = write(folders, "two", ours="runs.zip")
    refused(folders, "one", one, two, "runs.zip")
    refused(folders, "two", one, two, "runs.zip")
    one.write_text("broken = ")
    assert load_study("two", folders).name == "two"


@pytest.mark.parametrize("copied", ["own (copy)", "gym", "own_sweep"])
def test_a_copy_that_cannot_be_a_study_owns_no_archive(
    folders: Folders, copied: str
) -> None:
    write(folders, "own")
    write(folders, copied, sweep="own_sweep.zip")
    assert load_study("own", folders).name == "own"
    studies, problems = load_studies(folders)
    assert "own" in {study.name for study in studies}
    (problem,) = problems
    assert str(folders.studies / f"{copied}.toml") in str(problem)


def test_every_archive_of_the_registry_belongs_to_a_bundled_study(
    folders: Folders,
) -> None:
    """No user's study can therefore name one; see above."""
    text = (resources.files("value_scaling") / "registry.toml").read_text()
    archives = tomllib.loads(text)["archives"].items()
    theirs = {f"{name}{entry.get('suffix', '.zip')}" for name, entry in archives}
    owned = {
        rule.file
        for name in list_studies(folders)
        for rule in load_study(name, folders).archives.values()
    }
    of_sizes = {
        archive.file
        for name in list_size_studies()
        for group in load_size_study(name).groups
        for archive in group.archives
    }
    assert theirs
    of_others = {
        file
        for name in list_external_studies()
        for file in load_external_study(name).files
    }
    assert of_sizes
    assert of_others
    assert theirs <= owned | of_sizes | of_others


def test_an_archive_of_a_study_of_model_sizes_is_not_free(folders: Folders) -> None:
    path = folders.studies / "own.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    rule = 'archives.sweep = { file = "fitted_bs.zip", metric = "return" }\n'
    path.write_text(rule + STUDY)
    with pytest.raises(ScalingError, match="belongs to the bundled study followup"):
        load_study("own", folders)


@pytest.mark.parametrize(
    "file", ["own_sweep.fresh.zip", "own (1).zip", ".zip", "a zip"]
)
def test_names_that_other_tools_use_or_misread_are_refused(
    folders: Folders, file: str
) -> None:
    refused(
        folders, write(folders, "own", sweep=file).stem, file, "archives.sweep.file"
    )


@pytest.mark.parametrize("set_name", SETS)
def test_a_study_is_not_called_as_a_set_of_another(
    folders: Folders, set_name: str
) -> None:
    first = write(folders, "t1")
    second = write(folders, f"t1_{set_name}", sweep="other.zip")
    refused(folders, f"t1_{set_name}", first, second, "stands for a set")
    assert load_study("t1", folders).name == "t1"


@pytest.mark.parametrize("name", ["gym", "GYM", "smoke"])
def test_a_bundled_study_cannot_be_replaced(folders: Folders, name: str) -> None:
    path = write(folders, name, sweep="another.zip")
    refused(folders, name, path, f"{name.lower()}.toml", "a name of its own")


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_broken_study_is_told_and_harms_no_other(
    folders: Folders, content: bytes
) -> None:
    write(folders, "whole")
    path = folders.studies / "broken.toml"
    path.write_bytes(content)
    studies, problems = load_studies(folders)
    assert {"whole", "classic"} <= {study.name for study in studies}
    (problem,) = problems
    assert str(path) in str(problem)
    refused(folders, "broken", path)
    assert load_study("whole", folders).name == "whole"


def test_what_is_no_file_is_told_and_what_an_editor_left_is_passed_over(
    folders: Folders,
) -> None:
    write(folders, "whole")
    (folders.studies / "folder.toml").mkdir()
    os.mkfifo(folders.studies / "pipe.toml")
    (folders.studies / "gone.toml").symlink_to("nowhere")
    write(folders, "bad name")
    for left in (".#whole.toml", ".hidden.toml", "whole.toml~", "#whole.toml#"):
        (folders.studies / left).symlink_to("someone@host.1234")
    studies, problems = load_studies(folders)
    assert "whole" in {study.name for study in studies}
    told = sorted(Path(str(each.what).split(",")[0]).name for each in problems)
    assert told == ["bad name.toml", "folder.toml", "gone.toml", "pipe.toml"]
    for name in ("folder", "pipe", "gone"):
        refused(folders, name, f"{name}.toml", "a study file in TOML")


def test_the_report_goes_on_without_a_broken_study(
    folders: Folders, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folders, "whole")
    folders.archives.mkdir(parents=True)
    (folders.archives / "whole_sweep.zip").touch()
    (folders.studies / "broken.toml").write_text("titel = 1")
    project = Project(folders)
    assert [study.name for study in paper._studies(project, ())] == ["whole"]
    told = capsys.readouterr().err
    assert told.count("broken.toml") == 1
    assert "left out" in told
    with pytest.raises(ScalingError, match=r"broken\.toml"):
        paper.draw_overview(project, ["broken"])


def test_a_bundled_study_is_trained_as_its_own_file_says(folders: Folders) -> None:
    smoke = load_study("smoke", folders)
    assert load_training(smoke, folders).seeds == 2
    path = folders.studies / "training" / "smoke.toml"
    path.parent.mkdir()
    path.write_text("seeds = 3")
    with pytest.raises(ScalingError, match=r"training/smoke\.toml.*a bundled study"):
        load_training(smoke, folders)


def test_a_training_file_does_not_name_its_study(folders: Folders) -> None:
    write(folders, "own")
    path = folders.studies / "training" / "own.toml"
    path.parent.mkdir()
    path.write_text('study = "other"\ntasks = []')
    with pytest.raises(ScalingError, match=r"own\.toml.*study.*the file's name"):
        load_training(load_study("own", folders), folders)
