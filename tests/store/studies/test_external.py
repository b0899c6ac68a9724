"""Study files of runs that others made."""

from pathlib import Path

import pytest

from value_scaling.fetch import registry
from value_scaling.records import ScalingError
from value_scaling.store.folders import Folders
from value_scaling.store.studies.external import (
    list_external_studies,
    load_external_study,
    read_external_study,
)
from value_scaling.store.studies.load import list_studies

BUNDLED = Path("code/value_scaling/studies/external/flashsac.toml")


def test_the_bundled_studies_name_the_fetched_tables() -> None:
    studies = [load_external_study(name) for name in list_external_studies()]
    named = [file for study in studies for file in study.files]
    assert sorted(named) == sorted(
        a.file for a in registry().values() if a.collection.startswith("thirdparty/")
    )
    assert [(each.licence, len(each.tasks)) for each in studies] == [
        ("MIT", 4),
        ("Apache-2.0", 57),
        ("Apache-2.0", 57),
    ]


def test_they_are_no_studies_of_a_sweep(root: Path) -> None:
    assert not set(list_external_studies()) & set(list_studies(Folders.at(root)))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("value = 0.0009765625", "value = 0.9", "ascending"),
        ("batch_size = [", "depth = [", "one of utd, width, batch_size"),
        ("Isaac-Velocity-Flat-G1-v0", "Isaac-Velocity-Rough-G1-v0", "each task once"),
        ('"flashsac_utd1.csv"', '"flashsac_utd1.zip"', "ends in .csv"),
        ('licence = "MIT"', 'license = "MIT"', "licence"),
    ],
)
def test_wrong_values_are_named(
    root: Path, tmp_path: Path, old: str, new: str, words: str
) -> None:
    text = (root / BUNDLED).read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "flashsac.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ScalingError, match=words):
        read_external_study(path)
