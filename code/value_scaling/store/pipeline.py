"""The stages from archives to records, declared once.

The staleness check of records and make's graph both come from this table.
"""

from dataclasses import dataclass

from value_scaling.records import SETS

FITTED_SETS = ("ours", "baseline")


@dataclass(frozen=True)
class Stage:
    """One record: what makes it and what it is made from."""

    command: str
    """Of `scaling`, without its arguments, e.g. `preprocess`."""
    archives: tuple[str, ...] = ()
    """Sets whose archives it reads."""
    records: tuple[str, ...] = ()
    """Records that it reads, of the same variant, as far as a study can have them."""
    file: str = ""
    """Name of the one file that serves both variants; it reads the records of both.
    Empty: each variant has its own."""


STAGES: dict[str, Stage] = {
    **{name: Stage("preprocess", archives=(name,)) for name in SETS},
    "hyperparameters": Stage("hyperparameters", records=("sweep",)),
    "data_efficiency": Stage("data-efficiency", records=FITTED_SETS),
    "budget": Stage("data-efficiency", records=("data_efficiency", "hyperparameters")),
    "choices": Stage("choices", records=SETS, file="choices.json"),
    "regret": Stage("regret", archives=("sweep",), file="regret.json"),
    "sensitivity": Stage(
        "sensitivity",
        records=(*SETS, "hyperparameters", "data_efficiency", "budget"),
        file="sensitivity.npz",
    ),
    "law_choice": Stage("law-choice", records=FITTED_SETS, file="law_choice.json"),
    "diagnostics": Stage("diagnostics", archives=("sweep",), file="diagnostics.npz"),
    "warnings": Stage(
        "warnings",
        records=(*SETS, "hyperparameters", "data_efficiency"),
        file="warnings.json",
    ),
}
"""By the name of the record, each after what it is made from."""
