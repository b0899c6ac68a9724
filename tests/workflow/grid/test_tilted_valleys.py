"""B* and η* where the best B depends on η, and which rule finds the planted slopes."""

from dataclasses import replace

import numpy as np
import pytest
from planted_study import BATCH, RATE, make_crossings, make_study
from planted_valleys import Valley, valley_crossings

from value_scaling.commands.console import as_text
from value_scaling.commands.text import documents, terminal
from value_scaling.records import (
    PUBLISHED,
    Choices,
    Crossings,
    Hyperparameters,
    Setting,
    Study,
)
from value_scaling.workflow.grid.best_values import best_values
from value_scaling.workflow.grid.sweep_table import sweep_table
from value_scaling.workflow.hyperparameters import hyperparameters
from value_scaling.workflow.warnings import find_warnings

TRUTH = {"batch_size": float(BATCH.exponent), "learning_rate": float(RATE.exponent)}
STUDIES = 12


def covered(record: Hyperparameters) -> list[bool]:
    """Whether the intervals of the slopes of B* and η* include the planted ones."""
    found = []
    for name, truth in TRUTH.items():
        slope = getattr(record, name).shared.exponent
        found.append(bool(slope.low[0] <= truth <= slope.high[0]))
    return found


@pytest.fixture(scope="module", params=[0.6, -0.6])
def tilted(request: pytest.FixtureRequest) -> list[tuple[Study, Crossings]]:
    valley = Valley(f"tilt {request.param}", tilt=request.param)
    return [valley_crossings(valley, n, replicates=150) for n in range(STUDIES)]


def test_the_default_covers_where_the_published_rule_does_not(
    tilted: list[tuple[Study, Crossings]],
) -> None:
    counts = {
        rule: sum(
            sum(covered(hyperparameters(own, study, Choices(best_values=rule))))
            for study, own in tilted
        )
        for rule in ("local", "joint", "marginal")
    }
    # Of 95% intervals 19 or fewer of 24 cover once in 10,000.
    assert counts["local"] >= 20, counts
    assert counts["joint"] >= 20, counts
    assert counts["marginal"] <= 12, counts
    assert Choices().best_values == "local"


def test_the_tilt_is_measured(tilted: list[tuple[Study, Crossings]]) -> None:
    for study, own in tilted:
        record = hyperparameters(own, study, Choices())
        sign = np.sign(record.tilt.value)
        assert 0.3 < abs(record.tilt.value) < 0.8
        assert sign * record.tilt.low > 0
        assert sign * record.tilt.high > 0
        assert "(tilted)" in as_text(*terminal.hyperparameters(record))
        stated = documents.hyperparameters(record)["tilt"]
        assert stated["value"] == float(record.tilt.value)


def test_a_tilted_valley_is_a_warning_under_the_published_rule_alone(
    tilted: list[tuple[Study, Crossings]],
) -> None:
    study, own = tilted[0]
    for choices, expected in ((PUBLISHED, 1), (Choices(), 0)):
        record = hyperparameters(own, study, choices)
        found = find_warnings(study, {"sweep": own}, record, {})
        told = found.of("tilted valley")
        assert len(told) == expected
        for warning in told:
            assert f"lr^{float(record.tilt.value):.2g}" in warning.found


def test_a_straight_valley_is_no_warning() -> None:
    included = 0
    for number in range(STUDIES):
        study, own = valley_crossings(Valley("plain"), number, replicates=150)
        record = hyperparameters(own, study, PUBLISHED)
        includes = bool(record.tilt.low <= 0 <= record.tilt.high)
        warned = find_warnings(study, {"sweep": own}, record, {}).of("tilted valley")
        assert len(warned) == (not includes)
        assert ("includes zero" in terminal.tilt(record)) == includes
        included += includes
    assert included >= 9


def test_the_tilt_by_hand() -> None:
    """B grows an octave for each octave of η; ties are split, a single η is ignored."""
    best = {2e-4: (64,), 4e-4: (64, 256), 8e-4: (256,)}
    cells = {
        Setting("Synthetic0-v0", utd, size, rate): [100 - 50 * (size in best[rate])]
        for utd in (1.0, 2.0)
        for size in (64, 128, 256)
        for rate in best
    }
    study = make_study(sweep_levels=(400.0,))
    own = make_crossings(study, "sweep", cells, levels=(400.0,))
    found = hyperparameters(own, study, Choices())
    assert found.tilt.value == pytest.approx(1.0)
    assert found.tilt.low == pytest.approx(1.0)
    lone = {s: steps for s, steps in cells.items() if s.learning_rate == 2e-4}
    own = make_crossings(study, "sweep", lone, levels=(400.0,))
    record = hyperparameters(own, study, Choices())
    assert np.isnan(record.tilt.value)
    assert "unknown" in terminal.tilt(record)


