"""Study files of σ and N."""

from pathlib import Path

import pytest

from value_scaling.fetch import registry
from value_scaling.records import ScalingError
from value_scaling.store.studies.load import list_studies
from value_scaling.store.studies.model_size import (
    list_size_studies,
    load_size_study,
    read_size_study,
)

BUNDLED = Path("code/value_scaling/studies/model_size/followup.toml")


def test_the_bundled_study_names_the_fetched_archives() -> None:
    study = load_size_study("followup")
    known = {a.file for a in registry().values() if a.collection == "followup"}
    assert set(study.files) == known
    assert len(known) == 9
    assert study.published is not None
    assert len(study.published.points) == 68
    assert {name: len(rows) for name, rows in study.published.laws.items()} == {
        task.name: 20 for group in study.groups[:1] for task in group.tasks
    }


def test_studies_of_sizes_are_no_studies_of_one_size(root: Path) -> None:
    from value_scaling.store.folders import Folders

    assert not set(list_size_studies()) & set(list_studies(Folders.at(root)))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("lowest_level = 450", "lowest_level = 4500", "a level above"),
        ('role = "interpolated"', 'role = "between"', "role"),
        ('{ task = "h1-crawl-v0", utd = 1,', '{ task = "h1-fly", utd = 1,', "h1-fly"),
        ('title = "Compute', 'name = "x"\ntitle2 = "Compute', "title"),
    ],
)
def test_wrong_values_are_named(
    root: Path, tmp_path: Path, old: str, new: str, words: str
) -> None:
    text = (root / BUNDLED).read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "followup.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ScalingError, match=words):
        read_size_study(path)
    with pytest.raises(ScalingError, match="one of followup"):
        load_size_study("nothing")
