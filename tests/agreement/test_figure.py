"""The figure of docs/agreement.md."""

import json
from itertools import combinations
from pathlib import Path

from agreement.figure import draw


def test_titles_are_within_the_figure_and_do_not_overlap(root: Path) -> None:
    figure = draw(json.loads((root / "docs" / "agreement.json").read_text()))
    figure.draw_without_rendering()
    titles = [axes.title for axes in figure.axes]
    assert len(titles) > 10
    for title in titles:
        extent = title.get_window_extent()
        inside = figure.bbox.x0 <= extent.x0 and extent.x1 <= figure.bbox.x1
        assert inside, title.get_text()
    for one, other in combinations(titles, 2):
        overlap = one.get_window_extent().overlaps(other.get_window_extent())
        assert not overlap, (one.get_text(), other.get_text())
