"""SB3's evaluations.npz: several episodes of the policy at each evaluation."""

import zipfile
import zlib
from collections.abc import Iterator

import numpy as np

from value_scaling.importers.logged import Logged
from value_scaling.importers.options import Rules
from value_scaling.importers.sources.files import (
    find,
    name_of,
    settings_beside,
    unreadable,
)

_FORMAT = "an evaluations.npz of SB3: timesteps and results, one row per evaluation"


def read_evaluations(source: str, rules: Rules) -> Iterator[Logged]:
    """Yield the runs below a folder, with the mean of each evaluation's episodes.

    Raises:
        ScalingError: a file is not of this format.
    """
    metric = rules.metric or "results"
    for path in find(source, ["evaluations.npz"], "an evaluations.npz of SB3"):
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                steps = np.asarray(arrays["timesteps"], dtype=float)
                values = np.asarray(arrays[metric], dtype=float)
            if steps.ndim != 1 or values.shape[:1] != steps.shape:
                raise ValueError(f"arrays of shape {steps.shape} and {values.shape}")
        except (
            *(ValueError, KeyError, OSError, EOFError, MemoryError),
            *(zipfile.BadZipFile, zlib.error),
        ) as error:
            raise unreadable(path, error, _FORMAT) from error
        yield Logged(
            name=name_of(path.parent, source),
            steps=steps,
            values=values.reshape(len(steps), -1).mean(axis=1),
            labels=settings_beside(path.parent),
            kind="points",
            metric=metric,
        )
