"""Bootstrap resampling with one random stream for each sample, and its intervals."""

import hashlib

import numpy as np


def stream(seed: int, *identity: object) -> np.random.Generator:
    """Return a generator that depends only on `seed` and the identity of a sample.

    It does not depend on the order or number of other samples. A subset of the samples
    therefore gives the same numbers as all of them.
    """
    text = "\x1f".join(str(part) for part in identity)
    digest = hashlib.sha256(text.encode()).digest()
    words = np.frombuffer(digest, dtype="<u4")
    return np.random.default_rng(np.random.SeedSequence([seed, *words.tolist()]))


def resample_counts(
    rng: np.random.Generator, units: int, replicates: int
) -> np.ndarray:
    """Draw how often each unit of a sample occurs in each bootstrap sample.

    Returns:
        [replicates, units] of integers; each row sums to `units`.
    """
    return rng.multinomial(units, np.full(units, 1 / units), size=replicates)


def resampled_medians(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the median of each bootstrap sample, without NaN values.

    Args:
        values: [units].
        counts: [replicates, units], how often each unit was drawn.

    Returns:
        [replicates]; NaN where a sample holds no finite value.
    """
    finite = np.flatnonzero(np.isfinite(values))
    order = finite[np.argsort(values[finite], kind="stable")]
    ranked = np.append(values[order], np.nan)
    upto = counts[:, order].cumsum(axis=1)
    total = counts[:, order].sum(axis=1, keepdims=True)
    # The median is the mean of the first value whose rank reaches n/2 and the first
    # whose rank exceeds it. In a sample of odd size they are the same value.
    lower = (2 * upto < total).sum(axis=1)
    upper = (2 * upto <= total).sum(axis=1)
    return (ranked[lower] + ranked[upper]) / 2


def interval(
    replicates: np.ndarray, *, coverage: float = 0.95, axis: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Return the percentile interval (low, high) over `axis`, without NaN replicates.

    Both ends are NaN where fewer than half of the replicates are finite.
    """
    values = np.moveaxis(np.asarray(replicates, dtype=float), axis, 0)
    finite = np.isfinite(values)
    enough = finite.mean(axis=0) >= 0.5
    shape = values.shape[1:]
    # Sorting puts NaN last, so each column's quantiles come from its finite head.
    ordered = np.sort(np.where(finite, values, np.nan), axis=0)
    count = finite.sum(axis=0)
    ends = []
    for quantile in ((1 - coverage) / 2, (1 + coverage) / 2):
        position = quantile * np.maximum(count - 1, 0)
        below = np.floor(position).astype(int)
        above = np.minimum(below + 1, np.maximum(count - 1, 0))
        share = position - below
        left = np.take_along_axis(ordered, below[None, ...], axis=0)[0]
        right = np.take_along_axis(ordered, above[None, ...], axis=0)[0]
        ends.append(np.where(enough, left + share * (right - left), np.nan))
    return ends[0].reshape(shape), ends[1].reshape(shape)
