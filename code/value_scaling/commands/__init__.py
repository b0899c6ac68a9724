"""What each `scaling` command does: load, call a stage, save. No logic of its own."""

from value_scaling.commands.analysis import (
    choices,
    fit,
    fits,
    hyperparameters,
    preprocess,
    recommend,
)
from value_scaling.commands.data import fetch
from value_scaling.commands.paper import overview, report, verify

__all__ = [
    "choices",
    "fetch",
    "fit",
    "fits",
    "hyperparameters",
    "overview",
    "preprocess",
    "recommend",
    "report",
    "verify",
]
