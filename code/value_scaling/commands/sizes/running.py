"""Make the record of a study of σ and N from the archives that are here."""

from value_scaling.commands.sizes.given import Given, record_path
from value_scaling.records import ScalingError, Study
from value_scaling.records.model_size.record import ModelSizes
from value_scaling.records.model_size.study import SizeStudy
from value_scaling.store.files.record_files import save_record
from value_scaling.store.folders import Folders
from value_scaling.workflow.model_size.stage import make
from value_scaling.workflow.pipeline import MODEL_SIZE


def make_sizes(
    folders: Folders, study: SizeStudy, own: Study | None = None
) -> ModelSizes:
    """Fit every task whose archive is here, and save the record.

    Args:
        own: the user's study that `study` describes.

    Raises:
        ScalingError: no archive is here, or one has an error.
    """
    if not any((folders.archives / file).exists() for file in study.files):
        raise ScalingError(
            f"study {study.name}",
            found=f"none of its archives in {folders.archives}",
            expected=f"one or more of {', '.join(study.files)}",
            fix="`make data` fetches the authors' archives"
            if own is None
            else f"run `scaling train {study.name} --set sweep`, or import the runs",
        )
    given = Given(study, folders, own)
    record = make(given, **MODEL_SIZE.options)
    save_record(record_path(folders, study), record, inputs=given.inputs())
    return record
