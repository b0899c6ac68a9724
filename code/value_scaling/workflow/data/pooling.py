"""Average the data of environments when some of them do not reach every level.

D_J(σ) must compare the same environments at every σ. If an environment were averaged in
at some σ only, its own slope would bend the fit. It would also be left out exactly
where it needs the most data, because a run that does not reach J is too slow. A level
is therefore pooled over a *block*: environments and σ such that each of the
environments reaches J at each of the σ. Of all blocks of at least three σ, the one with
the most runs is used. A level thus loses an environment that reaches J nowhere, but
keeps the others. One gap at one σ costs a level either that σ or that environment,
whichever has fewer runs.

Blocks are found from the means over seeds and are kept in every bootstrap draw;
otherwise draws would be of different tasks. A member that does not reach J in a draw is
missing in that draw.
"""

from dataclasses import dataclass

import numpy as np

from value_scaling.records.stages.blocked import LEAST_UTDS
from value_scaling.stats.medians import median_of_known
from value_scaling.stats.two_way import filled


@dataclass(frozen=True)
class Blocks:
    """The environments and σ over which each level is pooled."""

    members: np.ndarray
    """[environments, levels] of bool."""
    utds_of_levels: np.ndarray
    """[utds, levels] of bool."""
    missing: np.ndarray
    """[environments, utds, levels] of bool, cells that lack data for the scales."""


@dataclass(frozen=True)
class Pooled:
    """Data of all environments on one scale; a leading replicate axis is allowed."""

    environment_median: np.ndarray
    """[..., environments]."""
    median: np.ndarray
    """[...]."""
    data: np.ndarray
    """[..., utds, levels]."""


def find_blocks(reached: np.ndarray, *, every: bool) -> Blocks:
    """Choose the block of each level.

    Args:
        reached: [environments, utds, levels] of bool, cells that reach J in the mean
            over seeds.
        every: whether all environments are members everywhere, as published.
    """
    environments, utds, levels = reached.shape
    members = np.ones((environments, levels), dtype=bool)
    utds_of_levels = np.ones((utds, levels), dtype=bool)
    if every:
        return Blocks(members, utds_of_levels, np.zeros_like(reached))
    for j in range(levels):
        members[:, j], utds_of_levels[:, j] = _largest(reached[:, :, j])
    return Blocks(members, utds_of_levels, ~reached)


def _largest(reached: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the block of one level, [environments] and [utds] of bool.

    Of blocks with equally many runs, the one with more environments is used. If no
    block has `LEAST_UTDS` σ, there is no fit, and the largest block gives the points to
    show.
    """
    # The σ of a largest block are those that its environments have in common.
    common: set[tuple[bool, ...]] = set()
    for own in {tuple(row.tolist()) for row in reached}:
        common |= {own} | {_both(own, other) for other in common}

    def size(utds: tuple[bool, ...]) -> tuple:
        count = int(reached[:, utds].all(axis=1).sum())
        # The σ break ties between equally large blocks; the order of a set must not.
        return (sum(utds) >= LEAST_UTDS, sum(utds) * count, count, utds)

    utds = np.array(max(common, key=size), dtype=bool)
    members = np.asarray(reached[:, utds].all(axis=1))
    return members & bool(utds.any()), utds


def _both(one: tuple[bool, ...], other: tuple[bool, ...]) -> tuple[bool, ...]:
    return tuple(a and b for a, b in zip(one, other, strict=True))


def pool(data: np.ndarray, blocks: Blocks, keep: np.ndarray | None = None) -> Pooled:
    """Average the data of each level's environments after bringing them to one scale.

    D(σ, J) = M·mean_env(D_env(σ, J)/m_env), where m_env is the median of an
    environment's data over σ and J, and M is the median of the m_env (qscaled a9a99d0,
    compute_normalized_times). If an environment does not reach its hard cells, the
    median of its other cells is too low. A missing cell therefore counts with the value
    that the two-way model log D_env(σ, J) = a_env + f(σ, J) predicts for it. Then m_env
    and M mean the same with and without that cell, and levels over different
    environments stay on one scale.

    Args:
        data: [..., environments, utds, levels]; NaN where J is never reached.
        keep: [utds] of bool, the σ that set the scales m_env and M; None for all.
            Held-out σ must not set a scale.
    """
    seen, missing = data, blocks.missing
    if keep is not None:
        seen, missing = data[..., keep, :], missing[:, keep]
    flat, missing = (part.reshape(*part.shape[:-2], -1) for part in (seen, missing))
    if missing.any():
        flat = np.where(missing & np.isnan(flat), filled(flat), flat)
    with np.errstate(invalid="ignore", divide="ignore"):
        own = median_of_known(flat)
        used = blocks.members.any(axis=1)
        median = median_of_known(np.where(used, own, np.nan))
        scaled = data / own[..., None, None]
        total = scaled.sum(axis=-3, where=blocks.members[:, None, :])
        mean = total / blocks.members.sum(axis=0)
        pooled = np.where(blocks.utds_of_levels, median[..., None, None] * mean, np.nan)
    return Pooled(own, median, pooled)


def same_environments(members: np.ndarray, has_law: np.ndarray) -> np.ndarray:
    """Return which levels are pooled over the environments that most levels share.

    Fits along the budget join levels, which must all be pooled over one set of
    environments. This is the set that most levels with a fit have, or the larger one of
    two equally frequent sets.

    Args:
        members: [environments, levels] of bool.
        has_law: [levels] of bool.

    Returns:
        [levels] of bool; all True if no level has a fit.
    """
    sets = [tuple(own.tolist()) for own in members.T]
    known = [own for own, has in zip(sets, has_law, strict=True) if has]
    if not known:
        return np.ones(len(sets), dtype=bool)
    chosen = max(known, key=lambda own: (known.count(own), sum(own)))
    return np.array([own == chosen for own in sets])
