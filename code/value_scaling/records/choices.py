"""The analysis choices in which this project and the authors' code differ."""

from dataclasses import dataclass, fields, replace


@dataclass(frozen=True)
class Choices:
    """How to analyse; the defaults are this project's, `PUBLISHED` the authors'."""

    crossing: str = "reach"
    """`reach`: first step with isotonic return ≥ J. `study`: the test (≥ or >) that
    the study file records for the stored results of each archive."""
    unreached: str = "abstain"
    """When no setting of a row reaches J in a draw: `abstain`, or `smallest`: the
    row votes for the smallest value of its grid."""
    ties: str = "split"
    """Values that need equally little data: they `split` the vote, or the `smallest`
    gets it. Curves are logged every thousand steps, so that ties are common."""
    average: str = "geometric"
    """Mean of the best values over draws and rows: `geometric` or `arithmetic`."""
    deciding_levels: str = "fitted"
    """Levels that decide B* and η*: `fitted`: every sweep level inside the range of
    levels for which D_J is fitted; `last`: the highest alone."""
    separate_fit: str = "all"
    """Slopes for each environment alone: use `all` σ or `drop_largest`."""
    batch_in_compute: str = "used"
    """B(σ) in C_J: the power law through the batch sizes the runs `used`, or the
    `fitted` mean over environments of the first stage's B*(σ)."""
    optimum: str = "continuous"
    """σ* along a frontier: `continuous` minimum, or best of a 100-point `grid`."""
    asymptote: str = "nonnegative"
    """D_min: `nonnegative` or `free`."""


PUBLISHED = Choices(
    crossing="study",
    unreached="smallest",
    ties="smallest",
    average="arithmetic",
    deciding_levels="last",
    separate_fit="drop_largest",
    batch_in_compute="fitted",
    optimum="grid",
    asymptote="free",
)

VARIANTS = {"default": Choices(), "published": PUBLISHED}


def one_at_a_time() -> dict[str, Choices]:
    """Return, for each choice, the default with only that choice as published."""
    return {
        field.name: replace(Choices(), **{field.name: getattr(PUBLISHED, field.name)})
        for field in fields(Choices)
    }
