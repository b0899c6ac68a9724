"""TD errors of critics of many sizes, and of passive critics beside them."""

from dataclasses import dataclass

import numpy as np

from value_scaling.records.estimates import Estimate


@dataclass(frozen=True)
class Slopes:
    """Slopes of ln(TD error) along one variable, one for each group of settings."""

    utds: np.ndarray
    """[groups]."""
    others: np.ndarray
    """[groups], the value of the variable that is constant in a group."""
    train: Estimate
    """[groups]."""
    validation: Estimate
    """[groups]."""


@dataclass(frozen=True)
class TdErrors:
    """TD errors at the end of the runs of one task, on training and validation data."""

    archive: str
    """Name of the archive file."""
    utds: np.ndarray
    """[settings]."""
    widths: np.ndarray
    """[settings], width of the critic."""
    sizes: np.ndarray
    """[settings], parameters of the critic."""
    batch_sizes: np.ndarray
    """[settings]."""
    train: Estimate
    """[settings], mean over the last tenth of the rows."""
    validation: Estimate
    """[settings], the same on transitions that no update uses."""
    by_batch: Slopes
    """Slopes in ln B at one σ and N; groups without two batch sizes are left out."""
    by_size: Slopes
    """Slopes in ln N at one σ; each σ of the archive has its own batch sizes."""


@dataclass(frozen=True)
class PassiveCritic:
    """Validation errors of passive critics, which learn from a main critic's targets.

    The main and passive critics see the same batches. The passive one is used for
    nothing else. Source: arXiv 2508.14881, Figure 4.
    """

    main: np.ndarray
    """[main], widths of the main critics."""
    passive: np.ndarray
    """[passive], widths of the passive critics."""
    error: Estimate
    """[main, passive], validation TD error of the passive critic."""
    main_slope: Estimate
    """Slope of ln(error) in ln(main width), averaged over passive widths."""
    passive_slope: Estimate
    """Slope of ln(error) in ln(passive width), averaged over main widths."""
    fewest_seeds: int
    """Least number of seeds of a setting."""
