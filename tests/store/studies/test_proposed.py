"""Values that a study file of imported runs has if the user states none."""

from pathlib import Path

from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import load_study
from value_scaling.store.studies.proposed import DELTA, MODEL_SIZE


def test_usual_values_are_those_of_the_gym_study(root: Path) -> None:
    """The study file and the guide say so."""
    study = load_study("gym", Folders.at(root))
    assert (study.model_size, study.delta) == (MODEL_SIZE, DELTA)
