"""Description of a study: its settings, archives, normalisers and published results."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import product
from typing import Annotated, Literal

import numpy as np
from msgspec import Meta

from value_scaling.records.axes import FITTED
from value_scaling.records.errors import ScalingError
from value_scaling.records.limits import (
    UTD,
    ArchiveName,
    BatchSize,
    Count,
    CountOrZero,
    Exponent,
    LearningRate,
    Level,
    Line,
    Name,
    Positive,
    Return,
    Text,
)
from value_scaling.records.runs import Setting
from value_scaling.stats.power_law import PowerLaw

SETS = ("sweep", "ours", "baseline")
"""Sets of runs: the grid search, the runs with fitted B* and η*, and the runs with
constant B and η."""
FITTED_SETS = ("ours", "baseline")
"""Sets of runs to which D_J(σ) is fitted."""


def max_return_key(set_name: str) -> str:
    """Return the key of the normaliser of one set in the table of an environment."""
    return "max_return_sweep" if set_name == SETS[0] else "max_return_fitted"


@dataclass(frozen=True)
class Environment:
    """One task of a study.

    Normalised return = 1000·(return - min_return)/(max_return - min_return). As in the
    publication, the sweep and the fitted runs have different values of max_return.
    """

    name: Name
    max_return_sweep: Return
    """The return that counts as 1000 in the sweep."""
    max_return_fitted: Return
    """The return that counts as 1000 in the fitted and the baseline runs."""
    batch_sizes: tuple[BatchSize, ...] = ()
    """Batch sizes of the sweep."""
    learning_rates: tuple[LearningRate, ...] = ()
    """Learning rates of the sweep."""
    other_grids: dict[str, tuple[Positive, ...]] = field(default_factory=dict)
    """Values of each optional axis of `records.axes` in the sweep, by name."""
    skipped: tuple[dict[str, Positive], ...] = ()
    """Cells that the sweep leaves out. Each entry gives values by axis and stands for
    all cells with these values."""
    min_return: Return = 0.0
    """The return that counts as 0. It is below both values of `max_return`."""

    @property
    def grids(self) -> dict[str, tuple[float, ...]]:
        """Values of each axis except σ in the sweep, by axis."""
        own = {axis.name: getattr(self, axis.plural) for axis in FITTED}
        return own | self.other_grids

    def max_return(self, set_name: str) -> float:
        """Return the return that counts as 1000 in one set."""
        return float(getattr(self, max_return_key(set_name)))

    def span(self, set_name: str) -> float:
        """Return max_return - min_return of one set, in the environment's unit."""
        return self.max_return(set_name) - self.min_return

    def normalised(self, returns: np.ndarray, set_name: str) -> np.ndarray:
        """Normalise the returns of one set to the scale 0 to 1000.

        With min_return = 0 every result equals 1000·return/max_return to the last bit,
        as published, because y - 0 is y.
        """
        return (returns - self.min_return) * 1000 / self.span(set_name)

    def return_at(self, level: float, set_name: str) -> float:
        """Return a level in the environment's own unit; `normalised` undoes it."""
        return self.min_return + level * self.span(set_name) / 1000


@dataclass(frozen=True)
class StepRule:
    """Environment steps, start + every·k in row k, if there is no step column."""

    start: CountOrZero
    every: Count


@dataclass(frozen=True)
class ArchiveRule:
    """How to read one archive of a study, with all its irregularities."""

    file: ArchiveName
    """Name in the folder of archives, e.g. `gym_sweep.zip`."""
    metric: Name
    """Folder of the returns, e.g. `episode.return`."""
    top: Name | None = None
    """Top folder inside the archive; None for the only one there."""
    steps: StepRule | None = None
    """Rule for an archive without a step column; None if column 0 holds the steps."""
    crossing: Literal["reach", "exceed"] = "reach"
    """Test of the stored published results: `reach` (≥ J) or `exceed` (> J)."""
    reset_every: Positive | None = None
    """Gradient steps between full resets, whose drops are removed; None for no resets.
    As in the published analysis, they are counted from environment step 0. The schedule
    in an archive that `scaling train` wrote takes precedence."""
    middle_only: bool = False
    """Whether each (environment, σ) was run at B*, η* and at neighbouring values, of
    which only the middle one is read."""
    metrics: tuple[str, ...] = ()
    """Folders of the metrics other than returns that every setting of the sweep has,
    out of `diagnostic_metrics`; empty if there are no diagnostics."""
    notes: tuple[Text, ...] = ()
    """Known facts about these data, each with its source."""


@dataclass(frozen=True)
class PublishedFits:
    """Published coefficients that replace runs or our own first stage."""

    source: Text
    batch_slope: Exponent | None = None
    batch_at_one: dict[str, Positive] = field(default_factory=dict)
    """B*(σ = 1) of each environment."""
    data_scale: Positive | None = None
    """M, environment steps in one normalised unit."""
    data_coefficients: tuple[tuple[Positive, Positive, Positive], ...] = ()
    """Coefficients (a, b, c) of c + (σ/b)^(-a), one row per level, in units of
    `data_scale`."""
    data_utds: tuple[UTD, ...] = ()
    """σ of the runs behind `data_coefficients`."""

    def batch_law(self) -> PowerLaw | None:
        """Return the mean of the published B*(σ) over environments, or None."""
        if self.batch_slope is None:
            return None
        mean = np.mean(list(self.batch_at_one.values()))
        return PowerLaw(np.asarray(mean), np.asarray(self.batch_slope))

    def data_laws(self) -> PowerLaw | None:
        """Return the published D_J(σ) in environment steps, one per level, or None."""
        if not self.data_coefficients or self.data_scale is None:
            return None
        a, b, c = np.array(self.data_coefficients).T
        return PowerLaw(self.data_scale * b**a, -a, self.data_scale * c)


