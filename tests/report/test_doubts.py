"""Captions contain the warnings that concern their figure, and no others."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.text import Text
from planted_results import planted_results

from value_scaling.records import Estimate, FittedLaw, PowerLaw
from value_scaling.records.stages.warnings import KINDS, Place, StudyWarning, Warnings
from value_scaling.report.figures import FIGURES, arguments, caption
from value_scaling.report.text.markdown import markdown_of

RESULTS = planted_results(measured=True)


def warning(kind: str, set_name: str, parameter: str = "") -> StudyWarning:
    return StudyWarning(
        kind,
        set_name,
        parameter,
        (Place(env="Walker2d-v4", utd=2.0),),
        f"1 of 2 D_J at 50% ({kind}, {set_name} {parameter})",
        "run more",
    )


OF_FITTED_RUNS = {
    "budget",
    "data_compute_frontier",
    "data_environments",
    "isoperformance",
}
"""Figures that do not show the sweep."""
ALL = Warnings(
    "planted",
    tuple(
        warning(kind, set_name, parameter)
        for kind in KINDS
        for set_name in ("sweep", "ours", "baseline")
        for parameter in ("", "batch_size", "learning_rate")
    ),
)


def told(slug: str, warnings: Warnings | None) -> str:
    records = arguments(slug, RESULTS.default)
    assert records is not None
    return caption(slug, RESULTS.study, *records, warnings=warnings)


@pytest.mark.parametrize("slug", [slug for slug in FIGURES if FIGURES[slug].needs])
def test_a_caption_tells_the_doubts_of_its_figure_alone(slug: str) -> None:
    plain, doubtful = told(slug, None), told(slug, ALL)
    if not FIGURES[slug].doubts:
        assert doubtful == plain
        return
    assert doubtful.startswith(f"{plain} \\textbf{{Doubtful.}} ")
    said = doubtful.removeprefix(plain)
    kinds = {each.partition(":")[0] for each in FIGURES[slug].doubts}
    assert kinds <= set(KINDS)
    for kind in KINDS:
        assert (f"({kind}, " in said) == (kind in kinds)
    set_name = "ours" if slug in OF_FITTED_RUNS else "sweep"
    assert f", {set_name} " in said
    assert said.count(", baseline ") == 0
    assert r"50\%" in said
    assert "$D_J$" in said
    assert "50% (" in markdown_of(said)


def test_a_parameter_has_its_own_doubts() -> None:
    for name, other in (
        ("batch_size", "learning_rate"),
        ("learning_rate", "batch_size"),
    ):
        said = told(f"{name}_environments", ALL)
        assert f"(edge of the grid, sweep {name})".replace("_", r"\_") in said
        assert f"sweep {other})".replace("_", r"\_") not in said


def test_nothing_doubtful_and_nothing_said() -> None:
    for slug in ("best_hyperparameters", "grid_search"):
        assert told(slug, Warnings("planted", ())) == told(slug, None)


def test_one_value_is_drawn_without_a_fit() -> None:
    records = RESULTS.default.hyperparameters
    assert records is not None
    best, count = records.learning_rate, len(records.learning_rate.environments)
    alone = PowerLaw(np.full(count, 4e-4), np.full(count, np.nan))
    draws = PowerLaw(np.full((9, count), 4e-4), np.full((9, count), np.nan))
    same = np.full(best.best.value.shape, 4e-4)
    single = replace(
        best,
        grid=((4e-4,),) * count,
        best=Estimate(same, same, same),
        shared=FittedLaw(alone, draws),
        separate=FittedLaw(alone, draws),
        constant=np.full(count, 4e-4),
    )
    fits = replace(records, learning_rate=single)
    for slug in ("best_hyperparameters", "learning_rate_environments"):
        figure = FIGURES[slug].draw(RESULTS.study, fits)
        figure.canvas.draw()
        texts = [text.get_text() for text in figure.findobj(Text)]
        assert not [text for text in texts if "nan" in text]
        axes = figure.axes[-1]
        low, high = axes.get_ylim()
        assert low < 4e-4 < high
        assert ("one value: nothing to fit" in texts) == (slug[:4] == "best")
