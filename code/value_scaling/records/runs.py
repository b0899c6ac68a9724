"""Runs read from archives, and the steps at which they reach each level."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, overload

import numpy as np

from value_scaling.records.axes import AXES, required, words_of
from value_scaling.records.schedule import Resets

OMITTED = {"omit": True}
"""Metadata of fields that are left out of stored records if they have their default."""


@dataclass(frozen=True, order=True, repr=False)
class Setting:
    """Everything that distinguishes the runs of one file, except the seed."""

    env: str
    utd: float
    batch_size: int
    learning_rate: float
    others: tuple[tuple[str, int | float], ...] = field(default=(), metadata=OMITTED)
    """Names and values of the study's optional axes, e.g. N, in the order of `AXES`."""
    width: int | None = field(default=None, compare=False, metadata=OMITTED)
    """Width of the critic, part of its folder's name in archives. It is not an axis
    because N follows from it."""

    @classmethod
    def of(
        cls, env: str, values: Mapping[str, float], width: int | None = None
    ) -> "Setting":
        """Make a setting from the values of its axes, by name."""
        converted = {
            axis.name: axis.kind(values[axis.name])
            for axis in AXES.values()
            if axis.name in values or not axis.is_optional
        }
        return cls(
            env,
            **{axis.name: converted[axis.name] for axis in required()},
            others=tuple(
                each for each in converted.items() if AXES[each[0]].is_optional
            ),
            width=width,
        )

    @property
    def values(self) -> dict[str, Any]:
        """Value of each axis that the setting has, by name."""
        own = {axis.name: axis.kind(getattr(self, axis.name)) for axis in required()}
        return own | dict(self.others)

    @property
    def identity(self) -> tuple[object, ...]:
        """Values that identify the random stream of the setting."""
        own = (self.values[axis.name] for axis in required())
        return self.env, *own, *(f"{name}={value}" for name, value in self.others)

    def table(self) -> dict[str, Any]:
        """Return the environment and the value of each axis, by name."""
        return {"env": self.env, **self.values}

    def __str__(self) -> str:
        return f"{self.env}, {words_of(self.values)}"

    def __repr__(self) -> str:
        table = self.table().items()
        return f"Setting({', '.join(f'{name}={value!r}' for name, value in table)})"


@dataclass(frozen=True)
class Curves:
    """Learning curves of one setting and one metric."""

    setting: Setting
    steps: np.ndarray
    """[points], environment steps, strictly increasing."""
    returns: np.ndarray
    """[points, seeds], in the environment's own unit until it is normalised."""

    @property
    def seeds(self) -> int:
        """Number of seeds."""
        return self.returns.shape[1]


class StreamedCurves(Sequence[Curves]):
    """Curves that are made each time they are used, so that few are in memory."""

    def __init__(
        self,
        settings: Sequence[Setting],
        make: Callable[[int], Curves],
        shapes: Sequence[tuple[int, int]] | None = None,
    ) -> None:
        """Make curves one at a time.

        Args:
            make: returns the curves of the setting at an index.
            shapes: points and seeds of each curve, if known.
        """
        self.settings = tuple(settings)
        self.shapes = shapes
        self._make = make

    def __len__(self) -> int:
        return len(self.settings)

    @overload
    def __getitem__(self, index: int) -> Curves: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Curves]: ...
    def __getitem__(self, index: int | slice) -> Curves | Sequence[Curves]:
        places = range(len(self.settings))[index]
        return self._make(places) if isinstance(places, int) else self.at(places)

    def at(self, places: Sequence[int]) -> "StreamedCurves":
        """Return the curves of the settings at some places, in this order."""
        return StreamedCurves(
            [self.settings[place] for place in places],
            lambda at: self._make(places[at]),
            self.shapes and [self.shapes[place] for place in places],
        )


def curves_of(
    curves: Sequence[Curves], keep: Callable[[Setting], bool]
) -> Sequence[Curves]:
    """Return the curves of some settings; no streamed curve is made for it."""
    if isinstance(curves, StreamedCurves):
        return curves.at([at for at, own in enumerate(curves.settings) if keep(own)])
    return tuple(curve for curve in curves if keep(curve.setting))


