"""A part of a study: some of its tasks, σ, B and η, or another number of seeds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from value_scaling.records import ScalingError, Setting, Study
from value_scaling.records.training import Training


@dataclass(frozen=True)
class Selection:
    """What is asked for; an empty tuple: all."""

    tasks: tuple[str, ...] = ()
    utds: tuple[float, ...] = ()
    batch_sizes: tuple[int, ...] = ()
    learning_rates: tuple[float, ...] = ()
    seeds: int | None = None
    """Of each setting; None: as many as the training file says."""

    def __contains__(self, setting: Setting) -> bool:
        """Whether a setting is asked for."""
        return all(
            not asked or value in asked
            for value, asked in (
                (setting.env, self.tasks),
                (setting.utd, self.utds),
                (setting.batch_size, self.batch_sizes),
                (setting.learning_rate, self.learning_rates),
            )
        )

    def of(self, training: Training) -> Training:
        """Return the training settings with the seeds that are asked for."""
        return training if self.seeds is None else replace(training, seeds=self.seeds)


def check(part: Selection, study: Study) -> None:
    """Refuse tasks and σ that no set of the study has.

    Raises:
        ScalingError: such a name or number; the message has those that there are.
    """
    utds = {*study.sweep_utds, *study.trained_utds}
    names = {"--tasks": study.environment_names, "--utds": sorted(utds)}
    for option, asked in (("--tasks", part.tasks), ("--utds", part.utds)):
        _known(option, study.name, asked, names[option])
    if part.seeds is not None and part.seeds < 1:
        raise ScalingError(
            "--seeds",
            found=f"{part.seeds}",
            expected="1 or more",
            fix="leave it out to train as many as the training file says",
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
    """Return the settings of one set that are asked for.

    Raises:
        ScalingError: there is none.
    """
    settings = tuple(settings)
    if set_name == "sweep":  # of the fitted and constant runs B and lr follow from it
        sizes = sorted({setting.batch_size for setting in settings})
        rates = sorted({setting.learning_rate for setting in settings})
        _known("--batch-sizes", study.name, part.batch_sizes, sizes)
        _known("--learning-rates", study.name, part.learning_rates, rates)
    chosen = tuple(setting for setting in settings if setting in part)
    if not chosen:
        options: dict[str, list[Any]] = {
            "--utds": sorted({setting.utd for setting in settings}),
            "--batch-sizes": sorted({setting.batch_size for setting in settings}),
            "--learning-rates": sorted({s.learning_rate for s in settings}),
        }
        raise ScalingError(
            f"study {study.name}, set {set_name}",
            found="no setting with all that is asked for",
            expected="; ".join(
                f"{option} among {', '.join(map(_spell, values))}"
                for option, values in options.items()
            ),
            fix="ask for less, or leave this set out",
        )
    return chosen
