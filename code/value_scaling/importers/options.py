"""Every rule of an import, with its default."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Resumed = Literal["last", "first", "mean", "continue", "refuse"]
Duplicates = Literal["refuse", "first", "last", "all"]
Short = Literal["refuse", "cut", "drop"]
NotFinite = Literal["refuse", "points", "run"]
Unmatched = Literal["refuse", "drop"]
At = Literal["last", "mean"]


@dataclass(frozen=True)
class Rules:
    """How an import decides; `None` leaves the choice to the source or to the data."""

    config: Mapping[str, str] = field(default_factory=dict)
    """Field of a setting, or `seed`: configuration key or column that holds it, or a
    product or ratio of keys such as `gradient_steps/train_freq`."""
    fixed: Mapping[str, str] = field(default_factory=dict)
    """Field of a setting, or `seed`: its value in every run."""
    pattern: str | None = None
    """Pattern for names of runs, with fields in braces:
    `sac__{env}__utd{utd}__{seed}`."""
    spellings: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(field, text in a name or configuration): the value that it stands for."""
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Field of a setting, or name in the pattern: values that are imported."""
    seed_each: bool = False
    """Whether each run counts as another seed, where no seed is recorded."""
    metric: str | None = None
    """Name of the return: a tag, key or column."""
    step: str | None = None
    """Key or column of the environment step; None: the logger's own step."""
    step_scale: float = 1.0
    """Environment steps in one logged step."""
    row_steps: tuple[int, int] | None = None
    """Step of the first row of an array and of the rows after it; None: column 0."""
    every: int | None = None
    """Environment steps between points of the archive."""
    window: int | None = None
    """Environment steps over which episodes are averaged; None: `every`."""
    at: At | None = None
    """Value at a point of the archive: the `last` one logged by then, or the `mean`
    over the window."""
    resumed: Resumed | None = None
    """Value to use where the steps of one run go back or repeat."""
    duplicates: Duplicates = "refuse"
    """Run to use where two runs have the same setting and seed."""
    short: Short = "refuse"
    """What to do with runs that end before `least` of the longest."""
    least: float = 0.95
    """Share of the longest run of a setting that the others must reach."""
    not_finite: NotFinite = "refuse"
    """What to do with values that are NaN or infinite."""
    tags: tuple[str, ...] = ()
    """Tags of W&B, one of which a run must have; empty for any run."""
    sweep: str | None = None
    """Sweep of W&B whose runs are imported; None for all."""
    history_cache: str | None = None
    """Folder of histories that were read from a server, which an interrupted import
    does not read again."""
    unmatched: Unmatched = "refuse"
    """What to do with runs whose setting is not known."""