@dataclass(frozen=True)
class Runs:
    """All curves of one set of a study, in the order of their settings."""

    study: str
    set_name: str
    curves: Sequence[Curves]
    """A tuple, or `StreamedCurves` if they do not fit into memory."""
    missing: tuple[Setting, ...] = ()
    """Settings of the sweep's grid that the archive lacks."""
    outside: tuple[Setting, ...] = ()
    """Settings of the archive that the study file does not declare; they are not in
    `curves`."""
    digest: str = ""
    """SHA-256 of the archive."""
    resets: Resets | None = None
    """When networks were reset, so that the drops can be removed; None if never."""
    stopped: tuple[Setting, ...] = ()
    """Settings whose runs ended because they had passed `stop_at_level`."""

    @property
    def settings(self) -> tuple[Setting, ...]:
        """Setting of each curve; no streamed curve is made for it."""
        if isinstance(self.curves, StreamedCurves):
            return self.curves.settings
        return tuple(curve.setting for curve in self.curves)

    @property
    def shapes(self) -> Sequence[tuple[int, int]]:
        """Numbers of points and seeds of each curve."""
        if isinstance(self.curves, StreamedCurves) and self.curves.shapes is not None:
            return self.curves.shapes
        return [curve.returns.shape for curve in self.curves]

    def mapped(self, change: Callable[[Curves], Curves]) -> "Runs":
        """Return the runs with each curve changed; `change` must keep its setting."""
        curves = self.curves
        if isinstance(curves, StreamedCurves):
            made = StreamedCurves(curves.settings, lambda at: change(curves[at]))
            return replace(self, curves=made)
        return replace(self, curves=tuple(map(change, curves)))

    def only(self, keep: Callable[[Setting], bool]) -> "Runs":
        """Return the runs of some settings, in the order of these settings."""
        curves, settings = self.curves, self.settings
        kept = [at for at, setting in enumerate(settings) if keep(setting)]
        kept.sort(key=settings.__getitem__)
        if isinstance(curves, StreamedCurves):
            return replace(self, curves=curves.at(kept))
        return replace(self, curves=tuple(curves[at] for at in kept))


@dataclass(frozen=True)
class Crossings:
    """Environment steps at which each setting's isotonic mean reaches each level."""

    study: str
    set_name: str
    settings: tuple[Setting, ...]
    seeds: np.ndarray
    """[settings], number of seeds of each setting."""
    last_steps: np.ndarray
    """[settings], last logged step. A level that is not reached needs more data."""
    levels: np.ndarray
    """[levels], J ascending."""
    steps: np.ndarray
    """[settings, levels], environment steps; NaN if the level is never reached."""
    replicates: np.ndarray
    """[settings, replicates, levels] of int32, environment steps; -1 if never
    reached."""
    spacings: np.ndarray
    """[settings, levels], environment steps between the logged step of the crossing and
    the logged step before it, or step 0 before the first; NaN if never reached."""
    missing: tuple[Setting, ...] = ()
    outside: tuple[Setting, ...] = ()
    extremes: np.ndarray = field(default_factory=lambda: np.empty((0, 2)))
    """[settings, 2], the lowest and the highest logged return, normalised and averaged
    over seeds; empty if not known."""
    stopped: tuple[Setting, ...] = field(default=(), metadata=OMITTED)
    """Settings whose runs ended because they had passed `stop_at_level`. It is unknown
    when they would reach a level that they did not reach."""

    @property
    def is_stopped(self) -> np.ndarray:
        """[settings] of bool, whether a setting is one of `stopped`."""
        stopped = set(self.stopped)
        return np.array([each in stopped for each in self.settings], dtype=bool)

    def replicate_steps(self, settings: int | slice = slice(None)) -> np.ndarray:
        """Return `replicates` as floats, with NaN for levels that are never reached.

        Args:
            settings: index of the settings; by default, all of them.
        """
        steps = self.replicates[settings].astype(float)
        steps[steps < 0] = np.nan
        return steps
