"""Published fits for sets whose runs have no archive."""

from typing import Any

import numpy as np

from value_scaling.records import (
    Choices,
    DataEfficiency,
    FittedLaw,
    PowerLaw,
    ScalingError,
    Study,
    estimate,
)
from value_scaling.records.axes import FITTED


def published_data_efficiency(
    study: Study, set_name: str, choices: Choices
) -> DataEfficiency:
    """Return the published fits of a set without runs.

    The record has no points and no intervals, and its `source` cites the coefficients.
    """
    published = study.published
    law = published.data_laws() if published else None
    if published is None or law is None:
        raise ScalingError(
            f"{study.name} {set_name}",
            found="neither an archive nor published coefficients",
            expected="one of the two",
            fix="fetch the archive with `make data`, or add the runs to data/zip",
        )
    levels, utds = np.array(study.fitted_levels), np.array(published.data_utds)
    environments = study.environment_names
    cells, shape = (len(environments), len(utds)), (len(utds), len(levels))

    def unknown(*shape: int) -> np.ndarray:
        return np.full(shape, np.nan)

    def nothing(*shape: int) -> PowerLaw:
        return PowerLaw(unknown(*shape), unknown(*shape), unknown(*shape))

    used: dict[str, Any] = {axis.plural: unknown(*cells) for axis in FITTED}
    none = FittedLaw.without_interval(nothing(len(levels)))
    return DataEfficiency(
        study=study.name,
        set_name=set_name,
        choices=choices,
        source=published.source,
        environments=environments,
        utds=utds,
        levels=levels,
        **used,
        data=estimate(unknown(*cells, len(levels)), np.empty((0,))),
        unreached=unknown(*cells, len(levels)),
        environment_median=unknown(len(environments)),
        median=float(published.data_scale or np.nan),
        pooled=estimate(unknown(*shape), np.empty((0,))),
        law=FittedLaw.without_interval(law),
        environment_laws=FittedLaw.without_interval(
            nothing(len(environments), len(levels))
        ),
        lower_law=none,
        upper_law=none,
        split_utd=study.baseline_utd,
        heldout=(),
    )