# Rules of the votes.

NEVER = np.nan
SIZES, RATES = (64, 128, 256), (1.0, 2.0, 4.0)


def grid(best: tuple[float, float], utd: float = 1.0) -> dict[Setting, list[float]]:
    """Return data that is a quadratic, in logarithms, with its minimum at `best`."""
    return {
        Setting("Synthetic0-v0", utd, size, rate): [
            1e6 * np.exp(np.log(size / best[0]) ** 2 + np.log(rate / best[1]) ** 2)
        ]
        for size in SIZES
        for rate in RATES
    }


def best(
    cells: dict[Setting, list[float]], choices: Choices, **options: object
) -> dict[str, np.ndarray]:
    """Return best values, [replicates, environments, utds], of both hyperparameters."""
    own = make_crossings(make_study(), "sweep", cells, levels=(400.0,), **options)
    table = sweep_table(own, make_study().environment_names, np.array([True]))
    return best_values(table, choices, study="planted")


LOCAL, JOINT = Choices(), Choices(best_values="joint")


def test_the_local_rule_finds_a_minimum_between_the_values() -> None:
    cells = grid((100.0, 1.7)) | grid((180.0, 2.4), 2.0)
    found = best(cells, LOCAL)
    np.testing.assert_allclose(found["batch_size"][0], [[100, 180]], rtol=1e-5)
    np.testing.assert_allclose(found["learning_rate"][0], [[1.7, 2.4]], rtol=1e-5)
    found = best(cells, JOINT)
    np.testing.assert_allclose(found["batch_size"][0], [[128, 128]])
    np.testing.assert_allclose(found["learning_rate"][0], [[2, 2]])


@pytest.mark.parametrize("rule", ["local", "joint"])
def test_where_no_cell_reaches_the_level(rule: str) -> None:
    cells = grid((100.0, 1.7)) | {
        setting: [NEVER] for setting in grid((100.0, 1.7), 2.0)
    }
    choices = Choices(best_values=rule)
    found = best(cells, choices)
    assert np.isfinite(found["batch_size"][..., 0]).all()
    assert np.isnan(found["batch_size"][..., 1]).all()
    found = best(cells, replace(choices, unreached="smallest"))
    assert found["batch_size"][0, 0, 1] == pytest.approx(64)
    assert found["learning_rate"][0, 0, 1] == pytest.approx(1)


def test_the_grid_is_that_of_the_values_run_at_the_utd() -> None:
    """At σ = 2 the smallest B was not run: the minimum may lie half a step outside."""
    cells = grid((100.0, 1.7)) | grid((50.0, 1.7), 2.0)
    for setting, data in grid((25.0, 1.7), 2.0).items():  # as 512 is to 50
        if setting.batch_size == 256:
            cells[replace(setting, batch_size=512)] = data
    cut = {s: d for s, d in cells.items() if (s.utd, s.batch_size) != (2.0, 64)}
    found = best(cut, LOCAL)["batch_size"][0, 0]
    np.testing.assert_allclose(found, [100, 128 / np.sqrt(2)], rtol=1e-5)


@pytest.mark.parametrize("rule", ["local", "joint"])
def test_a_run_that_was_cut_short_leaves_no_winner(rule: str) -> None:
    cells = grid((128.0, 2.0)) | grid((128.0, 2.0), 2.0)
    short = Setting("Synthetic0-v0", 2.0, 128, 2.0)
    cells[short] = [NEVER]
    found = best(cells, Choices(best_values=rule), last_steps={short: 1000.0})
    assert np.isfinite(found["batch_size"][..., 0]).all()
    assert np.isnan(found["batch_size"][..., 1]).all()
    # As long as the others, it is slower than they are.
    found = best(cells, Choices(best_values=rule))
    assert np.isfinite(found["batch_size"]).all()


def test_levels_are_averaged_as_the_choice_says() -> None:
    one, other = grid((64.0, 2.0)), grid((256.0, 2.0))
    cells = {s: [one[s][0], 2 * other[s][0]] for s in one}
    own = make_crossings(make_study(), "sweep", cells, levels=(400.0, 800.0))
    table = sweep_table(own, ("Synthetic0-v0",), np.array([True, True]))
    for average, expected in (("geometric", 128), ("arithmetic", 160)):
        choices = replace(LOCAL, average=average, deciding_levels="fitted")
        found = best_values(table, choices, study="planted")["batch_size"]
        np.testing.assert_allclose(found, expected, rtol=1e-4)
