"""Learning curves as a long table, a row for each seed and logged step."""

from collections.abc import Iterator, Sequence

import numpy as np

from value_scaling.exporters.long_table import Block, Columns
from value_scaling.records import Runs, Setting
from value_scaling.records.axes import AXES


def setting_columns(settings: Sequence[Setting]) -> Columns:
    """Return the columns of the environment and of each axis that the settings have."""
    names = settings[0].values
    axes = {name: axis.kind for name, axis in AXES.items() if name in names}
    return {"env": str, **axes}


def run_columns(runs: Runs) -> Columns:
    """Return the columns of `run_blocks`; `scaling import` recognises these names."""
    return {**setting_columns(runs.settings), "seed": int, "step": int, "return": float}


def run_blocks(runs: Runs) -> Iterator[Block]:
    """Yield the curves of one setting after another, in the unit of the environment."""
    for curve in runs.curves:
        points = len(curve.steps)
        yield {
            **curve.setting.table(),
            "seed": np.repeat(np.arange(curve.seeds), points),
            "step": np.tile(curve.steps.astype(np.int64), curve.seeds),
            "return": curve.returns.T.ravel(),
        }
