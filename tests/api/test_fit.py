"""What a fit gives: frames, figures, tables, a page, and examples that run."""

import doctest
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure
from planted_study import frame_of

import value_scaling as vs
from value_scaling.api import fitted, opening
from value_scaling.report.figures import FIGURES
from value_scaling.store.project import Project


@pytest.fixture
def all_sets(planted: Callable[[str], pd.DataFrame], few_replicates: None) -> vs.Fit:
    return vs.fit(planted("sweep"), ours=planted("ours"), baseline=planted("baseline"))


def test_columns_may_have_other_names(
    planted: Callable[[str], pd.DataFrame], few_replicates: None
) -> None:
    runs = planted("sweep")
    names = {
        **{"env": "task", "utd": "ratio", "batch_size": "env", "seed": "run"},
        **{"learning_rate": "lr", "step": "value", "value": "step"},
    }
    renamed = runs.rename(columns=names).assign(seed=0, metric="x", name="y")
    assert vs.fit(renamed, **names).to_json() == vs.fit(runs).to_json()


def test_defaults_are_noted_and_arguments_are_not(
    planted: Callable[[str], pd.DataFrame], few_replicates: None
) -> None:
    runs = planted("sweep")
    names = {"max_returns", "levels", "model_size", "delta", "baseline_utd"}
    noted = {note.partition(" = ")[0] for note in vs.fit(runs).notes}
    assert names <= noted
    costs = {"model_size": 1e5, "delta": 1e9}
    fit = vs.fit(runs, levels=(200, 400, 600), title="Mine", **costs)
    left = {note.partition(" = ")[0] for note in fit.notes}
    assert noted - left == {"levels", "model_size", "delta"}
    assert fit.study.sweep_levels == fit.study.fitted_levels == (200, 400, 600)
    assert (fit.study.delta, fit.study.title) == (1e9, "Mine")
    tops = {"Synthetic0-v0": 2000.0, "Synthetic1-v0": 2500.0}
    fit = vs.fit(runs, max_returns=tops)
    assert [e.max_return_sweep for e in fit.study.environments] == [2000.0, 2500.0]
    one = vs.fit(runs, max_returns={"Synthetic1-v0": 2500.0}).study.environments
    assert [e.max_return_sweep for e in one] == [2500.0, 2500.0]


def test_every_number_has_its_interval(all_sets: vs.Fit) -> None:
    best = all_sets.best(utd=[2, 16])
    assert best[["env", "utd"]].values.tolist() == [
        [f"Synthetic{e}-v0", utd] for utd in (2, 16) for e in (0, 1)
    ]
    assert best["extrapolated"].tolist() == [False, False, True, True]
    level = all_sets.study.fitted_levels[0]
    data = all_sets.data(level=level, utd=[1, 8])
    assert len(data) == 4 and set(data["level"]) == {level}
    for frame, name in (
        (best, "batch_size"),
        (best, "learning_rate"),
        (data, "data"),
    ):
        assert (frame[f"{name}_low"] <= frame[name]).all()
        assert (frame[name] <= frame[f"{name}_high"]).all()
    assert len(all_sets.data()) > len(data)


@pytest.mark.parametrize("slug", FIGURES)
def test_figures_are_drawn_where_there_are_runs(slug: str, all_sets: vs.Fit) -> None:
    if slug in ("overfitting", "parameter_norm"):  # of other metrics than the return
        with pytest.raises(vs.ScalingError, match=slug):
            all_sets.plot(slug)
        return
    figure = all_sets.plot(slug)
    assert isinstance(figure, Figure)
    assert figure.axes


def test_jupyter_shows_a_figure(all_sets: vs.Fit) -> None:
    figure = all_sets.plot("budget")
    content, options = figure._repr_png_()
    assert content.startswith(b"\x89PNG")
    assert options == {"width": round(120 * figure.get_figwidth())}


def test_tables_are_frames_with_all_digits(all_sets: vs.Fit) -> None:
    tables = all_sets.tables()
    assert {"laws", "best_values", "data_ours", "held_out", "sensitivity"} <= {*tables}
    law = all_sets.document()["data"]["ours"]["levels"][0]
    row = tables["data_ours"].iloc[0]
    assert row["alpha"] == law["alpha"]["value"]
    assert row["alpha_low"] == law["alpha"]["low"]


def test_jupyter_shows_tables_warnings_and_notes(all_sets: vs.Fit) -> None:
    page = all_sets._repr_html_()
    assert page.count("<table") == 5
    assert "why no fit" not in page  # an empty column, as all levels are fitted
    for name, sentences in (
        ("Warnings", all_sets.warnings),
        ("Notes", all_sets.notes),
    ):
        assert (f"{name} ({len(sentences)})" in page) == bool(sentences)
    assert "Failures" not in page


def test_names_are_escaped(
    planted: Callable[[str], pd.DataFrame], few_replicates: None
) -> None:
    page = vs.fit(planted("sweep"), title="<script>")._repr_html_()
    assert "<script>" not in page and "&lt;script&gt;" in page


@pytest.mark.parametrize("module", [opening, fitted], ids=["opening", "fitted"])
def test_examples_give_what_they_show(
    module: object,
    as_fitted: str,
    classic: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(classic)
    monkeypatch.setenv("VALUE_SCALING_ROOT", str(classic))
    project = Project.at(classic)
    runs = frame_of(project.runs(project.study("classic"), "ours"))
    fit = vs.load("classic")
    names = {"vs": vs, "runs": runs, "fit": fit, "folder": tmp_path}
    finder = doctest.DocTestFinder(exclude_empty=True)
    examples = finder.find(module, globs=names)
    assert sum(len(each.examples) for each in examples) >= 3
    runner = doctest.DocTestRunner(optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
    for each in examples:
        runner.run(each)
    assert runner.summarize(verbose=False).failed == 0


def test_the_package_loads_nothing_until_a_name_is_used() -> None:
    script = (
        "import sys, value_scaling as vs; a = {*sys.modules}; vs.fit; "
        "print(*sorted(m for m in a if m.startswith('value_scaling')), "
        "'numpy' in a, 'pandas' in a, 'jax' in sys.modules)"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == ["value_scaling", "False", "False", "False"]
