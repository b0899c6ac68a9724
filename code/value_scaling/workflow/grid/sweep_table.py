"""The crossings of a sweep, arranged as grids."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, overload

import numpy as np

from value_scaling.records import Crossings, ScalingError
from value_scaling.records.axes import FITTED, optional
from value_scaling.workflow.data.short_runs import cut_short

NEVER = np.iinfo(np.int32).max
"""Value that stands for the steps to a level that is not reached."""

STEPS_BYTES = 256 << 20
"""Size of the steps of a sweep, in bytes, above which they are arranged again each time
they are used, one environment at a time. The largest published sweep has 148 MB."""

Found = TypeVar("Found")


class Arranged(Sequence[np.ndarray]):
    """Steps of each environment, arranged each time they are used."""

    def __init__(self, count: int, make: Callable[[int], np.ndarray]) -> None:
        """Arrange the steps of the environments 0 … count - 1 with `make`."""
        self._count, self._make = count, make

    @classmethod
    def within(
        cls, size: int, count: int, make: Callable[[int], np.ndarray]
    ) -> Sequence[np.ndarray]:
        """Arrange all steps now if they have at most `STEPS_BYTES` together.

        Args:
            size: size of all steps together, in bytes.
        """
        if size > STEPS_BYTES:
            return cls(count, make)
        return tuple(map(make, range(count)))

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> np.ndarray: ...
    @overload
    def __getitem__(self, index: slice) -> "Arranged": ...
    def __getitem__(self, index: int | slice) -> "np.ndarray | Arranged":
        places = range(self._count)[index]
        if isinstance(places, int):
            return self._make(places)
        return Arranged(len(places), lambda at: self._make(places[at]))


@dataclass(frozen=True)
class SweepTable:
    """The crossings of a sweep as one dense grid for each environment."""

    environments: tuple[str, ...]
    utds: np.ndarray
    """[utds]."""
    grids: dict[str, tuple[np.ndarray, ...]]
    """Values tried on each fitted axis, by its name, for each environment. Arrays have
    their axes in this order: [utds, batch sizes, learning rates]."""
    steps: Sequence[np.ndarray]
    """[utds, batch sizes, learning rates, replicates, levels] for each environment;
    `NEVER` where the level is not reached or the setting was not run. A tuple, or
    `Arranged` if they are large."""
    replicates: int
    """Number of bootstrap samples."""
    ran: tuple[np.ndarray, ...]
    """[utds, batch sizes, learning rates] of bool, for each environment."""
    cut_at: tuple[np.ndarray, ...]
    """[utds, batch sizes, learning rates], last step of a run that was cut short (see
    `short_runs`) or stopped because it was solved; infinite for other runs."""
    last_steps: tuple[np.ndarray, ...]
    """[utds, batch sizes, learning rates], last logged step; 0 if not run."""
    _kept: dict[Hashable, Any] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def once(self, what: Hashable, compute: Callable[[], Found]) -> Found:
        """Return a result computed from this table before, or compute and keep it.

        Several combinations of the analysis choices need the same results of one table.
        """
        if what not in self._kept:
            self._kept[what] = compute()
        found: Found = self._kept[what]
        return found

    @property
    def longest(self) -> tuple[np.ndarray, ...]:
        """[utds], last step of the longest run, for each environment."""
        return tuple(ends.max(axis=(1, 2)) for ends in self.last_steps)

    def grids_of(self, index: int) -> tuple[np.ndarray, ...]:
        """Return the values tried in one environment, in the order of the axes."""
        return tuple(values[index] for values in self.grids.values())


def sweep_table(
    crossings: Crossings, environments: tuple[str, ...], deciding: np.ndarray
) -> SweepTable:
    """Arrange the replicates of the deciding levels by environment, σ, B and η.

    Raises:
        ScalingError: an optional axis, such as N, has several values.
    """
    _refuse_other_axes(crossings)
    present = {setting.env for setting in crossings.settings}
    environments = tuple(name for name in environments if name in present)
    utds = np.array(sorted({setting.utd for setting in crossings.settings}))
    grids: dict[str, list[np.ndarray]] = {axis.name: [] for axis in FITTED}
    places, ran, cut_at, last_steps = [], [], [], []
    short, stopped = cut_short(crossings), crossings.is_stopped
    shape = (crossings.replicates.shape[1], int(np.sum(deciding)))
    for env in environments:
        rows = [i for i, s in enumerate(crossings.settings) if s.env == env]
        own = [crossings.settings[i] for i in rows]
        for name, found in grids.items():
            found.append(np.array(sorted({s.values[name] for s in own})))
        axes = {"utd": utds, **{name: found[-1] for name, found in grids.items()}}
        cells = tuple(map(len, axes.values()))
        done = np.zeros(cells, dtype=bool)
        cut = np.full(cells, np.inf)
        last = np.zeros(cells)
        there = []
        for i, s in zip(rows, own, strict=True):
            cell = tuple(
                int(np.searchsorted(values, s.values[name]))
                for name, values in axes.items()
            )
            there.append((i, cell))
            done[cell] = True
            last[cell] = crossings.last_steps[i]
            if short[i] or stopped[i]:
                cut[cell] = last[cell]
        places.append(there)
        ran.append(done)
        cut_at.append(cut)
        last_steps.append(last)

    def steps(e: int) -> np.ndarray:
        table = np.full((*ran[e].shape, *shape), NEVER, np.int32)
        for i, cell in places[e]:
            drawn = crossings.replicates[i][:, deciding]
            table[cell] = np.where(drawn < 0, NEVER, drawn)
        return table

    size = sum(done.size for done in ran) * shape[0] * shape[1] * 4
    return SweepTable(
        environments,
        utds,
        {name: tuple(found) for name, found in grids.items()},
        Arranged.within(size, len(environments), steps),
        shape[0],
        tuple(ran),
        tuple(cut_at),
        tuple(last_steps),
    )


def _refuse_other_axes(crossings: Crossings) -> None:
    """Refuse several values of an axis that the grid of B and η does not have."""
    for axis in optional():
        values = {setting.values.get(axis.name) for setting in crossings.settings}
        if len(values) > 1:
            texts = ", ".join("none" if v is None else axis.text(v) for v in values)
            raise ScalingError(
                f"{crossings.study} {crossings.set_name}",
                found=f"runs at several values of {axis.plain} ({texts})",
                expected="one value, since B* and η* are fitted against σ alone",
                fix=f"run `scaling model-size {crossings.study}`, which fits over σ "
                "and N, or put the runs of each value into a study of its own",
            )
