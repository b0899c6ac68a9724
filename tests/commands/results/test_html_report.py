"""`scaling report`, and its page in a browser.

The page recomputes D_J, C_J, F and σ* from the fits. The tests move its sliders and
compare what the page then draws with the functions of `workflow` and `records`.
"""

import csv
import io
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from browser import Page, browser
from planted_study import make_study, write_checkout

from value_scaling.__main__ import main
from value_scaling.commands.results.loading import load_results
from value_scaling.records import Budget, DataEfficiency, PowerLaw
from value_scaling.records.compute import compute_flops
from value_scaling.report.figures import FIGURES, arguments
from value_scaling.report.html.plots import PLOTS
from value_scaling.report.results import StudyResults
from value_scaling.store.project import Project
from value_scaling.workflow.data.cheapest import cheapest
from value_scaling.workflow.pipeline import STAGES

LARGEST = 6_000_000
"""Largest size of a page in bytes."""

TITLE = "Planted <script>alert(1)</script> & 'more'"


@pytest.fixture(scope="module")
def few_draws() -> Iterator[None]:
    """As `few_replicates`, for all tests of this file."""
    few = {"replicates": 40, "splits": 4, "draws": 4}
    with pytest.MonkeyPatch.context() as patch:
        for stage in STAGES:
            for name in stage.options.keys() & few:
                patch.setitem(stage.options, name, few[name])
        yield


def report(root: Path, *commands: str) -> Path:
    """Run commands and `scaling report`; return the page."""
    for command in (*commands, "report"):
        assert main(["--root", str(root), command, "planted"]) == 0
    return root / "figures" / "planted_report.html"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, few_draws: None) -> Path:
    """A checkout of a planted study with its fits and its page."""
    root = tmp_path_factory.mktemp("checkout")
    write_checkout(root, make_study(environments=2, title=TITLE), points=60)
    report(root, "fit")
    return root


@pytest.fixture(scope="module")
def path(checkout: Path) -> Path:
    return checkout / "figures" / "planted_report.html"


@pytest.fixture(scope="module")
def results(checkout: Path) -> StudyResults:
    project = Project.at(checkout)
    return load_results(project, project.study("planted"))


@pytest.fixture(scope="module")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("browser")


@pytest.fixture(scope="module")
def page(path: Path, downloads: Path) -> Iterator[Page]:
    with browser(downloads) as opened:
        opened.open(path)
        yield opened


@pytest.fixture
def reset(page: Page, path: Path) -> Page:
    if page.run("location.href") != path.as_uri():
        page.open(path)
    page.run("document.getElementById('controls').reset()")
    _drawn(page)
    return page


def _drawn(page: Page) -> None:
    """Wait until the page has drawn what the sliders changed."""
    page.run(
        "new Promise(done => setTimeout(() => requestAnimationFrame(() => "
        "requestAnimationFrame(() => setTimeout(done))), 20))"
    )


def move(page: Page, name: str, value: float) -> None:
    """Move a slider or choose an option, as a user does."""
    page.run(
        f"(() => {{ const input = document.getElementById('{name}');"
        f"input.value = {value};"
        "input.dispatchEvent(new Event('input', {bubbles: true})); })()"
    )
    _drawn(page)


def trace(page: Page, panel: int, name: str, mode: str) -> dict[str, list[float]]:
    """Return the coordinates of a trace that Plotly drew in the explorer."""
    found = page.run(
        f"document.getElementById('plot-explorer-{panel}').data.filter(each => "
        f"each.name === '{name}' && each.mode === '{mode}' && !each.fill && "
        "each.hoverinfo !== 'skip').map(each => ({x: [...each.x], y: [...each.y]}))"
    )
    assert len(found) == 1, found
    only: dict[str, list[float]] = found[0]
    return only


def number(text: str) -> float:
    """Read a number as the page writes it, e.g. `−1.03·10⁻⁴`."""
    plain = text.translate(str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789"))
    return float(plain.replace("·10", "e"))


def of(results: StudyResults, name: str = "ours") -> tuple[DataEfficiency, Budget]:
    return results.default.data[name], results.default.budget[name]


def test_the_page_is_one_small_file_and_the_same_every_time(
    checkout: Path, path: Path
) -> None:
    first = path.read_bytes()
    path.unlink()
    assert report(checkout).read_bytes() == first
    assert len(first) < LARGEST


def test_every_figure_with_records_is_an_interactive_plot(
    path: Path, results: StudyResults
) -> None:
    text = path.read_text("utf-8")
    expected = {
        slug
        for slug, entry in FIGURES.items()
        if entry.needs and arguments(slug, results.default) is not None
    }
    assert set(re.findall(r'data-figure="(\w+)"', text)) == expected
    assert {slug for slug, entry in FIGURES.items() if entry.needs} == set(PLOTS)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 400])
