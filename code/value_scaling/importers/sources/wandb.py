"""W&B: a folder of runs on this disk, or a project on its server."""

import re
from collections.abc import Iterator
from pathlib import Path

from value_scaling.importers.logged import Logged
from value_scaling.importers.options import Rules
from value_scaling.importers.sources.wandb_offline import read_offline
from value_scaling.importers.sources.wandb_online import read_online
from value_scaling.records import ScalingError

_PROJECT = re.compile(r"[\w.-]+/[\w. -]+")


def read_wandb(source: str, rules: Rules) -> Iterator[Logged]:
    """Yield the runs of a folder, or of `ENTITY/PROJECT` if there is no such folder.

    Raises:
        ScalingError: the source is neither.
    """
    if Path(source).exists():
        if rules.tags or rules.sweep is not None:
            raise ScalingError(
                source,
                found="--tag or --sweep with a folder on this disk",
                expected="these options only with ENTITY/PROJECT",
                fix="leave them out; --only and --name choose among runs of a folder",
            )
        yield from read_offline(source, rules)
    elif _PROJECT.fullmatch(source):
        yield from read_online(source, rules)
    else:
        raise ScalingError(
            source,
            found="no such folder",
            expected="the folder `wandb` of runs on this disk, or ENTITY/PROJECT",
            fix="correct the path or the name",
        )
