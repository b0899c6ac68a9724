"""Every figure is legible and has a caption, on planted records of many shapes."""

import io
import subprocess
import sys
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from planted import (
    planted_budget,
    planted_crossings,
    planted_diagnostics,
    planted_efficiency,
    planted_hyperparameters,
    planted_law_choice,
    planted_regret,
    planted_runs,
    planted_study,
    published_efficiency,
)
from planted_sensitivity import planted_sensitivity

from value_scaling.records import Study
from value_scaling.report import figures
from value_scaling.report.drawing.style import SMALLEST
from value_scaling.report.figures import FIGURES, ORDER, arguments, caption
from value_scaling.report.figures.figure1 import Row
from value_scaling.report.original import Original
from value_scaling.report.results import Results
from value_scaling.report.text.markdown import markdown_of
from value_scaling.stats.isotonic import isotonic_fit


@dataclass(frozen=True)
class Shape:
    """A study's size, its missing cells, and whether its `ours` data are published."""

    environments: int = 4
    levels: tuple[float, ...] = (300.0, 500.0, 700.0, 750.0, 800.0)
    utds: tuple[float, ...] = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
    sweep_utds: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0)
    never: tuple[tuple[int, int, int], ...] = ()
    missing: tuple[tuple[int, int], ...] = ()
    published: bool = False


SHAPES = {
    "usual": Shape(),
    "one of each": Shape(1, (800.0,), (0.5, 1.0, 2.0), (1.0, 2.0)),
    "published": Shape(2, published=True),
    # Environment 0 never reaches the top level; one cell of another is missing.
    "unreached": Shape(
        3,
        never=(*((0, utd, 4) for utd in range(6)), (1, 0, 3)),
        missing=((0, 0), (0, 1), (0, 2), (0, 3), (1, 2)),
    ),
    "tiny σ": Shape(2, utds=tuple(2.0**power for power in range(-13, -6))),
    "many": Shape(
        12,
        tuple(np.linspace(200, 900, 20)),
        tuple(2.0**power for power in range(-4, 6)),
        (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0),
    ),
}
POINTS = Original(np.array([0.5, 2.0]), np.array([3e4, 2e4]), ("other runs",))
ORIGINAL = {
    "data": POINTS,
    "frontier": replace(POINTS, x=np.array([1e11, 3e11])),
    "budget": replace(POINTS, x=np.array([1e11, 3e11]), y=np.array([1.0, 3.0])),
    "isoperformance": replace(POINTS, x=np.array([1e11, 3e11])),
}
MANY = ("best_hyperparameters", "batch_size_environments", "data_environments")
MANY += ("all_levels", "isoperformance", "budget", "overfitting", "parameter_norm")
"""Figures whose layout differs in the large study; the others would only be slow."""
CASES = [
    (name, slug) for name in SHAPES for slug in (MANY if name == "many" else FIGURES)
]


@cache
def planted(name: str) -> tuple[Study, Results]:
    shape = SHAPES[name]
    study = planted_study(
        environments=shape.environments, levels=shape.levels, utds=shape.sweep_utds
    )
    ours = (
        published_efficiency(study, utds=shape.utds)
        if shape.published
        else planted_efficiency(study, utds=shape.utds, never=shape.never)
    )
    data = {
        "ours": ours,
        "baseline": planted_efficiency(
            study, utds=shape.utds, set_name="baseline", worse=0.2
        ),
    }
    levels = shape.levels
    crossings = {
        part: planted_crossings(runs_of(name, part), levels=levels)
        for part in ("sweep", "ours", "baseline")
    }
    budgets = {part: planted_budget(study, each) for part, each in data.items()}
    fits = planted_hyperparameters(study, missing=shape.missing)
    measured = planted_diagnostics(study, unknown=range(0, 5 * len(shape.never), 5))
    laws = planted_law_choice(study, "ours", "baseline")
    return study, Results(
        crossings,
        fits,
        data,
        budgets,
        measured,
        original=ORIGINAL,
        law_choice=laws,
        regret=planted_regret(study),
        sensitivity=planted_sensitivity(study, ("sweep", *data)),
    )


@cache
def runs_of(name: str, part: str):
    shape = SHAPES[name]
    study = planted_study(environments=shape.environments, utds=shape.sweep_utds)
    utds = shape.sweep_utds if part == "sweep" else shape.utds
    return planted_runs(study, utds=utds, set_name=part)


def records(name: str, slug: str) -> tuple:
    study, results = planted(name)
    if slug == "figure1":
        data, budgets = results.data, results.budget
        part = Row(study, data["ours"], budgets["ours"], original=ORIGINAL)
        constant = data["baseline"], budgets["baseline"]
        return ([part, replace(part, constant=constant)],)
    chosen = arguments(slug, results)
    assert chosen is not None
    return study, *chosen


