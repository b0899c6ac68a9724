"""The widgets show what the records give, and need no front end."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

import value_scaling as vs
from value_scaling.api.explorer import Explorer
from value_scaling.commands.console import as_text
from value_scaling.commands.text import next_runs_text, terminal
from value_scaling.notebook_run import clean
from value_scaling.report.drawing import explored
from value_scaling.report.figures import arguments
from value_scaling.report.html.plots import panels
from value_scaling.report.tables.formats.html_table import html
from value_scaling.report.tables.levels import optima
from value_scaling.workflow.advice.frontier import Fits
from value_scaling.workflow.advice.limits import Request
from value_scaling.workflow.advice.plans import plans
from value_scaling.workflow.budget import budget
from value_scaling.workflow.next_runs.proposals import next_runs
from value_scaling.workflow.pipeline import (
    BUDGET,
    CROSSINGS,
    DATA_EFFICIENCY,
    HYPERPARAMETERS,
)

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "explore.ipynb"


@pytest.fixture(scope="module")
def fit(planted: Callable[[str], pd.DataFrame], twenty_draws: None) -> vs.Fit:
    sets = {name: planted(name) for name in ("ours", "baseline")}
    return vs.fit(planted("sweep"), **sets)


@pytest.fixture
def explorer(fit: vs.Fit) -> Explorer:
    return fit.explore()


def test_it_opens_with_what_was_fitted(fit: vs.Fit, explorer: Explorer) -> None:
    study = fit.study
    assert explorer.level.value == study.fitted_levels[-1]
    assert explorer.delta.value == pytest.approx(study.delta)
    budgets = fit._run.record(BUDGET)
    efficiency = fit._run.record(DATA_EFFICIENCY)
    assert budgets is not None and efficiency is not None
    every = optima(study, budgets.sets["ours"], efficiency.sets["ours"])
    assert html(replace(every, rows=every.rows[-1:])) in explorer.tables


def test_delta_moves_the_optimum(fit: vs.Fit, explorer: Explorer) -> None:
    before, pictures = explorer.tables, explorer.pictures
    delta = fit.study.delta / 30
    explorer.delta.value = delta
    first, second = explorer.pictures
    assert first == pictures[0] and second != pictures[1]
    assert explorer.tables != before
    efficiency = fit._run.record(DATA_EFFICIENCY)
    assert efficiency is not None
    ours = efficiency.sets["ours"]
    study = replace(fit.study, delta=explorer.delta.value)
    found = budget(ours, study, ours.choices, fitted_batch=None)
    every = optima(study, found, ours)
    assert html(replace(every, rows=every.rows[-1:])) in explorer.tables
    assert delta == pytest.approx(explorer.delta.value)


@pytest.mark.parametrize(
    ("control", "value"),
    [
        ("variant", "published"),
        ("runs", "baseline"),
        ("environment", "Synthetic1-v0"),
        ("level", 0),
    ],
)
def test_every_control_changes_what_is_shown(
    control: str, value: object, explorer: Explorer
) -> None:
    before = explorer.tables, explorer.pictures[1]
    widget = getattr(explorer, control)
    widget.value = widget.options[0][1] if value == 0 else value
    assert explorer.tables != before[0]
    assert explorer.pictures[1] != before[1]


def test_compute_without_a_model_size_is_per_parameter(
    fit: vs.Fit, explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn, draw = [], explored.draw_optimum
    monkeypatch.setattr(
        explored,
        "draw_optimum",
        lambda *a, **o: drawn.append(draw(*a, **o)) or drawn[-1],
    )
    explorer.delta.value *= 1.1
    assert fit.study.compute_unit == "FLOPs/N"
    labels = [axes.get_xlabel() for axes in drawn[0].axes]
    assert [text for text in labels if "FLOPs/N" not in text] == []


@pytest.mark.parametrize(
    "slug", ["data_compute_frontier", "budget", "isoperformance", "sensitivity"]
)
def test_plots_without_a_model_size_are_per_parameter(slug: str, fit: vs.Fit) -> None:
    records = arguments(slug, fit._results(sensitivity=slug == "sensitivity"))
    assert records is not None
    found = panels(slug, fit.study, *records)
    text = json.dumps(found, ensure_ascii=False)
    assert "FLOPs/N" in text and "FLOPs" not in text.replace("FLOPs/N", "")


def test_advice_without_a_model_size_is_per_parameter(fit: vs.Fit) -> None:
    record = fit._run.record
    first, data = record(HYPERPARAMETERS), record(DATA_EFFICIENCY)
    fits, request = Fits(fit.study, first, data, record(BUDGET)), Request((4.0,))
    text = as_text(*terminal.advice(fits, request, plans(fits, request)))
    assert "C (FLOPs/N)" in text and "F (FLOPs/N)" in text
    runs = next_runs(fits, record(CROSSINGS["sweep"]), 2)
    assert "FLOPs/N (F)" in as_text(*next_runs_text.table(fit.study, runs))


def test_one_environment_has_its_own_fit(fit: vs.Fit, explorer: Explorer) -> None:
    explorer.environment.value = "Synthetic1-v0"
    data = explorer._data()
    every = fit._run.record(DATA_EFFICIENCY)
    assert data is not None and every is not None
    whole, (efficiency, found) = every.sets["ours"], data
    np.testing.assert_array_equal(efficiency.pooled.value, whole.data.value[1])
    np.testing.assert_array_equal(
        found.frontier_data, whole.environment_laws.value[1](found.utds)
    )
    assert "Synthetic1-v0" in explorer.tables
    assert "Synthetic0-v0" not in explorer.tables


def test_a_change_takes_less_than_half_a_second(explorer: Explorer) -> None:
    changes = [("delta", 1.5), ("delta", 1.4), ("delta", 1.3)]
    spent = []
    for name, factor in changes:
        widget, begun = getattr(explorer, name), time.process_time()
        widget.value *= factor
        spent.append(time.process_time() - begun)
    assert min(spent) < 0.5


def test_a_sweep_alone_shows_its_best_values(
    planted: Callable[[str], pd.DataFrame], few_replicates: None
) -> None:
    explorer = vs.fit(planted("sweep")).explore()
    assert len(explorer.pictures) == 1
    assert explorer.tables == ""
    explorer.delta.value = 2 * explorer.delta.value
    explorer.variant.value = "published"
    assert len(explorer.pictures) == 1


def test_pages_without_widgets_show_figures_and_tables(explorer: Explorer) -> None:
    bundle = explorer._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    page = bundle["text/html"]
    assert page.count("data:image/png;base64,") == 2
    assert explorer.tables in page


def test_the_notebook_is_clean_and_runs_with_its_defaults(
    classic: Path, few_replicates: None
) -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not c.outputs and c.execution_count is None for c in cells)
    values: dict[str, object] = {}
    exec(cells[0].source, values)
    assert (values["study"], values["root"]) == ("gym", None)
    values |= {"study": "classic", "root": str(classic)}
    for cell in cells[1:]:
        exec(cell.source, values)
    explorer = values["explorer"]
    assert isinstance(explorer, Explorer)
    assert len(explorer.pictures) == 2
    text = "".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    controls = ("Choices", "Runs", "Tasks", "J", "δ")
    assert [name for name in controls if f"*{name}*:" not in text] == []
    labels = [each.description for each in explorer._controls]
    assert labels == list(controls)
    for name in re.findall(r"`fit\.(\w+)", text):
        assert hasattr(vs.Fit, name)


def test_random_names_of_widgets_do_not_enter_built_pages() -> None:
    data = {"application/vnd.jupyter.widget-view+json": {"model_id": "1f"}}
    output = nbformat.v4.new_output("display_data", data=data | {"text/html": "a"})
    cell = nbformat.v4.new_code_cell("1", outputs=[output])
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"widgets": {"1f": 0}})
    made = nbformat.writes(clean(notebook))
    assert "1f" not in made and "widget" not in made
