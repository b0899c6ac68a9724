"""The analysis choices in which this project and the authors' code differ."""

from dataclasses import dataclass, field, fields, replace
from functools import cache
from itertools import product
from typing import Any, Literal, get_args

from value_scaling.records.errors import ScalingError

Reader = Literal["preprocess", "hyperparameters", "data_efficiency", "budget"]
"""Modules of `workflow` that read choices, in the order in which they run."""


def _read_by(*stages: Reader, default: str) -> Any:
    return field(default=default, metadata={"stages": stages})


@cache
def _words() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return names and words of all choices; cached for the many combinations."""
    return tuple((field.name, get_args(field.type)) for field in fields(Choices))


@dataclass(frozen=True)
class Choices:
    """The analysis choices. The defaults are this project's, `PUBLISHED` the authors'.

    Each field declares the stages that read it. A result computed under other choices
    is reused only if all choices that it depends on are the same.

    Raises:
        ScalingError: a choice does not have the given word.
    """

    crossing: Literal["reach", "study"] = _read_by("preprocess", default="reach")
    """`reach`: first step with isotonic return ≥ J. `study`: the test (≥ or >) that
    the study file records for the stored results of each archive."""
    best_values: Literal["local", "joint", "marginal"] = _read_by(
        "hyperparameters", default="local"
    )
    """How B* and η* are found in a draw of the grid at one σ and level. `local`:
    minimum of a quadratic in log B and log η through the cells around the best one.
    `joint`: the best cell. `marginal`: the best B for each η and the best η for each B
    are averaged, which is biased where the valley is tilted."""
    unreached: Literal["abstain", "smallest"] = _read_by(
        "hyperparameters", default="abstain"
    )
    """Vote of a draw in which no setting (`marginal`: of a row) reaches J. `abstain`:
    no vote. `smallest`: a vote for the smallest value of the grid."""
    ties: Literal["split", "smallest"] = _read_by("hyperparameters", default="split")
    """Vote when several cells (`marginal`: values) need equally little data. They
    `split` it, or the `smallest` gets it. Ties are common because curves are logged
    only every thousand steps."""
    average: Literal["geometric", "arithmetic"] = _read_by(
        "hyperparameters", default="geometric"
    )
    """Kind of mean of the best values over draws and rows."""
    deciding_levels: Literal["pooled", "fitted", "last"] = _read_by(
        "hyperparameters", default="pooled"
    )
    """Levels that decide B* and η*. `fitted`: every sweep level inside the range of
    levels for which D_J is fitted, each with one vote. `pooled`: the mean data over the
    same levels; the intervals are those of averages over draws instead of single draws.
    `last`: the highest level only."""
    separate_fit: Literal["all", "drop_largest"] = _read_by(
        "hyperparameters", default="all"
    )
    """σ used for the separate slope of each environment: `all`, or all but the largest
    with `drop_largest`."""
    batch_in_compute: Literal["used", "fitted"] = _read_by("budget", default="used")
    """B(σ) in C_J. `used`: the power law through the batch sizes of the runs. `fitted`:
    the mean over environments of the first stage's B*(σ)."""
    optimum: Literal["continuous", "grid"] = _read_by("budget", default="continuous")
    """How σ* is found along a frontier: as a `continuous` minimum, or as the best point
    of a `grid` of 100."""
    asymptote: Literal["nonnegative", "free"] = _read_by(
        "data_efficiency", default="nonnegative"
    )
    """Whether D_min must be `nonnegative` or is `free`."""
    pooling: Literal["reached", "every"] = _read_by(
        "data_efficiency", default="reached"
    )
    """Environments over which a level is pooled. `reached`: the environments of the
    largest block of environments and σ in which all reach J. `every`: all environments;
    a σ is left out if any environment does not reach J there."""
    edge_optima: Literal["censored", "counted"] = _read_by("budget", default="censored")
    """Treatment of optima at the smallest or largest σ that was run. `censored`: they
    are left out of the laws along the budget. `counted`: they count like the others."""

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

    def only(self, *stages: Reader) -> "Choices":
        """Return the choices that these stages read, with all others at their defaults.

        Results of these stages are the same if these choices are.
        """
        return Choices(**{name: getattr(self, name) for name in read_by(*stages)})


@cache
def read_by(*stages: Reader) -> tuple[str, ...]:
    """Return the names of the choices that any of these stages reads."""
    return tuple(
        each.name
        for each in fields(Choices)
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
    """Return the default choices with one choice as published, for each choice."""
    return {
        field.name: replace(Choices(), **{field.name: getattr(PUBLISHED, field.name)})
        for field in fields(Choices)
    }


def words_of() -> dict[str, tuple[str, ...]]:
    """Return the words of each choice, by its name, in the order of the fields."""
    return dict(_words())


def combinations() -> tuple[Choices, ...]:
    """Return all combinations of the words of all choices; the last varies fastest."""
    words = words_of()
    everything: list[dict[str, Any]] = [
        dict(zip(words, each, strict=True)) for each in product(*words.values())
    ]
    return tuple(Choices(**each) for each in everything)
