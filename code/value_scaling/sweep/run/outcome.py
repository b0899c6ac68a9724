"""The outcome of training: runs that failed, and settings that are unfinished."""

from dataclasses import dataclass

from value_scaling.records import Setting
from value_scaling.sweep.plan.archived_runs import ArchivedRuns
from value_scaling.sweep.plan.sets import SetPlan


@dataclass(frozen=True)
class Failures:
    """The runs of one setting that failed."""

    setting: Setting
    seeds: int
    """Number of seeds of the setting."""
    failed_at: tuple[tuple[int, int], ...]
    """(seed, environment step) of each failed run, by seed."""

    @property
    def all(self) -> bool:
        """Whether every run of the setting failed."""
        return len(self.failed_at) == self.seeds

    @property
    def words(self) -> str:
        """The seeds that failed and when, in words."""
        when = ", ".join(f"seed {seed} at step {step}" for seed, step in self.failed_at)
        return when + ": all of them, so nothing is left of this setting" * self.all


def find_failures(plan: SetPlan, packed: ArchivedRuns) -> tuple[Failures, ...]:
    """Return the settings in a set's archives that have failed runs, in their order."""
    return tuple(
        Failures(
            setting,
            int(note["seeds"]),
            tuple(sorted((int(seed), int(at)) for seed, at in note["failed"].items())),
        )
        for setting, note in sorted(packed.notes.items())
        if setting in plan.settings and note["failed"]
    )


def unfinished(plan: SetPlan, packed: ArchivedRuns) -> tuple[Setting, ...]:
    """Return the settings of a set that are not in its archive yet."""
    return tuple(s for s in plan.settings if s not in packed.notes)
