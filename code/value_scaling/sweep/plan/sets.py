"""One set of a study: its settings, and the groups of them that are missing."""

from dataclasses import dataclass
from pathlib import Path

from value_scaling.records import Hyperparameters, Setting, Study
from value_scaling.records.training import STOP_MARGIN, Training
from value_scaling.store.folders import Folders
from value_scaling.sweep.plan.archived_runs import ArchivedRuns, read_archived_runs
from value_scaling.sweep.plan.finished import are_finished, load_finished
from value_scaling.sweep.plan.groups import GroupPlan, plan_groups
from value_scaling.sweep.plan.selection import Selection, choose
from value_scaling.sweep.plan.settings import settings_of_set
from value_scaling.sweep.plan.widths import check_set, with_widths


@dataclass(frozen=True)
class SetPlan:
    """One set of a study: all its settings, and the groups that are missing."""

    study: Study
    set_name: str
    training: Training
    settings: tuple[Setting, ...]
    """Requested settings."""
    groups: tuple[GroupPlan, ...]
    archive: Path
    """Archive of the complete set."""
    partial: Path
    """Archive of the finished runs until the set is complete."""
    folder: Path
    """Folder of finished settings and of checkpoints."""
    others: tuple[Setting, ...] = ()
    """The other settings of the set, whose finished runs stay in the archive."""

    def packed(self) -> ArchivedRuns:
        """Read the contents of this set's archives; see `read_archived_runs`."""
        paths = self.archive, self.partial
        return read_archived_runs(paths, self.study.name, self.set_name, self.training)

    @property
    def targets(self) -> dict[str, float]:
        """Mean return after which the runs of a setting end, by task.

        It is empty if the training file has no `stop_at_level`.
        """
        level = self.training.stop_at_level
        if level is None:
            return {}
        return {
            each.name: each.return_at(level * (1 + STOP_MARGIN), self.set_name)
            for each in self.study.environments
        }

    def has_runs(self, group: GroupPlan) -> bool:
        """Whether `folder` holds the finished runs of every setting of a group."""
        return are_finished(self.folder, group.settings)


def plan_set(
    study: Study,
    set_name: str,
    training: Training,
    folders: Folders,
    hyperparameters: Hyperparameters | None = None,
    *,
    part: Selection | None = None,
) -> SetPlan:
    """Find what is missing in the archives and among the finished runs.

    Args:
        part: the requested part; None for the complete set.

    Raises:
        ScalingError: nothing of the set is requested, or finished runs were made with
            other training settings.
    """
    part = Selection() if part is None else part
    training = part.of(training)
    check_set(set_name, training)
    listed = settings_of_set(study, set_name, hyperparameters)
    if set_name != "sweep":
        listed = tuple(each for each in listed if each.utd in study.trained_utds)
    every = with_widths(listed, training)
    settings = choose(every, part, study, set_name)
    folder = folders.finished(study.name, set_name)
    archive = folders.archive(study, set_name)
    partial = folders.partial(study, set_name)
    packed = read_archived_runs(
        (archive, partial), study.name, set_name, training
    ).notes
    groups = plan_groups(
        study,
        set_name,
        settings,
        training,
        lambda setting: (
            setting in packed or load_finished(folder, setting, training) is not None
        ),
    )
    return SetPlan(
        study,
        set_name,
        training,
        settings,
        groups,
        archive,
        partial,
        folder,
        tuple(setting for setting in every if setting not in part),
    )
