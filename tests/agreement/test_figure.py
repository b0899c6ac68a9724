"""The figure of docs/agreement.md."""

import json
from itertools import combinations
from pathlib import Path

from agreement.figure import draw


def test_no_two_titles_overlap(root: Path) -> None:
    figure = draw(json.loads((root / "docs" / "agreement.json").read_text()))
    figure.draw_without_rendering()
    titles = [axes.title for axes in figure.axes]
    assert len(titles) > 10
    for one, other in combinations(titles, 2):
        overlap = one.get_window_extent().overlaps(other.get_window_extent())
        assert not overlap, (one.get_text(), other.get_text())