def test_it_draws_everything_without_an_error_or_a_request(
    path: Path, page: Page, width: int, scheme: str
) -> None:
    page.events.clear()
    page.open(path, width=width, scheme=scheme)
    page.run("dispatchEvent(new Event('beforeprint'))")
    page.run("new Promise(done => setTimeout(done, 300))")
    assert page.errors() == []
    assert page.requests() == [path.as_uri()]
    drawn = page.run(
        "[...document.querySelectorAll('.plot')].map(each => "
        "each.querySelectorAll('.main-svg').length > 0 && each.data.length > 0)"
    )
    assert len(drawn) > 20
    assert all(drawn)
    assert page.run("document.documentElement.scrollWidth <= innerWidth")
    ink = page.run("getComputedStyle(document.body).color")
    assert max(map(int, re.findall(r"\d+", ink))) > 200 or scheme == "light"


def test_a_title_is_text(page: Page) -> None:
    assert page.run("document.querySelector('h1').textContent") == TITLE
    assert page.run("document.title") == f"{TITLE}: scaling report"


def test_a_sweep_alone_has_a_page_without_sliders(
    tmp_path: Path, page: Page, few_draws: None
) -> None:
    write_checkout(tmp_path, make_study(environments=1), sets=("sweep",), points=60)
    page.events.clear()
    page.open(report(tmp_path, "fit"))
    page.run("dispatchEvent(new Event('beforeprint'))")
    assert page.errors() == []
    assert not page.run("document.getElementById('controls') !== null")
    assert page.run("document.querySelectorAll('#grid_search .main-svg').length") > 0


def test_data_follows_the_slider_of_levels(reset: Page, results: StudyResults) -> None:
    data, _ = of(results)
    for k in (0, 3):
        move(reset, "level", k)
        drawn = trace(reset, 0, "Fit", "lines")
        assert drawn["y"] == pytest.approx(data.law.value[k](np.array(drawn["x"])))
        runs = trace(reset, 0, "Runs", "markers")
        assert runs["y"] == pytest.approx(data.pooled.value[:, k], rel=1e-4)


def test_compute_and_budget_follow_delta_and_utd(
    reset: Page, results: StudyResults
) -> None:
    data, budget = of(results)
    k, utd, delta = 2, 3.0, 4e8
    move(reset, "level", k)
    move(reset, "utd", np.log2(utd))
    move(reset, "delta", np.log10(delta))
    steps = float(data.law.value[k](utd))
    batch = float(budget.batch.value(utd))
    flops = compute_flops(utd, steps, batch, model_size=budget.model_size)
    at = trace(reset, 1, "Chosen σ", "markers")
    assert (at["x"], at["y"]) == (pytest.approx([flops]), pytest.approx([steps]))
    total = trace(reset, 2, "Chosen σ", "markers")
    assert total["y"] == pytest.approx([flops + delta * steps])


@pytest.mark.parametrize("factor", [0.01, 1.0, 50.0])
def test_the_best_utd_follows_delta(
    reset: Page, results: StudyResults, factor: float
) -> None:
    data, budget = of(results)
    delta = budget.delta * factor
    move(reset, "delta", np.log10(delta))
    best = cheapest(
        data.law.value,
        PowerLaw(budget.batch.value.scale[None], budget.batch.value.exponent[None]),
        model_size=budget.model_size,
        delta=delta,
        low=float(data.utds.min()),
        high=float(data.utds.max()),
    )
    top = len(data.levels) - 1
    at = trace(reset, 3, "Best σ*", "markers")
    assert at["x"] == pytest.approx([best.budget[top]], rel=1e-6)
    assert at["y"] == pytest.approx([best.utd[top]], rel=1e-5)


def test_at_the_delta_of_the_study_the_page_agrees_with_the_records(
    reset: Page, results: StudyResults
) -> None:
    _, budget = of(results)
    assert not budget.unidentified
    title = reset.run("document.getElementById('plot-explorer-3').layout.title.text")
    found = re.search(r"<sup>(\S+) \[(\S+), (\S+)\]", title)
    assert found, title
    exponent = budget.utd_law.exponent
    ends = [float(e) for e in (exponent.value, exponent.low, exponent.high)]
    # Forty draws, all of which the page has: its intervals are those of the records.
    assert [number(each) for each in found.groups()] == pytest.approx(ends, rel=0.02)