@cache
def drawn(name: str, slug: str) -> Figure:
    chosen = records(name, slug)
    if FIGURES[slug].also:
        runs = runs_of(name, chosen[1].set_name)
        fits = {c.setting: isotonic_fit(c.returns.mean(axis=1)) for c in runs.curves}
        chosen = (*chosen, runs, fits)
    return FIGURES[slug].draw(*chosen)


@pytest.mark.parametrize(("name", "slug"), CASES)
def test_a_figure_is_legible(name: str, slug: str) -> None:
    figure = drawn(name, slug)
    assert not overlapping_ticks(figure)
    assert not cut_off(figure)


@pytest.mark.parametrize(("name", "slug"), CASES)
def test_type_is_not_too_small_and_no_legend_lies_on_data(name: str, slug: str) -> None:
    """Figures are printed at the size at which they are drawn."""
    figure = drawn(name, slug)
    texts = figure.findobj(lambda part: isinstance(part, Text) and part.get_text())
    assert min(text.get_fontsize() for text in texts) >= SMALLEST
    assert all(axes.get_legend() is None for axes in figure.axes)
    assert "Law" not in " ".join(text.get_text() for text in texts)


def overlapping_ticks(figure: Figure) -> list[str]:
    """Return neighbouring tick labels of one axis that touch."""
    found = []
    for axes in figure.axes:
        for axis, along in ((axes.xaxis, 0), (axes.yaxis, 1)):
            boxes = [
                (label.get_text(), label.get_window_extent())
                for label in axis.get_ticklabels()
                if label.get_visible() and label.get_text()
            ]
            boxes.sort(key=lambda pair: pair[1].min[along])
            found += [
                f"{left} | {right}"
                for (left, one), (right, two) in pairwise(boxes)
                if one.max[along] > two.min[along]
            ]
    return found


def cut_off(figure: Figure) -> list[str]:
    """Return titles, axis labels and legends that extend beyond the figure."""
    texts = [*figure.texts, *(t for each in figure.legends for t in each.get_texts())]
    for axes in figure.axes:
        texts += [axes.title, axes.xaxis.label, axes.yaxis.label]
    width, height = figure.bbox.size
    found = []
    for text in texts:
        box = text.get_window_extent()
        inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= width + 1
        if text.get_text() and not (inside and box.y1 <= height + 1):
            found.append(text.get_text())
    return found


def test_overlaps_and_cuts_are_seen() -> None:
    figure = Figure(figsize=(1, 1))
    axes = figure.subplots()
    axes.set_xticks([0, 0.01], ["a long label", "another one"])
    axes.set_ylabel("much too long a label for a figure of an inch")
    figure.draw_without_rendering()
    assert len(overlapping_ticks(figure)) == 1
    assert cut_off(figure) == ["much too long a label for a figure of an inch"]


@pytest.mark.parametrize("slug", FIGURES)
def test_a_slug_is_the_name_of_its_module(slug: str) -> None:
    module = import_module(f"value_scaling.report.figures.{slug}")
    assert module.FIGURE is FIGURES[slug]


def test_every_module_is_a_figure_and_the_stated_order_comes_first() -> None:
    (folder,) = figures.__path__
    there = {path.stem for path in Path(folder).glob("*.py")} - {"__init__"}
    assert FIGURES.keys() == there
    assert tuple(FIGURES)[: len(ORDER)] == ORDER


@pytest.mark.parametrize("slug", [slug for slug in FIGURES if slug != "figure1"])
def test_a_caption_names_the_study_and_its_runs(slug: str) -> None:
    text = caption(slug, *records("usual", slug))
    assert r"\textbf{Planted \& sown: " in text
    assert "runs" in text
    assert "published" not in text
    assert text.count("{") == text.count("}")
    assert text.count("$") % 2 == 0


@pytest.mark.parametrize(
    "slug", ["all_levels", "data_compute_frontier", "isoperformance", "budget"]
)
def test_a_caption_says_that_coefficients_are_published(slug: str) -> None:
    text = caption(slug, *records("published", slug))
    assert "published coefficients (the authors' repository)" in text
    assert "bootstrap" not in text


def test_the_first_caption_tells_runs_from_published_coefficients() -> None:
    (both,) = records("usual", "figure1")
    (published,) = records("published", "figure1")
    make = FIGURES["figure1"].caption
    assert "published" not in make(both)
    assert "Diamonds" not in make(both[:1])
    assert "for Planted \\& sown, published coefficients" in make(
        [*both[:1], published[0]]
    )
    assert "Diamonds, Planted \\& sown: runs with constant" in make(published)


