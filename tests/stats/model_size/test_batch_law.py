"""B(σ, N): planted laws and a second implementation with all parameters free."""

import numpy as np
import pytest
from scipy.optimize import least_squares

from value_scaling.stats.model_size.batch_law import (
    BatchLaw,
    batch_law_at_limit,
    fit_batch_law,
    fit_log_linear,
)

UTD, SIZE = (
    each.ravel()
    for each in np.meshgrid([1.0, 2, 4, 8], [6.2e5, 2.29e6, 8.77e6, 3.43e7])
)
PLANTED = BatchLaw(*(np.array(each) for each in (1500.0, 0.3, 4e6, 1.1)))


def four_parameters(batch: np.ndarray) -> float:
    """Return the least squared error of ln B from several starts."""

    def residuals(p: np.ndarray) -> np.ndarray:
        falling = np.logaddexp(0, np.exp(p[3]) * (p[2] - np.log(SIZE)))
        return p[0] - p[1] * np.log(UTD) - falling - np.log(batch)

    runs = [
        least_squares(residuals, [7, 0.3, knee, beta], xtol=1e-14, ftol=1e-14,
                      bounds=([-50, -9, np.log(6.2e3), np.log(0.02)],
                              [50, 9, np.log(3.43e13), np.log(20)]))
        for knee in (13, 15, 18, 24)
        for beta in (-2.0, 0.0, 1.5)
    ]  # fmt: skip
    return float(min(2 * run.cost for run in runs))


def test_a_planted_law_comes_back() -> None:
    found = fit_batch_law(UTD, SIZE, PLANTED(UTD, SIZE))
    for name in ("a", "alpha", "knee", "beta", "b"):
        assert getattr(found, name) == pytest.approx(getattr(PLANTED, name), rel=1e-4)
    assert not batch_law_at_limit(found, SIZE)


def test_it_is_the_published_form() -> None:
    law = fit_batch_law(UTD, SIZE, PLANTED(UTD, SIZE))
    published = law.a / (UTD**law.alpha * (1 + law.b * SIZE**-law.beta))
    assert law(UTD, SIZE) == pytest.approx(published, rel=1e-12)


def test_no_other_search_finds_less() -> None:
    noise = np.random.default_rng(5).normal(size=(6, len(UTD)))
    batch = PLANTED(UTD, SIZE) * np.exp(0.3 * noise)
    law = fit_batch_law(UTD, SIZE, batch)
    ours = (np.log(law(UTD, SIZE) / batch) ** 2).sum(axis=-1)
    theirs = [four_parameters(each) for each in batch]
    assert (ours <= np.array(theirs) * (1 + 1e-7)).all()
    assert ours == pytest.approx(theirs, rel=1e-4)


def test_batch_sizes_without_a_knee_are_at_a_limit() -> None:
    for batch in (900 * UTD**-0.3, 0.1 * UTD**-0.3 * SIZE**0.5):
        assert batch_law_at_limit(fit_batch_law(UTD, SIZE, batch), SIZE)


def test_the_log_linear_fit_is_the_least_squares_plane() -> None:
    batch = PLANTED(UTD, SIZE)
    columns = np.stack([np.ones(len(UTD)), -np.log(UTD), np.log(SIZE)], axis=1)
    best = np.linalg.lstsq(columns, np.log(batch), rcond=None)[0]
    found = fit_log_linear(UTD, SIZE, np.stack([batch, batch]))
    assert np.log(found.a) == pytest.approx(best[0])
    assert found.alpha == pytest.approx(best[1])
    assert found.gamma == pytest.approx(best[2])
    batch[0] = np.nan
    assert found(UTD, SIZE)[0] == pytest.approx(np.exp(columns @ best))
    assert np.isfinite(fit_log_linear(UTD, SIZE, batch).gamma)
