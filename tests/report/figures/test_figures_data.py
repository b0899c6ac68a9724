"""Figures draw exactly the numbers in the records."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.lines import Line2D
from planted import (
    planted_budget,
    planted_crossings,
    planted_efficiency,
    planted_hyperparameters,
    planted_runs,
    planted_study,
)

from value_scaling.records import Estimate, Setting
from value_scaling.report.figures import FIGURES, caption
from value_scaling.report.html.plots import curves as plots
from value_scaling.stats.isotonic import isotonic_fit

STUDY = planted_study(environments=2)
NEVER = ((1, 0, 5),)
OURS = planted_efficiency(STUDY, never=NEVER)
BASELINE = planted_efficiency(STUDY, set_name="baseline", worse=0.2)
BUDGET = planted_budget(STUDY, OURS)
FITS = planted_hyperparameters(STUDY)
TOP = len(OURS.levels) - 1


def markers(axes: Axes, marker: str = "o") -> list[Line2D]:
    return [line for line in axes.lines if line.get_marker() == marker]


def labelled(axes: Axes, label: str) -> Line2D:
    (line,) = [line for line in axes.lines if line.get_label() == label]
    return line


def bars(axes: Axes) -> np.ndarray:
    """Return the lower and upper ends of the vertical bars, [bars, 2], as drawn."""
    segments = [
        segment
        for each in axes.collections
        if isinstance(each, LineCollection)
        for segment in each.get_segments()
    ]
    upright = [part for part in segments if part[0, 0] == part[1, 0]]
    return np.array([part[:, 1] for part in upright])


def same(line: Line2D, x: np.ndarray, y: np.ndarray) -> None:
    here = np.isfinite(y)
    np.testing.assert_allclose(line.get_xdata(), np.asarray(x)[here])
    np.testing.assert_allclose(line.get_ydata(), np.asarray(y)[here])


def ends(values: Estimate, index: object) -> np.ndarray:
    both = np.stack([values.low[index], values.high[index]], axis=-1)
    return both[np.isfinite(both).all(axis=-1)]


def test_the_frontier_shows_runs_laws_and_intervals() -> None:
    left, right = FIGURES["data_compute_frontier"].draw(STUDY, OURS, BUDGET).axes
    same(markers(left)[0], OURS.utds, OURS.pooled.value[:, TOP])
    np.testing.assert_allclose(bars(left), ends(OURS.pooled, np.s_[:, TOP]))
    law = left.lines[0]
    np.testing.assert_allclose(law.get_ydata(), OURS.law.value(law.get_xdata())[TOP])
    same(right.lines[0], BUDGET.frontier_compute[TOP], BUDGET.frontier_data[TOP])
    runs = BUDGET.run_compute[TOP], BUDGET.run_data[TOP]
    same(
        markers(right)[0], runs[0][np.isfinite(runs[1])], runs[1][np.isfinite(runs[1])]
    )
    asymptote = OURS.law.asymptote.value[TOP]
    for axes in (left, right):
        assert axes.lines[-1].get_ydata() == pytest.approx([asymptote, asymptote])


def test_diagonal_bars_keep_data_and_compute_in_proportion() -> None:
    _, right = FIGURES["data_compute_frontier"].draw(STUDY, OURS, BUDGET).axes
    diagonal = [line for line in right.lines if len(line.get_xdata()) == 2][:-1]
    shown = np.flatnonzero(np.isfinite(OURS.pooled.low[:, TOP]))
    assert len(diagonal) == len(shown)
    for line, run in zip(diagonal, shown, strict=True):
        low_high = OURS.pooled.low[run, TOP], OURS.pooled.high[run, TOP]
        np.testing.assert_allclose(line.get_ydata(), low_high)
        slope = BUDGET.run_compute[TOP, run] / BUDGET.run_data[TOP, run]
        np.testing.assert_allclose(line.get_xdata(), np.multiply(low_high, slope))


def test_open_intervals_point_along_the_diagonal_too() -> None:
    high = BASELINE.pooled.high.copy()
    high[2, TOP] = np.nan
    pooled = replace(BASELINE.pooled, high=high)
    budget = planted_budget(STUDY, BASELINE)
    figure = FIGURES["data_compute_frontier"].draw(
        STUDY, replace(BASELINE, pooled=pooled), budget
    )
    (arrow,) = [text for text in figure.axes[1].texts if text.arrowprops]
    share = budget.run_compute[TOP, 2] / budget.run_data[TOP, 2]
    low = pooled.low[2, TOP]
    assert arrow.xyann == pytest.approx((share * low, low))
    assert arrow.xy[0] / arrow.xy[1] == pytest.approx(share)


def test_isoperformance_shows_frontiers_optima_and_their_law() -> None:
    axes = FIGURES["isoperformance"].draw(STUDY, OURS, BUDGET).axes[0]
    for level in range(len(BUDGET.levels)):
        frontier = BUDGET.frontier_compute[level], BUDGET.frontier_data[level]
        same(axes.lines[level], *frontier)
    optima = markers(axes, "o") + markers(axes, "X")
    assert len(markers(axes, "X")) == STUDY.held_out_levels
    drawn = np.array([[line.get_xdata()[0], line.get_ydata()[0]] for line in optima])
    np.testing.assert_allclose(drawn[:, 0], BUDGET.compute_star.value)
    np.testing.assert_allclose(drawn[:, 1], BUDGET.data_star.value)
    (dashed,) = [line for line in axes.lines if line.get_linestyle() == "--"]
    np.testing.assert_allclose(
        dashed.get_ydata(), BUDGET.exchange_law.value(dashed.get_xdata())
    )


def test_curves_of_equal_budget_touch_their_optimum() -> None:
    axes = FIGURES["isoperformance"].draw(STUDY, OURS, BUDGET).axes[0]
    curves = [line for line in axes.lines if line.get_linewidth() == 0.5]
    assert len(curves) == len(BUDGET.levels)
    for curve, total in zip(curves, BUDGET.budget.value, strict=True):
        spent = curve.get_xdata() + BUDGET.delta * curve.get_ydata()
        np.testing.assert_allclose(spent, total)


def test_the_budget_figure_tells_fitted_levels_from_held_out_ones() -> None:
    (axes,) = FIGURES["budget"].draw(STUDY, OURS, BUDGET).axes
    total, star = BUDGET.budget.value, BUDGET.utd_star
    fitted, held = BUDGET.fitted, ~BUDGET.fitted
    assert not BUDGET.at_edge.any()
    same(labelled(axes, "Fitted"), total[fitted], star.value[fitted])
    same(labelled(axes, "Held out"), total[held], star.value[held])
    order = np.r_[np.flatnonzero(fitted), np.flatnonzero(held)]
    np.testing.assert_allclose(bars(axes), ends(star, order))
    law = labelled(axes, r"Fit $\sigma^{*}(F)$")
    np.testing.assert_allclose(law.get_ydata(), BUDGET.utd_law.value(law.get_xdata()))


def test_every_level_has_its_runs_and_its_law() -> None:
    drawn = FIGURES["all_levels"].draw(STUDY, OURS).axes
    assert len(drawn) == len(OURS.levels)
    for level, axes in enumerate(drawn):
        same(labelled(axes, "Runs"), OURS.utds, OURS.pooled.value[:, level])
        law = labelled(axes, "Fit")
        expected = OURS.law.value(law.get_xdata())[level]
        np.testing.assert_allclose(law.get_ydata(), expected)
        band = OURS.law.at(law.get_xdata())
        ys = axes.collections[0].get_paths()[0].vertices[:, 1]
        np.testing.assert_allclose(
            [ys.min(), ys.max()], [band.low[level].min(), band.high[level].max()]
        )


def test_both_sets_are_drawn_at_one_level_slightly_apart() -> None:
    (axes,) = FIGURES["ours_and_constant"].draw(STUDY, OURS, BASELINE).axes
    for line, data in zip(markers(axes), (OURS, BASELINE), strict=True):
        y = data.pooled.value[:, TOP]
        np.testing.assert_allclose(line.get_ydata(), y[np.isfinite(y)])
        ratio = line.get_xdata() / data.utds[np.isfinite(y)]
        assert np.all(abs(ratio - 1) < 0.05)
    dashed = [line for line in axes.lines if line.get_linestyle() == "--"]
    np.testing.assert_allclose(
        [line.get_ydata()[0] for line in dashed],
        [data.law.asymptote.value[TOP] for data in (OURS, BASELINE)],
    )


def test_extrapolation_holds_out_the_far_side() -> None:
    lower, upper = FIGURES["extrapolation"].draw(STUDY, BASELINE).axes
    split, y = BASELINE.split_utd, BASELINE.pooled.value[:, TOP]
    sides = (
        (lower, BASELINE.utds <= split, BASELINE.lower_law),
        (upper, BASELINE.utds >= split / 2, BASELINE.upper_law),
    )
    for axes, seen, fitted in sides:
        same(labelled(axes, "Fitted runs"), BASELINE.utds[seen], y[seen])
        same(labelled(axes, "Held-out runs"), BASELINE.utds[~seen], y[~seen])
        whole = labelled(axes, "Extrapolated fit")
        expected = fitted.value(whole.get_xdata())[TOP]
        np.testing.assert_allclose(whole.get_ydata(), expected)
        inside = labelled(axes, "Fit").get_xdata()
        assert inside.min() >= BASELINE.utds[seen].min() * 0.99
        assert inside.max() <= BASELINE.utds[seen].max() * 1.01


def test_a_fit_with_as_many_parameters_as_points_has_no_band() -> None:
    assert (BASELINE.utds <= BASELINE.split_utd).sum() == 3
    assert (BASELINE.utds >= BASELINE.split_utd / 2).sum() > 3
    lower, upper = FIGURES["extrapolation"].draw(STUDY, BASELINE).axes
    for axes, exact in ((lower, True), (upper, False)):
        texts = [text.get_text() for text in axes.texts]
        assert ("3 points, 3 parameters: no interval" in texts) == exact
        bands = [c for c in axes.collections if isinstance(c, PolyCollection)]
        assert bool(bands) != exact
    text = caption("extrapolation", STUDY, BASELINE)
    assert "No band on the left: " in text
    more = planted_efficiency(STUDY, utds=tuple(2.0**power for power in range(-4, 4)))
    assert "No band" not in caption("extrapolation", STUDY, more)


def test_environments_show_their_own_data_and_what_is_never_reached() -> None:
    drawn = FIGURES["data_environments"].draw(STUDY, OURS).axes
    for index, axes in enumerate(drawn):
        same(markers(axes)[0], OURS.utds, OURS.data.value[index, :, TOP])
        law = axes.lines[0]
        expected = OURS.environment_laws.value(law.get_xdata())[index, TOP]
        np.testing.assert_allclose(law.get_ydata(), expected)
        never = [cell[1] for cell in NEVER if cell[0] == index]
        triangles = markers(axes, "^")[0].get_xdata()
        np.testing.assert_allclose(triangles, OURS.utds[never])


def test_shifted_environments_keep_their_distance_from_their_own_fit() -> None:
    for axes, best in zip(
        FIGURES["best_hyperparameters"].draw(STUDY, FITS).axes,
        (FITS.batch_size, FITS.learning_rate),
        strict=True,
    ):
        line = labelled(axes, "Fit, shared slope")
        common = np.log(line.get_ydata()[0]), np.log(line.get_xdata()[0])
        slope = best.shared.exponent.value[0]
        for index, shifted in enumerate([*markers(axes, "o"), *markers(axes, "s")]):
            own = np.log(best.best.value[index] / best.shared.value(best.utds)[index])
            on_line = common[0] + slope * (np.log(best.utds) - common[1])
            moved = np.log(shifted.get_ydata()) - on_line
            np.testing.assert_allclose(moved, own, atol=1e-9)
            assert abs(own).max() > 1e-3
        dashed = labelled(axes, "Mean in log space").get_ydata()[0]
        crossing = common[0] + slope * (np.log(best.utds).mean() - common[1])
        assert np.log(dashed) == pytest.approx(crossing)


def test_an_environment_shows_estimates_fits_proposals_and_grid() -> None:
    drawn = FIGURES["batch_size_environments"].draw(STUDY, FITS).axes
    best = FITS.batch_size
    for index, axes in enumerate(drawn):
        same(markers(axes)[-1], best.utds, best.best.value[index])
        np.testing.assert_allclose(bars(axes), ends(best.best, index))
        (proposed,) = markers(axes, "s")
        name = best.environments[index]
        expected = [
            (p.utd, p.batch_size_rounded) for p in FITS.proposals if p.env == name
        ]
        np.testing.assert_allclose(proposed.get_xydata(), expected)
        levels = [line.get_ydata()[0] for line in axes.lines[: len(best.grid[index])]]
        assert tuple(levels) == best.grid[index]
        assert [t.get_text() for t in axes.get_yticklabels()] == ["128", "256", "512"]


def test_learning_curves_mark_where_the_fit_reaches_a_level() -> None:
    runs = planted_runs(STUDY)
    crossings = planted_crossings(runs)
    fits = {c.setting: isotonic_fit(c.returns.mean(axis=1)) for c in runs.curves}
    drawn = FIGURES["learning_curves"].draw(STUDY, crossings, runs, fits).axes
    settings = iter(crossings.settings)
    for axes in drawn:
        for line in markers(axes):
            setting = next(settings)
            row = crossings.settings.index(setting)
            steps = crossings.steps[row][[0, 2, 5]]
            np.testing.assert_allclose(line.get_xdata(), steps)
        thick = [line for line in axes.lines if line.get_linewidth() == 1.1]
        own = [c.setting for c in runs.curves if c.setting.env == axes.get_title()]
        for line, setting in zip(thick, own, strict=True):
            np.testing.assert_allclose(line.get_ydata(), fits[setting])


def test_a_level_reached_at_step_0_does_not_enter_the_axis_of_steps() -> None:
    runs = planted_runs(STUDY)
    crossings = planted_crossings(runs)
    steps = crossings.steps.copy()
    steps[:, 0] = 0
    at_start = replace(crossings, steps=steps)
    fits = {c.setting: isotonic_fit(c.returns.mean(axis=1)) for c in runs.curves}
    pages = plots.learning_curves(STUDY, at_start, runs, fits)
    drawn = FIGURES["learning_curves"].draw(STUDY, at_start, runs, fits).axes
    first = runs.curves[0].steps[0]
    for page, axes in zip(pages, drawn, strict=True):
        low, high = page["x"]["range"]
        assert first / 3 <= low < high
        assert axes.get_xlim() == pytest.approx((low, high))


def test_shade_is_between_quartiles_so_that_one_failed_seed_does_not_fill_it() -> None:
    runs = planted_runs(STUDY)
    curve = runs.curves[0]
    fits = {c.setting: isotonic_fit(c.returns.mean(axis=1)) for c in runs.curves}
    axes = (
        FIGURES["learning_curves"]
        .draw(STUDY, planted_crossings(runs), runs, fits)
        .axes[0]
    )
    shade = axes.collections[0].get_paths()[0].vertices
    for step in np.unique(shade[:, 0]):
        here = np.quantile(curve.returns[curve.steps == step][0], (0.25, 0.75))
        ends = shade[shade[:, 0] == step, 1]
        assert [ends.min(), ends.max()] == pytest.approx(here.tolist())


def test_sweep_curves_are_those_of_the_constant_choice() -> None:
    runs = planted_runs(STUDY, utds=STUDY.sweep_utds, set_name="sweep")
    crossings = planted_crossings(runs)
    fits = {c.setting: isotonic_fit(c.returns.mean(axis=1)) for c in runs.curves}
    drawn = FIGURES["sweep_curves"].draw(STUDY, crossings, FITS, runs, fits).axes
    for axes, choice in zip(drawn, FITS.baseline, strict=True):
        pair = choice.batch_size, choice.learning_rate
        thick = [line for line in axes.lines if line.get_linewidth() == 1.1]
        for line, utd in zip(thick, STUDY.sweep_utds, strict=True):
            expected = fits[Setting(choice.env, utd, *pair)]
            np.testing.assert_allclose(line.get_ydata(), expected)


def test_environments_stand_in_the_order_of_the_study() -> None:
    turned = replace(STUDY, environments=STUDY.environments[::-1])
    runs = planted_runs(STUDY, utds=STUDY.sweep_utds, set_name="sweep")
    crossings = planted_crossings(runs)
    fits = {c.setting: isotonic_fit(c.returns.mean(axis=1)) for c in runs.curves}
    drawn = FIGURES["learning_curves"].draw(turned, crossings, runs, fits).axes
    assert [axes.get_title() for axes in drawn] == list(turned.environment_names)
    grid = FIGURES["grid_search"].draw(turned, crossings, FITS).axes
    names = [axes.get_ylabel() for axes in grid if axes.images and axes.get_ylabel()]
    assert names == list(turned.environment_names)


def test_captions_tell_what_has_no_curve_or_point() -> None:
    runs = planted_runs(STUDY, utds=STUDY.sweep_utds, set_name="sweep")
    crossings = planted_crossings(runs)
    told = "Not every $\\sigma$ was run"
    assert told not in caption("sweep_curves", STUDY, crossings, FITS)
    choice = FITS.baseline[0]
    left_out = Setting(choice.env, 4.0, choice.batch_size, choice.learning_rate)
    few = replace(runs, curves=tuple(c for c in runs.curves if c.setting != left_out))
    fewer = planted_crossings(few)
    assert len(fewer.settings) == len(crossings.settings) - 1
    assert told in caption("sweep_curves", STUDY, fewer, FITS)

    never = planted_efficiency(STUDY, set_name="baseline", never=((0, 1, 5),))
    assert np.isnan(never.pooled.value[1, 5])
    assert OURS.utds[1] == 0.5
    here = r"at $\sigma=1/2$: not every environment"
    text = caption("ours_and_constant", STUDY, BASELINE, never)
    assert f"No orange point {here}" in text
    assert "blue point" not in text
    assert f"No point {here}" in caption("extrapolation", STUDY, never)
    assert "No point" not in caption("extrapolation", STUDY, BASELINE)


def test_the_grid_search_shows_each_cell_against_the_best() -> None:
    runs = planted_runs(STUDY, utds=STUDY.sweep_utds, set_name="sweep")
    crossings = planted_crossings(runs)
    figure = FIGURES["grid_search"].draw(STUDY, crossings, FITS)
    maps = [axes for axes in figure.axes if axes.images]
    assert len(maps) == len(STUDY.environments) * len(STUDY.sweep_utds)
    table = {
        (s.env, s.utd, s.batch_size, s.learning_rate): steps[-1]
        for s, steps in zip(crossings.settings, crossings.steps, strict=True)
    }
    task, utd = STUDY.environments[1], STUDY.sweep_utds[2]
    shown = maps[len(STUDY.sweep_utds) + 2]
    data = np.array(
        [
            [table[task.name, utd, batch, rate] for batch in task.batch_sizes]
            for rate in task.learning_rates
        ]
    )
    ratio = data / data.min()
    np.testing.assert_allclose(shown.images[0].get_array(), np.minimum(ratio, 4))
    row, column = np.unravel_index(data.argmin(), data.shape)
    assert markers(shown)[0].get_xydata() == pytest.approx(np.array([[column, row]]))
