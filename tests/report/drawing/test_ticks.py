"""Ticks are few and round, lie inside the axis, and have readable labels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from value_scaling.records import Estimate, entry
from value_scaling.report.drawing import captions, marks, ticks
from value_scaling.report.drawing.style import panels


@pytest.mark.parametrize(
    ("utd", "text"),
    [(0.25, "1/4"), (1, "1"), (16, "16"), (1 / 3, "1/3"), (0.3, "0.3"), (1.5, "1.5")],
)
def test_a_utd_is_written_as_it_is_spoken(utd: float, text: str) -> None:
    assert ticks.utd_text(utd) == text


def test_a_tiny_utd_is_a_power_of_two() -> None:
    assert ticks.utd_text(2.0**-13) == "$2^{-13}$"


@pytest.mark.parametrize(
    ("steps", "text"),
    [(950, "950"), (54_321, "54.3k"), (999_900, "1M"), (1.5e6, "1.5M"), (2e9, "2G")],
)
def test_steps_have_suffixes(steps: float, text: str) -> None:
    assert ticks.steps_text(steps) == text


@given(
    st.floats(1e-6, 1e12),
    st.floats(1.15, 1e6),
    st.integers(3, 8),
)
def test_ticks_are_few_inside_and_ascending(
    low: float, ratio: float, most: int
) -> None:
    found = ticks.nice_ticks(low, low * ratio, most)
    assert 1 <= len(found) <= most
    assert np.all(np.diff(found) > 0)
    assert found[0] >= low * (1 - 1e-6)
    assert found[-1] <= low * ratio * (1 + 1e-6)


def test_every_utd_is_marked_and_those_with_room_are_labelled() -> None:
    axes = Figure().subplots()
    ticks.utd_axis(axes, np.array([1.0, 2, 3, 4, 5, 8]), most=5)
    labels = [text.get_text() for text in axes.get_xticklabels()]
    assert labels == ["1", "2", "", "4", "", "8"]
    assert list(axes.get_xticks()) == [1, 2, 3, 4, 5, 8]


def test_large_numbers_are_told_in_a_power_of_ten() -> None:
    axes = Figure().subplots()
    axes.set_xlim(1e14, 5e14)
    ticks.scaled_axis(axes, "x", "Compute", "FLOPs")
    assert axes.get_xlabel() == r"Compute ($10^{14}$ FLOPs)"
    assert [text.get_text() for text in axes.get_xticklabels()] == [
        "1",
        "1.5",
        "2",
        "3",
        "5",
    ]


def test_an_interval_that_misses_its_value_is_drawn_as_it_is() -> None:
    axes = Figure().subplots()
    values = Estimate(np.array([5.0, 3.0]), np.array([6.0, np.nan]), np.array([7.0, 9]))
    marks.points(axes, np.array([1.0, 2.0]), values, colour="black")
    (only,) = axes.collections[0].get_segments()
    assert only.tolist() == [[1.0, 6.0], [1.0, 7.0]]
    assert axes.lines[0].get_ydata().tolist() == [5.0, 3.0]


def test_an_interval_without_an_upper_end_is_an_arrow_inside_the_range() -> None:
    axes = Figure().subplots()
    values = Estimate(np.array([5.0, 3.0]), np.array([4.0, 2.0]), np.array([np.nan, 4]))
    marks.points(axes, np.array([1.0, 2.0]), values, colour="black")
    (arrow,) = axes.texts
    assert (arrow.xyann, arrow.xy) == ((1.0, 4.0), (1.0, 5.0 * marks.OPEN))
    assert len(axes.collections[0].get_segments()) == 1
    marks.level_limits(axes, values)
    assert axes.get_ylim()[1] > 5.0 * marks.OPEN
    assert "arrow: no upper end" in captions.intervals(values)
    assert "arrow" not in captions.intervals(entry(values, slice(1, None)))


@pytest.mark.parametrize("count", range(1, 21))
def test_panels_fill_their_rows(count: int) -> None:
    figure, flat = panels(count)
    assert len(flat) == len(figure.axes) == count
    columns = flat[0].get_subplotspec().get_gridspec().ncols
    assert columns <= 4
    assert -count % columns <= min(-count % fewer for fewer in range(min(3, count), 5))


def test_batch_sizes_of_a_grid_are_exact() -> None:
    """1024 is not written as 1020."""
    axes = Figure().add_subplot()
    axes.plot([1, 2], [16, 4096])
    ticks.grid_axis(axes, (16, 96, 1024, 4096))
    texts = [label.get_text() for label in axes.get_yticklabels()]
    assert texts == ["16", "96", "1024", "4096"]
