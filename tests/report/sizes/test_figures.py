"""Figures of studies of σ and N."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.text import Text

from value_scaling.records.model_size.record import ModelSizes
from value_scaling.report.sizes.figures import SIZE_FIGURES, available_sizes, stem
from value_scaling.report.sizes.results import SizeResults


@pytest.mark.parametrize("slug", SIZE_FIGURES)
def test_each_figure_is_drawn_with_intervals_and_small_enough(
    slug: str, results: SizeResults
) -> None:
    figure = SIZE_FIGURES[slug].draw(results)
    width, height = figure.get_size_inches()
    assert width <= 6.76
    assert height <= 8.5
    lines = [c for axes in figure.axes for c in axes.collections if len(c.get_paths())]
    assert lines  # intervals are collections of lines or bands
    sizes = {text.get_fontsize() for text in figure.findobj(Text) if text.get_text()}
    assert min(sizes) >= 7
    words = SIZE_FIGURES[slug].caption(results)
    assert words.startswith(r"\textbf{Planted sizes")
    assert "interval" in words
    assert words.count("{") == words.count("}")
    assert words.count("$") % 2 == 0


def test_the_optima_of_the_record_are_the_points_of_the_panels(
    results: SizeResults,
) -> None:
    optima = results.tasks()["group/walk"].optima
    figure = SIZE_FIGURES["optima_along_budget"].draw(results)
    axes = figure.axes[2]  # D, C, σ*, N*
    drawn = np.concatenate(
        [line.get_ydata() for line in axes.lines if line.get_linestyle() == "None"]
    )
    expected = optima.utd.value[optima.counted]
    assert sorted(drawn) == pytest.approx(sorted(expected))


def test_a_figure_without_data_is_left_out(results: SizeResults) -> None:
    record = replace(results.record, passive_critics={}, td_errors={})
    fewer = available_sizes(SizeResults(results.study, record))
    assert available_sizes(results).keys() - fewer.keys() == {
        "passive_critic",
        "td_errors",
    }
    nothing = ModelSizes("planted", {"default": {}, "published": {}})
    assert not available_sizes(SizeResults(results.study, nothing))


def test_only_figure_2_has_no_study_in_its_name() -> None:
    names = {stem("mine", slug) for slug in SIZE_FIGURES}
    assert {name for name in names if not name.startswith("mine_")} == {"figure2"}
