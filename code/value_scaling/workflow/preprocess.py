"""From learning curves to the steps at which they reach each level."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from value_scaling.records import (
    VARIANTS,
    Choices,
    Crossings,
    Curves,
    Runs,
    ScalingError,
    Study,
)
from value_scaling.records.choices import Reader
from value_scaling.records.schedule import Resets
from value_scaling.records.stage import Given, Mapper
from value_scaling.stats.bootstrap import resample_counts, stream
from value_scaling.stats.isotonic import first_crossings
from value_scaling.workflow.data.collect import collect

NEVER = -1
Resample = Callable[[np.random.Generator, int, int], np.ndarray]
_LAST_STEP = np.iinfo(np.int32).max
"""Largest step, since replicates are kept as int32."""
MOST_DRAWN = 1 << 28
"""Largest number of replicate steps of one set, which take 4 bytes each. The largest
published sweep has 3.7e7."""


def affordable(replicates: int, settings: int, levels: int) -> int:
    """Return as many of the replicates as memory allows, at least four.

    A sweep of 100,000 settings and ten levels has 268 instead of 5000.
    """
    return min(replicates, max(4, MOST_DRAWN // max(1, settings * levels)))


def without_reset_drops(curve: Curves, resets: Resets) -> Curves:
    """Drop, after each full reset, the points before the mean return has recovered.

    A point after a reset is dropped until the mean over seeds is back at its last value
    before the reset. The point right after a reset and the very first point are always
    dropped, as in the published results (qscaled 5f9a48a, filter_out_resets with
    window 1).
    """
    mean = curve.returns.mean(axis=1)
    keep = np.ones(len(curve.steps), dtype=bool)
    keep[0] = False
    for reset in resets.steps(curve.setting.utd, curve.steps[-1]):
        after = int(np.searchsorted(curve.steps, reset, side="right"))
        if after == 0:
            continue
        recovered = np.nonzero(mean[after:] >= mean[after - 1])[0]
        end = after + recovered[0] if len(recovered) else len(mean)
        keep[after : max(end, after + 1)] = False
    return Curves(curve.setting, curve.steps[keep], curve.returns[keep])


def without_drops(runs: Runs) -> Runs:
    """Return the runs without the drops after their resets, if they have resets."""
    resets = runs.resets
    if resets is None:
        return runs
    return runs.mapped(lambda curve: without_reset_drops(curve, resets))


def preprocess(
    runs: Runs,
    study: Study,
    choices: Choices,
    *,
    replicates: int,
    seed: int,
    resample: Resample = resample_counts,
    mapped: Mapper = map,
) -> Crossings:
    """Find the first crossings of every setting, for its mean and its replicates.

    Args:
        runs: normalised (see `collect`).
        replicates: number of bootstrap samples of the seeds of each setting; fewer are
            drawn if they would not fit into memory (see `affordable`).
        seed: base of the random streams; each setting has its own stream.
        resample: draws the replicates, from (stream, seeds, replicates).
        mapped: applies a function to every curve.

    Raises:
        ScalingError: a step is not a whole number, or is too large for int32.
    """
    rule = study.archive(runs.set_name)
    levels = np.array(
        study.sweep_levels if runs.set_name == "sweep" else study.fitted_levels
    )
    strict = choices.crossing == "study" and rule.crossing == "exceed"
    settings = len(runs.curves)
    replicates = affordable(replicates, settings, len(levels))
    steps = np.empty((settings, len(levels)))
    spacings = np.empty_like(steps)
    drawn = np.empty((settings, replicates, len(levels)), dtype=np.int32)
    extremes, seeds = np.empty((settings, 2)), np.empty(settings, dtype=int)
    last_steps = np.empty(settings)
    of_setting = partial(
        _crossings_of,
        levels=levels,
        strict=strict,
        resets=runs.resets,
        replicates=replicates,
        streams=(seed, study.name, runs.set_name),
        resample=resample,
        where=f"{runs.study} {runs.set_name}",
    )
    for row, found in enumerate(mapped(of_setting, runs.curves)):
        seeds[row], last_steps[row] = found.seeds, found.last_step
        steps[row], spacings[row] = found.steps, found.spacings
        drawn[row], extremes[row] = found.drawn, found.extremes
    return Crossings(
        study=study.name,
        set_name=runs.set_name,
        settings=runs.settings,
        seeds=seeds,
        last_steps=last_steps,
        levels=levels,
        steps=steps,
        replicates=drawn,
        spacings=spacings,
        missing=runs.missing,
        outside=runs.outside,
        extremes=extremes,
        stopped=runs.stopped,
    )


@dataclass(frozen=True)
class _SettingCrossings:
    """One row of each array of `Crossings`."""

    seeds: int
    last_step: float
    steps: np.ndarray
    spacings: np.ndarray
    drawn: np.ndarray
    extremes: tuple[float, float]


def _crossings_of(
    raw: Curves,
    *,
    levels: np.ndarray,
    strict: bool,
    resets: Resets | None,
    replicates: int,
    streams: tuple[int, str, str],
    resample: Resample,
    where: str,
) -> _SettingCrossings:
    """Find the first crossings of one setting; see `preprocess`.

    Args:
        streams: seed of the random stream, and what identifies it besides the setting.
        where: the runs, for a message.
    """
    _check_steps(raw, f"{where}, {raw.setting}")
    curve = raw if resets is None else without_reset_drops(raw, resets)
    counts = resample(
        stream(*streams, *curve.setting.identity), curve.seeds, replicates
    )
    at = np.append(curve.steps, np.nan)
    reached = first_crossings(curve.returns, levels, strict=strict)[0]
    at_drawn = np.append(curve.steps, NEVER).astype(np.int32)
    index = first_crossings(curve.returns, levels, counts=counts, strict=strict)
    mean = raw.returns.mean(axis=1)
    return _SettingCrossings(
        seeds=raw.seeds,
        last_step=float(raw.steps[-1]),
        steps=at[reached],
        spacings=np.diff(at, prepend=0)[reached],
        drawn=at_drawn[index],
        extremes=(mean.min(), mean.max()),
    )


def relevant_choices(
    choices: Choices, study: Study, set_name: str, *stages: Reader
) -> Choices:
    """Return the choices that matter to a set, with all others at their defaults.

    Results of a set are the same if these choices are. The test of the stored results
    is the default one, unless it was >.

    Args:
        stages: the stages after this one that the result comes from.
    """
    read = choices.only("preprocess", *stages)
    if study.archive(set_name).crossing == "exceed":
        return read
    return replace(read, crossing=Choices().crossing)


def _check_steps(curve: Curves, what: str) -> None:
    """Refuse steps that would change when replicates are kept as int32."""
    wrong = (curve.steps != np.round(curve.steps)) | (curve.steps > _LAST_STEP)
    if wrong.any():
        raise ScalingError(
            what,
            found=f"environment step {curve.steps[wrong][0]:.10g}",
            expected=f"whole numbers up to {_LAST_STEP}",
            fix="put environment steps into column 0, in units of one step (or, where "
            "there are more, of a thousand, with delta in the same unit)",
        )


def make(given: Given, *, set_name: str, replicates: int, seed: int) -> Crossings:
    """Find the crossings of a set, once for variants with the same crossings."""
    same = relevant_choices(given.choices, given.study, set_name)
    every = VARIANTS.values()
    is_repeated = any(relevant_choices(c, given.study, set_name) != same for c in every)
    if same not in given.kept:
        given.kept[same] = preprocess(
            collect(given.runs(set_name), given.study),
            given.study,
            given.choices,
            replicates=replicates,
            seed=seed,
            resample=given.kept.setdefault("draws", _DrawnOnce())
            if is_repeated
            else resample_counts,
            mapped=given.mapped,
        )
    return given.kept[same]


class _DrawnOnce:
    """`resample_counts`, whose draws from equal streams are made once.

    Variants differ in the test for reaching a level, not in the seeds that are drawn.
    A copy in another process draws again.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int, int], np.ndarray] = {}

    def __reduce__(self) -> tuple[type, tuple[()]]:
        return _DrawnOnce, ()

    def __call__(
        self, rng: np.random.Generator, units: int, replicates: int
    ) -> np.ndarray:
        key = (repr(rng.bit_generator.state), units, replicates)
        if key not in self._kept:
            counts = resample_counts(rng, units, replicates)
            # 8 bytes become 1
            self._kept[key] = counts.astype(np.min_scalar_type(units))
        return self._kept[key]
