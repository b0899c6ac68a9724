"""The runs of a study's sweep, for benchmarks on real runs."""

from pathlib import Path

import pytest

from value_scaling.records import Runs, Study
from value_scaling.store.archives.read import read_runs
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import load_study
from value_scaling.workflow.data.collect import collect


def read_sweep(
    name: str, root: Path, request: pytest.FixtureRequest
) -> tuple[Study, Runs]:
    """Read a study and its sweep from data/zip, or else from the fetched archives."""
    study = load_study(name, Folders.at(root))
    file = study.archive("sweep").file
    path = root / "data" / "zip" / file
    if not path.exists():
        path = request.getfixturevalue("published") / file
    return study, collect(read_runs(path, study, "sweep"), study)