def test_the_first_figure_has_the_papers_rows_first_and_names_their_level() -> None:
    study, results = planted("published")
    rows = [
        Row(replace(study, name=name, title=name), results.data["ours"],
            results.budget["ours"])
        for name in ("classic", "gym", "own", "dmc")
    ]  # fmt: skip
    figure = FIGURES["figure1"].draw(rows)
    left = [axes for axes in figure.axes if axes.get_title(loc="left")]
    assert [axes.get_title(loc="left") for axes in left] == ["dmc", "gym", "classic",
                                                             "own"]  # fmt: skip
    assert {axes.get_ylabel() for axes in left} == {"Data to reach $J$ = 800"}
    columns = [axes for axes in figure.axes if "FLOPs" in axes.get_xlabel()]
    for row in range(4):
        powers = {axes.get_xlabel().split("(")[1] for axes in columns[3 * row :][:3]}
        assert len(powers) == 1


def test_constant_runs_stand_in_the_first_figure_with_their_intervals() -> None:
    _, results = planted("published")
    (rows,) = records("published", "figure1")
    axes = FIGURES["figure1"].draw(rows[1:]).axes[0]
    (diamonds,) = [line for line in axes.lines if line.get_marker() == "D"]
    data, budget = results.data["baseline"], results.budget["baseline"]
    np.testing.assert_allclose(diamonds.get_ydata(), data.pooled.value[:, -1])
    np.testing.assert_allclose(diamonds.get_xdata(), budget.run_compute[-1])
    bars = [
        line.get_ydata()
        for line in axes.lines
        if len(line.get_ydata()) == 2 and line.get_color() == diamonds.get_color()
    ]
    ends = np.stack([data.pooled.low[:, -1], data.pooled.high[:, -1]], axis=1)
    np.testing.assert_allclose(bars, ends)


@pytest.mark.parametrize(
    ("slug", "panel", "place"),
    [
        ("data_compute_frontier", "data", 0),
        ("data_compute_frontier", "frontier", 1),
        ("budget", "budget", 0),
        ("isoperformance", "isoperformance", 0),
        ("figure1", "frontier", 0),
        ("figure1", "budget", 1),
        ("figure1", "isoperformance", 2),
    ],
)
def test_the_original_figure_is_overlaid(slug: str, panel: str, place: int) -> None:
    axes = drawn("usual", slug).axes[place]
    (squares,) = [line for line in axes.lines if line.get_marker() == "s"]
    np.testing.assert_allclose(squares.get_xdata(), ORIGINAL[panel].x)
    np.testing.assert_allclose(squares.get_ydata(), ORIGINAL[panel].y)
    low, high = axes.get_ylim()
    assert low < min(ORIGINAL[panel].y)
    assert max(ORIGINAL[panel].y) < high
    texts = drawn("usual", slug).legends[0].get_texts()
    assert "The paper's Figure 1" in [text.get_text() for text in texts]
    make = FIGURES[slug].caption
    told = "rey squares: digitised from the paper's Figure 1 (other runs)."
    assert told in make(*records("usual", slug))
    if slug != "figure1":
        study, results = planted("usual")
        without = study, results.data["ours"], results.budget["ours"]
        assert "rey squares" not in make(*without)


def test_figures_of_runs_take_the_first_set_that_has_runs() -> None:
    _, results = planted("published")
    chosen = arguments("extrapolation", results)
    assert chosen is not None
    assert chosen[0].set_name == "baseline"
    frontier = arguments("budget", results)
    assert frontier is not None
    assert frontier[0].set_name == "ours"


@pytest.mark.parametrize("slug", [slug for slug in FIGURES if slug != "figure1"])
def test_a_figure_whose_records_are_missing_is_left_out(slug: str) -> None:
    assert arguments(slug, Results()) is None


def test_dots_and_trends_are_where_the_record_has_them() -> None:
    study, results = planted("usual")
    record = results.diagnostics
    (utd, batch_size), (unseen, _) = np.array(
        drawn("usual", "overfitting").axes
    ).reshape(2, 2)
    for axes, name, field in (
        (utd, "overfitting", "utd"),
        (batch_size, "overfitting", "batch_size"),
        (unseen, "validation_overfitting", "utd"),
        (drawn("usual", "parameter_norm").axes[1], "parameter_norm", "learning_rate"),
    ):
        unit = 1e-4 if field == "learning_rate" else 1.0
        dots = [line for line in axes.lines if line.get_marker() in tuple("os^D")]
        assert len(dots) == len(study.environments)
        measure = record.measures[name]
        np.testing.assert_array_equal(
            np.concatenate([line.get_ydata() for line in dots]), measure.values.value
        )
        x = np.concatenate([line.get_xdata() for line in dots]) * unit
        expected = [getattr(setting, field) for setting in record.settings]
        np.testing.assert_allclose(x, expected, rtol=0.08)
        (trend,) = [line for line in axes.lines if line.get_linestyle() == "--"]
        np.testing.assert_allclose(
            trend.get_ydata(), measure.trend.at(field, trend.get_xdata() * unit).value
        )
        low, high = axes.get_xlim()
        assert low * unit < x.min() < x.max() < high * unit
        for e, own in enumerate(dots):
            (middle,) = [
                line
                for line in axes.lines
                if line.get_linestyle() == "-" and line.get_color() == own.get_color()
            ]
            at = np.array([getattr(s, field) for s in record.settings]) / unit
            env = [s.env == study.environments[e].name for s in record.settings]
            for each, value in zip(*middle.get_data(), strict=True):
                those = measure.values.value[env & np.isclose(at, each)]
                assert value == np.median(those)
        bottom, top = axes.get_ylim()
        values = measure.values.value
        assert (
            bottom <= (values if name != "parameter_norm" else values[values > 0]).min()
        )
        assert measure.values.value.max() <= top


