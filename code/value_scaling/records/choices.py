"""The analysis choices in which this project and the authors' code differ."""

from dataclasses import dataclass, field, fields, replace
from functools import cache
from itertools import product
from typing import Any, Literal, get_args

from value_scaling.records.errors import ScalingError

STAGES = ("preprocess", "hyperparameters", "data_efficiency", "budget")
"""Modules of `workflow` that read choices, each after those that it builds on."""


def _read_by(*stages: str, default: str) -> Any:
    return field(default=default, metadata={"stages": stages})


@cache
def _words() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Names and words of all choices, looked up once: combinations are many."""
    return tuple((field.name, get_args(field.type)) for field in fields(Choices))


@dataclass(frozen=True)
class Choices:
    """How to analyse; the defaults are this project's, `PUBLISHED` the authors'.

    Each field declares the stages that read it, so that what was computed under other
    choices is reused only where no choice differs that it depends on.

    Raises:
        ScalingError: a word that a choice does not have.
    """

    crossing: Literal["reach", "study"] = _read_by("preprocess", default="reach")
    """`reach`: first step with isotonic return ≥ J. `study`: the test (≥ or >) that
    the study file records for the stored results of each archive."""
    best_values: Literal["local", "joint", "marginal"] = _read_by(
        "hyperparameters", default="local"
    )
    """How B* and η* come from a draw of the grid at one σ and level: `local`: minimum
    of a quadratic in log B and log η through the cells around the best one; `joint`:
    the best cell; `marginal`: each η has its best B and each B its best η, and the
    winners are averaged, which is biased where the valley is tilted."""
    unreached: Literal["abstain", "smallest"] = _read_by(
        "hyperparameters", default="abstain"
    )
    """When no setting (`marginal`: of a row) reaches J in a draw: `abstain`, or
    `smallest`: the vote goes to the smallest value of the grid."""
    ties: Literal["split", "smallest"] = _read_by("hyperparameters", default="split")
    """Cells (`marginal`: values) that need equally little data: they `split` the vote,
    or the `smallest` gets it. Curves are logged every thousand steps, so that ties are
    common."""
    average: Literal["geometric", "arithmetic"] = _read_by(
        "hyperparameters", default="geometric"
    )
    """Mean of the best values over draws and rows: `geometric` or `arithmetic`."""
    deciding_levels: Literal["pooled", "fitted", "last"] = _read_by(
        "hyperparameters", default="pooled"
    )
    """Levels that decide B* and η*: `fitted`: every sweep level inside the range of
    levels for which D_J is fitted, each with a vote of its own; `pooled`: the same
    levels, by the mean of their data, with the intervals of averages over draws instead
    of those of single draws; `last`: the highest alone."""
    separate_fit: Literal["all", "drop_largest"] = _read_by(
        "hyperparameters", default="all"
    )
    """Slopes for each environment alone: use `all` σ or `drop_largest`."""
    batch_in_compute: Literal["used", "fitted"] = _read_by("budget", default="used")
    """B(σ) in C_J: the power law through the batch sizes the runs `used`, or the
    `fitted` mean over environments of the first stage's B*(σ)."""
    optimum: Literal["continuous", "grid"] = _read_by("budget", default="continuous")
    """σ* along a frontier: `continuous` minimum, or best of a 100-point `grid`."""
    asymptote: Literal["nonnegative", "free"] = _read_by(
        "data_efficiency", default="nonnegative"
    )
    """D_min: `nonnegative` or `free`."""
    pooling: Literal["reached", "every"] = _read_by(
        "data_efficiency", default="reached"
    )
    """Environments of the pooled data of a level: those that `reached` it (the largest
    block of environments and σ that all reach J together), or `every` one, so that a σ
    is left out if any environment does not reach J there."""
    edge_optima: Literal["censored", "counted"] = _read_by("budget", default="censored")
    """Optima at an end of the σ that were run: `censored`, left out of the laws along
    the budget, or `counted` like the others."""

    def __post_init__(self) -> None:
        for name, words in _words():
            value = getattr(self, name)
            if value not in words:
                raise ScalingError(
                    f"choice {name}",
                    found=repr(value),
                    expected=" or ".join(words),
                    fix="correct the word",
                )

    def read_by(self, *stages: str) -> tuple[str, ...]:
        """Return the names of the choices that any of these stages reads."""
        return tuple(
            each.name
            for each in fields(self)
            if set(stages) & set(each.metadata["stages"])
        )


PUBLISHED = Choices(
    crossing="study",
    best_values="marginal",
    unreached="smallest",
    ties="smallest",
    average="arithmetic",
    deciding_levels="last",
    separate_fit="drop_largest",
    batch_in_compute="fitted",
    optimum="grid",
    asymptote="free",
    pooling="every",
    edge_optima="counted",
)

VARIANTS = {"default": Choices(), "published": PUBLISHED}


def one_at_a_time() -> dict[str, Choices]:
    """Return, for each choice, the default with only that choice as published."""
    return {
        field.name: replace(Choices(), **{field.name: getattr(PUBLISHED, field.name)})
        for field in fields(Choices)
    }


def words_of() -> dict[str, tuple[str, ...]]:
    """Return the words of each choice, by its name, in the order of the fields."""
    return dict(_words())


def combinations() -> tuple[Choices, ...]:
    """Return every combination of the words of all choices, the last varies fastest."""
    words = words_of()
    everything: list[dict[str, Any]] = [
        dict(zip(words, each, strict=True)) for each in product(*words.values())
    ]
    return tuple(Choices(**each) for each in everything)
