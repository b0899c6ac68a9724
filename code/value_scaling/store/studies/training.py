"""Strict reading of training files."""

from importlib import resources

from value_scaling.records import ScalingError, Study
from value_scaling.records.training import Training
from value_scaling.store.files.toml_files import read_toml
from value_scaling.store.files.typed import Mismatch, convert, mismatches, refuse
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import is_bundled
from value_scaling.store.studies.training_checks import problems, unused

_EXAMPLE = "code/value_scaling/studies/training/classic.toml"


def load_training(study: Study, folders: Folders) -> Training:
    """Read training/<study>.toml in the folder of the study's file.

    Raises:
        ScalingError: the file is missing or wrong, it lacks a task of the study, or the
            user has written one for a bundled study.
    """
    own = folders.studies / "training" / f"{study.name}.toml"
    with resources.as_file(resources.files("value_scaling") / "studies") as bundled:
        path = bundled / "training" / own.name if is_bundled(study.name) else own
    if path != own and own.exists():
        raise ScalingError(
            own,
            found=f"a training file for {study.name}, a bundled study",
            expected="none, because a bundled study has its own training file",
            fix="remove it, or copy the study to data/studies under a new name and "
            "give this file the same name",
        )
    if not path.exists():
        raise ScalingError(
            f"study {study.name}",
            found="no training file",
            expected=f"{own}",
            fix=f"write it; {_EXAMPLE} is an example",
        )
    table, _ = read_toml(path, "a training file", _EXAMPLE)
    wrong = []
    if "study" in table:
        wrong.append(Mismatch("study", "a value", "none: it is the file's name"))
    table |= {"study": study.name}
    wrong += [*mismatches(table, Training), *unused(table)]
    if not wrong:
        training = convert(table, Training)
        wrong += problems(training, study)
    if wrong:
        raise refuse(path, wrong, "correct the training file")
    return training