@dataclass(frozen=True)
class Study:
    """Everything known about a study before its runs are read."""

    name: str
    title: Line
    algorithm: Line
    environments: Annotated[
        tuple[Environment, ...], Meta(min_length=1, description="one or more")
    ]
    sweep_utds: tuple[UTD, ...]
    archives: dict[str, ArchiveRule]
    """Reading rule of each archive, by set name."""
    sweep_levels: tuple[Level, ...]
    """Levels J of the grid search, ascending, on the scale 0 to 1000."""
    fitted_levels: tuple[Level, ...]
    """Levels J for which D_J is fitted, ascending."""
    model_size: Positive
    """N, number of critic parameters."""
    delta: Positive
    """δ, FLOPs worth as much as one environment step."""
    baseline_utd: UTD
    """σ at which the constant hyperparameters are chosen."""
    proposal_utds: tuple[UTD, ...]
    """σ for which B and η are proposed."""
    fitted_utds: tuple[UTD, ...] = ()
    """The proposal σ at which `scaling train` makes the fitted and the baseline runs;
    empty for all."""
    decided_at: tuple[Level, ...] = ()
    """Sweep levels that decide B* and η*; empty for those in the range of the fitted
    levels."""
    held_out_levels: CountOrZero = 2
    """Number of top levels on which the law σ*(F) is tested."""
    published: PublishedFits | None = None
    facts: tuple[tuple[Text, Text, Text], ...] = ()
    """Rows of the paper's table of settings: (setting, value, source)."""
    digest: str = ""
    """SHA-256 of the study file, and of what it leaves out."""
    defaults: dict[str, str] = field(default_factory=dict)
    """How each value was found that the study file leaves out, by its name."""

    @property
    def compute_unit(self) -> str:
        """Unit of C_J, F and δ: FLOPs for each parameter where N is not known."""
        return "FLOPs/N" if "model_size" in self.defaults else "FLOPs"

    def environment(self, name: str) -> Environment:
        """Return the environment called `name`, or raise ScalingError."""
        for environment in self.environments:
            if environment.name == name:
                return environment
        known = ", ".join(e.name for e in self.environments)
        raise ScalingError(
            f"study {self.name}",
            found=f"environment {name!r}",
            expected=f"one of {known}",
            fix="add it to the study file, with its normaliser, or remove its runs",
        )

    def archive(self, set_name: str) -> ArchiveRule:
        """Return the reading rule of one set, or raise ScalingError."""
        if set_name not in self.archives:
            raise ScalingError(
                f"study {self.name}",
                found=f"set {set_name!r}",
                expected=f"one of {', '.join(self.archives)}",
                fix=f"add [archives.{set_name}] to the study file",
            )
        return self.archives[set_name]

    @property
    def trained_utds(self) -> tuple[float, ...]:
        """σ of the fitted and the baseline runs of `scaling train`."""
        return self.fitted_utds or self.proposal_utds

    def grids_of(self, environment: Environment) -> dict[str, tuple[float, ...]]:
        """Return the values of each axis in the sweep of an environment, by axis."""
        return {"utd": self.sweep_utds, **environment.grids}

    def product_of(self, environment: Environment) -> tuple[Setting, ...]:
        """Return every cell of an environment's grid, including skipped cells."""
        grids = self.grids_of(environment)
        return tuple(
            Setting.of(environment.name, dict(zip(grids, cell, strict=True)))
            for cell in product(*grids.values())
        )

    @property
    def grid(self) -> tuple[Setting, ...]:
        """Settings of the sweep: all cells of each environment's grid that are not
        skipped."""
        return tuple(
            setting
            for environment in self.environments
            for setting in self.product_of(environment)
            if not any(
                cells.items() <= setting.values.items() for cells in environment.skipped
            )
        )

    @property
    def has_several_sizes(self) -> bool:
        """Whether the sweep has several N, so that its fits are over σ and N."""
        grids = (each.other_grids for each in self.environments)
        several = any(len(grid.get("model_size", ())) > 1 for grid in grids)
        return several and "sweep" in self.archives

    @property
    def has_published_data(self) -> bool:
        """Whether published coefficients can stand in for the fitted runs."""
        return self.published is not None and self.published.data_laws() is not None

    def undeclared(self, settings: Iterable[Setting]) -> frozenset[Setting]:
        """Return the settings outside the grid that their environment declares."""
        grid = set(self.grid)
        with_grid = {setting.env for setting in grid}
        return frozenset(s for s in settings if s.env in with_grid and s not in grid)

    @property
    def environment_names(self) -> tuple[str, ...]:
        """Names of the environments in the order of the study file."""
        return tuple(environment.name for environment in self.environments)

    def ordered(self, settings: Iterable[Setting]) -> tuple[str, ...]:
        """Return the environments of these settings, in the order of the study file."""
        there = {setting.env for setting in settings}
        return tuple(name for name in self.environment_names if name in there)

    @property
    def deciding_levels(self) -> tuple[bool, ...]:
        """Which sweep levels decide B* and η*: those named in the study file, or else
        those inside the range of the fitted levels."""
        if self.decided_at:
            return tuple(level in self.decided_at for level in self.sweep_levels)
        low, high = min(self.fitted_levels), max(self.fitted_levels)
        return tuple(low <= level <= high for level in self.sweep_levels)
