"""A part of a study: some of its tasks and values, or another number of seeds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from value_scaling.records import ScalingError, Setting, Study
from value_scaling.records.axes import AXES
from value_scaling.records.training import Training


@dataclass(frozen=True)
class Selection:
    """Requested part of a study; an empty tuple or an absent axis selects all."""

    tasks: tuple[str, ...] = ()
    values: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """Values of each axis, by its name."""
    seeds: int | None = None
    """Seeds of each setting; None for the number in the training file."""

    def __contains__(self, setting: Setting) -> bool:
        """Whether a setting is requested."""
        return (not self.tasks or setting.env in self.tasks) and all(
            setting.values.get(name) in asked
            for name, asked in self.values.items()
            if asked
        )

    def of(self, training: Training) -> Training:
        """Return the training settings with the requested seeds."""
        return training if self.seeds is None else replace(training, seeds=self.seeds)


def check(part: Selection, study: Study) -> None:
    """Refuse tasks and σ that no set of the study has.

    Raises:
        ScalingError: there is such a task or σ; the message lists the valid ones.
    """
    utds = {*study.sweep_utds, *study.trained_utds}
    _known("--tasks", study.name, part.tasks, study.environment_names)
    _known("--utds", study.name, part.values.get("utd", ()), sorted(utds))
    if part.seeds is not None and part.seeds < 1:
        raise ScalingError(
            "--seeds",
            found=f"{part.seeds}",
            expected="1 or more",
            fix="leave it out to train the number in the training file",
        )


def _known(option: str, study: str, asked: Sequence, there: Sequence) -> None:
    for value in asked:
        if value not in there:
            raise ScalingError(
                f"{option}, study {study}",
                found=_spell(value),
                expected=f"one or more of {', '.join(map(_spell, there))}",
                fix="correct it; several are separated by commas",
            )


def _spell(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def choose(
    settings: Iterable[Setting], part: Selection, study: Study, set_name: str
) -> tuple[Setting, ...]:
    """Return the requested settings of one set.

    Raises:
        ScalingError: there is none.
    """
    settings = tuple(settings)
    there = {
        axis: sorted({s.values[name] for s in settings if name in s.values})
        for name, axis in AXES.items()
    }
    if set_name == "sweep":  # the sweep decides the B and lr of the other sets
        for axis, values in there.items():
            if axis.name != "utd":  # `check` looks at σ, which may be another set's
                asked = part.values.get(axis.name, ())
                _known(axis.option, study.name, asked, values)
    chosen = tuple(setting for setting in settings if setting in part)
    if not chosen:
        raise ScalingError(
            f"study {study.name}, set {set_name}",
            found="no setting that matches all options",
            expected="; ".join(
                f"{axis.option} among {', '.join(map(_spell, values))}"
                for axis, values in there.items()
                if values
            ),
            fix="correct the options, or leave this set out",
        )
    return chosen