def test_measures_that_are_not_there_are_left_out() -> None:
    study, _ = planted("usual")
    alone = planted_diagnostics(study, measures=("overfitting",))
    assert arguments("parameter_norm", Results(diagnostics=alone)) is None
    assert arguments("overfitting", Results(diagnostics=alone)) == (alone,)
    assert len(FIGURES["overfitting"].draw(study, alone).axes) == 2
    text = caption("overfitting", study, alone)
    assert "never trained on" not in text
    assert "(top)" not in text


def test_a_caption_says_how_many_settings_show_it_and_how_many_have_no_value() -> None:
    study, results = planted("usual")
    record = planted_diagnostics(study, unknown=(3, 4))
    text = caption("overfitting", study, record)
    assert (
        r"straight in $\log_2\sigma$ and $\log_2 B$, so it bends on this axis" in text
    )
    values = [record.measures[n].values.value for n in ("overfitting",
              "validation_overfitting")]  # fmt: skip
    counts = [f"{(v > 0).sum()} of {np.isfinite(v).sum()}" for v in values]
    assert f"above zero in {counts[0]} (top) and {counts[1]} (bottom) settings" in text
    assert "4 unknown values are left out" in text
    assert "Task0-v4 50000 to 100000" in text
    assert "left out" not in caption("overfitting", study, results.diagnostics)


def test_a_caption_tells_each_environments_own_slope() -> None:
    study, _ = planted("usual")
    own = "Each environment alone{}, per doubling of $\\sigma$: Task0-v4 $+0.30$ $["
    text = caption("overfitting", study, planted_diagnostics(study))
    assert own.format(" (top)") in text
    assert own.format(" (bottom)") in text
    assert "], Task1-v4 $+1.30$ $[".replace("]", "]$") in text
    assert own.format("") in caption(
        "parameter_norm", study, planted_diagnostics(study)
    )
    many, _ = planted("many")
    text = caption("overfitting", many, planted_diagnostics(many))
    assert "environment alone" not in text


def test_without_any_value_a_panel_says_so() -> None:
    study, _ = planted("one of each")
    count = len(planted_diagnostics(study).settings)
    record = planted_diagnostics(study, unknown=tuple(range(count)))
    for slug in ("overfitting", "parameter_norm"):
        figure = FIGURES[slug].draw(study, record)
        for axes in figure.axes:
            assert [t.get_text() for t in axes.texts] == ["no setting has a value"]


def test_a_caption_can_be_read_as_markdown() -> None:
    latex = (
        r"\textbf{Gym \& co: $D_J(\sigma)$.} Runs of \texttt{a\_b.zip}: 95\% $\alpha$"
    )
    expected = "**Gym & co: $D_J(σ)$.** Runs of `a_b.zip`: 95% $α$"
    assert markdown_of(latex) == expected


def test_published_laws_have_neither_points_nor_bands() -> None:
    for slug in ("data_compute_frontier", "all_levels"):
        for axes in drawn("published", slug).axes:
            assert not axes.collections
            assert not axes.patches


def test_nothing_global_is_changed() -> None:
    before = dict(mpl.rcParams)
    study, results = planted("usual")
    FIGURES["all_levels"].draw(study, results.data["ours"])
    assert dict(mpl.rcParams) == before


def test_the_callers_settings_do_not_matter() -> None:
    study, results = planted("usual")

    def picture() -> bytes:
        figure = FIGURES["budget"].draw(
            study, results.data["ours"], results.budget["ours"]
        )
        buffer = io.BytesIO()
        figure.savefig(buffer, dpi=60, metadata={"Software": None})
        return buffer.getvalue()

    plain = picture()
    with mpl.rc_context({"font.size": 20, "lines.linewidth": 9, "axes.grid": False}):
        assert picture() == plain


def test_no_figure_needs_pyplot() -> None:
    """pyplot has global state and chooses a backend that may need a screen."""
    check = "import sys, value_scaling.report.figures as f; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=True
    )
    assert "value_scaling.report.figures" in run.stdout
    assert "matplotlib.pyplot" not in run.stdout.split()
