"""Runs below the scale, runs that ended early, and settings with few seeds."""

from collections.abc import Iterator

import numpy as np

from value_scaling.records import Crossings, Study
from value_scaling.records.stages.warnings import Place, StudyWarning
from value_scaling.workflow.data.short_runs import (
    ENOUGH,
    NEARLY,
    cut_short,
    cut_short_of_fitted,
)

ENOUGH_SEEDS = 5
"""Number of seeds below which resampling says little about their spread."""


def below_minimum(crossings: Crossings, study: Study) -> Iterator[StudyWarning]:
    """Warn of returns below min_return, which are negative on the scale of the levels.

    An early return below zero is common and harmless. For a study file that states no
    min_return, the warning therefore covers only runs that never rise above it.
    """
    if not len(crossings.extremes):
        return
    lowest, highest = crossings.extremes.T
    stated = np.array(
        [study.environment(s.env).min_return != 0 for s in crossings.settings]
    )
    below = highest <= 0
    if below.any():
        yield _of_runs(
            "below min_return",
            crossings,
            below,
            "runs whose mean return never rises above min_return: "
            f"{below.sum()} of {len(below)}; they reach no level",
            "state a min_return below the first returns of every run, if these are "
            "negative; otherwise train longer, or leave these runs out",
        )
    under = (lowest < 0) & stated & ~below
    if under.any():
        yield _of_runs(
            "below min_return",
            crossings,
            under,
            "runs with a mean return below the min_return that the study file states: "
            f"{under.sum()} of {len(under)} (the lowest, normalised: "
            f"{lowest[under].min():.3g}); levels are reached as with any other "
            "min_return, but 0 is not the lowest return",
            "lower min_return, unless the runs only begin there",
        )


def short_runs(crossings: Crossings) -> Iterator[StudyWarning]:
    """Warn of runs that ended before others reached a level that they did not reach."""
    fix = "train them longer, or take them out of the archive"
    total, stopped = len(crossings.settings), crossings.is_stopped
    if crossings.set_name != "sweep":
        short = cut_short_of_fitted(crossings)
        yield from _stopped(crossings, short & stopped, "that UTD is not in the fit")
        short &= ~stopped
        if short.any():
            yield _of_runs(
                "short run",
                crossings,
                short,
                "runs that end before any other UTD of their environment reaches a "
                f"level that they do not reach: {short.sum()} of {total}; that UTD is "
                "not in the fit of that level",
                fix,
            )
        return
    short = cut_short(crossings)
    early = cut_short(crossings, share=NEARLY) & ~short
    yield from _stopped(crossings, short & stopped, "they do not count as slower")
    short &= ~stopped
    if short.any():
        yield _of_runs(
            "short run",
            crossings,
            short,
            f"runs that end before {ENOUGH:.0%} of the data that a competitor needs "
            f"for a level that they do not reach: {short.sum()} of {total}; they do "
            "not count as slower, and where they might have won there is no winner",
            fix,
        )
    if early.any():
        yield _of_runs(
            "short run",
            crossings,
            early,
            f"runs that end between {ENOUGH:.0%} and {NEARLY:.0%} of the data that a "
            f"competitor needs for a level that they do not reach: {early.sum()} of "
            f"{total}; they count as slower",
            fix,
        )


def _stopped(
    crossings: Crossings, chosen: np.ndarray, effect: str
) -> Iterator[StudyWarning]:
    if chosen.any():
        yield _of_runs(
            "short run",
            crossings,
            chosen,
            "runs that were stopped after stop_at_level, before others reached a level "
            f"that they do not reach: {chosen.sum()} of {len(chosen)}; {effect} at "
            "that level",
            "leave out the levels above stop_at_level, or train a study with a higher "
            "stop_at_level",
        )


def few_seeds(crossings: Crossings) -> Iterator[StudyWarning]:
    """Warn of settings with few seeds, or with fewer than the others."""
    seeds, total = crossings.seeds, len(crossings.settings)
    few = seeds < ENOUGH_SEEDS
    if few.any():
        yield _of_runs(
            "few seeds",
            crossings,
            few,
            f"settings with fewer than {ENOUGH_SEEDS} seeds: {few.sum()} of {total} "
            f"(the fewest: {seeds.min()}); intervals that rest on them are too narrow",
            "run more seeds",
        )
    fewer = (seeds < seeds.max()) & ~few
    if fewer.any():
        yield _of_runs(
            "fewer seeds",
            crossings,
            fewer,
            f"settings with fewer seeds than the others: {fewer.sum()} of {total} "
            f"({', '.join(map(str, np.unique(seeds[fewer])))} of {seeds.max()})",
            "complete them, if seeds are missing because they failed",
        )


def _of_runs(
    kind: str, crossings: Crossings, chosen: np.ndarray, found: str, fix: str
) -> StudyWarning:
    """Return a warning about the chosen settings of one set, [settings] of bool."""
    places = tuple(Place.of(crossings.settings[i]) for i in np.flatnonzero(chosen))
    return StudyWarning(kind, crossings.set_name, "", places, found, fix)
