"""The outcome of training: runs that failed, and settings that are unfinished."""

from collections.abc import Iterator
from dataclasses import dataclass

from value_scaling.records import Setting
from value_scaling.sweep.plan.packed import Packed
from value_scaling.sweep.plan.sets import SetPlan

_SHOWN = 12
"""Most settings that a message names."""


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

    def __str__(self) -> str:
        when = ", ".join(f"seed {seed} at step {step}" for seed, step in self.failed_at)
        nothing = ": all of them, so nothing is left of this setting" * self.all
        return f"{self.setting}: {when}{nothing}"


def find_failures(plan: SetPlan, packed: Packed) -> tuple[Failures, ...]:
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


def words(failures: tuple[Failures, ...]) -> Iterator[str]:
    """Yield the lines that report failures, if there are any."""
    if not failures:
        return
    runs = sum(len(each.failed_at) for each in failures)
    yield (
        f"{runs} runs failed (networks, rewards or observations that are not finite) "
        "and are left out of every curve; the archive's manifest names them:"
    )
    # Settings of which every run failed come first.
    ranked = sorted(failures, key=lambda each: not each.all)
    yield from (f"  {each}" for each in ranked[:_SHOWN])
    if len(ranked) > _SHOWN:
        yield f"  and those of {len(ranked) - _SHOWN} more settings"


def unfinished(plan: SetPlan, packed: Packed) -> Iterator[str]:
    """Yield the lines that report unfinished settings, if there are any."""
    left = [setting for setting in plan.settings if setting not in packed.notes]
    if not left:
        return
    yield (
        f"{len(left)} of {len(plan.settings)} settings are unfinished; another process "
        "may be training them:"
    )
    yield from (f"  {setting}" for setting in left[:_SHOWN])
    if len(left) > _SHOWN:
        yield f"  and {len(left) - _SHOWN} more"