def test_levels_of_other_environments_are_not_called_held_out(
    page: Page, path: Path, tmp_path: Path
) -> None:
    def names() -> set[str]:
        get = "document.getElementById('plot-explorer-3').data.map(each => each.name)"
        return {*page.run(get)}

    page.open(path)
    assert "Held out" in names()
    assert "Other environments" not in names()
    changed = tmp_path / "page.html"
    none = re.sub(
        r'("held_out": ?)\[[a-z, ]*\]',
        lambda found: found[0].replace("true", "false"),
        path.read_text(),
    )
    changed.write_text(none)
    page.open(changed)
    assert "Held out" not in names()
    assert "Other environments" in names()


def test_other_runs_can_be_chosen(reset: Page, results: StudyResults) -> None:
    names = reset.run(
        "[...document.querySelectorAll('#set option')].map(each => each.textContent)"
    )
    wanted = [name.startswith("Constant") and "default" in name for name in names]
    move(reset, "set", wanted.index(True))
    data, _ = of(results, "baseline")
    drawn = trace(reset, 0, "Fit", "lines")
    assert drawn["y"] == pytest.approx(data.law.value[-1](np.array(drawn["x"])))


def test_best_values_follow_the_utd(reset: Page, results: StudyResults) -> None:
    fits = results.default.hyperparameters
    assert fits is not None
    move(reset, "utd", 1.5)
    shown = reset.run("document.getElementById('readout').innerText")
    laws = fits.batch_size.to_run().value
    for env, value in zip(fits.batch_size.environments, laws(2**1.5), strict=True):
        assert f"{env}: {value:.0f} [" in shown


def test_a_click_on_a_name_hides_its_marks(reset: Page) -> None:
    script = (
        "(() => {{ const button = [...document.querySelectorAll("
        "'#explorer-legend button')].find(each => each.textContent === 'Runs');"
        "button.click(); return document.getElementById('plot-explorer-0').data"
        ".filter(each => each.name === 'Runs')"
        ".every(each => each.visible === {}); }})()"
    )
    assert reset.run(script.format("false"))
    assert reset.run(script.format("true"))


Tables = Callable[[str], str]


@pytest.fixture
def table(page: Page, path: Path) -> Tables:
    """Return a function that unfolds a table and returns its selector."""
    if page.run("location.href") != path.as_uri():
        page.open(path)

    def found(slug: str) -> str:
        holder = f"document.querySelector('[data-table={json.dumps(slug)}]')"
        page.run(f"{holder}.closest('details').open = true")
        return holder

    return found


def test_tables_sort_by_numbers_in_both_directions(page: Page, table: Tables) -> None:
    holder = table("planted_best_values")
    heads = page.run(f"[...{holder}.querySelectorAll('th')].map(h => h.innerText)")
    column = next(k for k, each in enumerate(heads) if each.startswith("batch"))
    for descending in (False, True):
        page.run(f"{holder}.querySelectorAll('th button')[{column}].click()")
        cells = page.run(
            f"[...{holder}.querySelectorAll('tbody tr')]"
            f".map(row => parseFloat(row.children[{column}].textContent))"
        )
        assert len(set(cells)) > 2
        assert cells == sorted(cells, reverse=descending)


def test_a_download_has_the_rows_shown_in_full(
    page: Page, table: Tables, downloads: Path, results: StudyResults
) -> None:
    holder = table("planted_best_values")
    page.run(f"{holder}.nextElementSibling.click()")
    file = downloads / "planted_best_values.csv"
    deadline = time.monotonic() + 20
    while not file.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.1)
    rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8"))))
    shown = page.run(
        f"[...{holder}.querySelectorAll('tbody tr')]"
        ".map(row => [...row.children].map(cell => cell.firstChild.textContent))"
    )
    assert [list(row.values())[:2] for row in rows] == [each[:2] for each in shown]
    fits = results.default.hyperparameters
    assert fits is not None
    best = fits.batch_size
    for row in rows:
        at = (
            best.environments.index(row["environment"]),
            list(best.utds).index(float(row["utd"])),
        )
        wanted = (best.best.value[at], best.best.low[at], best.best.high[at])
        names = ("batch_size", "batch_size_low", "batch_size_high")
        assert [float(row[name]) for name in names] == pytest.approx(wanted, rel=1e-8)
