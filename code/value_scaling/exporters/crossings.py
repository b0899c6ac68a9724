"""Steps to each level as a long table, a row for each setting and level."""

from collections.abc import Iterable, Iterator

import numpy as np

from value_scaling.exporters.long_table import Block, Columns
from value_scaling.exporters.runs import setting_columns
from value_scaling.records import Crossings, estimate


def crossing_columns(every: Iterable[Crossings]) -> Columns:
    """Return the columns of `crossing_blocks`."""
    own: dict[str, type] = {}
    for each in every:
        own |= setting_columns(each.settings)
    return {
        "set": str,
        **own,
        "seeds": int,
        "last_step": int,
        "level": float,
        "step": float,
        "step_low": float,
        "step_high": float,
        "unreached": float,
    }


def crossing_blocks(every: Iterable[Crossings]) -> Iterator[Block]:
    """Yield the levels of one setting after another.

    `step` is missing where the level is not reached. `step_low` and `step_high` are the
    95% interval over the replicates that reach the level, and missing if most do not;
    `unreached` is the share of replicates that never reach it.
    """
    every = tuple(every)
    optional = dict.fromkeys(crossing_columns(every))
    for each in every:
        for row, setting in enumerate(each.settings):
            drawn = each.replicate_steps(row)
            steps = estimate(each.steps[row], drawn)
            yield optional | {
                "set": each.set_name,
                **setting.table(),
                "seeds": int(each.seeds[row]),
                "last_step": int(each.last_steps[row]),
                "level": each.levels,
                "step": steps.value,
                "step_low": steps.low,
                "step_high": steps.high,
                "unreached": np.isnan(drawn).mean(axis=0),
            }
