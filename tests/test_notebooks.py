"""Notebooks are clean and short, and work if any set is missing."""

import ast
import re
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbconvert import HTMLExporter

from value_scaling.__main__ import main
from value_scaling.report.figures import FIGURES
from value_scaling.report.text.notebook_page import notebook_page
from value_scaling.store.folders import SAVE_FIGURES

sys.path.insert(0, str(Path(__file__).parent))
from planted_study import make_study, with_metrics, write_checkout

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = {"analyze_grid_search": 4, "analyze_fitted": 4, "analyze_diagnostics": 1}
"""Notebooks, with the least number of tables in each."""
CALCULATES = {"numpy", "scipy", "sklearn", "matplotlib"}
"""Packages that a notebook does not need, as it only loads and shows results."""


def read(name: str) -> nbformat.NotebookNode:
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def code(name: str) -> list[str]:
    return [cell.source for cell in read(name).cells if cell.cell_type == "code"]


def test_these_are_all_the_notebooks() -> None:
    found = {path.stem for path in FOLDER.glob("*.ipynb")}
    assert found == {*NOTEBOOKS, "explore"}  # tests/api/test_explorer.py tests it
    assert set(NOTEBOOKS) == {entry.notebook for entry in FIGURES.values()} - {""}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_is_stored_without_outputs(name: str) -> None:
    notebook = read(name)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert not cell.outputs
            assert cell.execution_count is None
        assert set(cell.metadata) <= {"tags"}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_one_cell_takes_the_parameters(name: str) -> None:
    (cell,) = [
        c for c in read(name).cells if "parameters" in c.metadata.get("tags", ())
    ]
    values: dict[str, Any] = {}
    exec(cell.source, values)
    assert (values["study"], values["root"]) == ("gym", None)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_calculates_nothing(name: str) -> None:
    tree = ast.parse("\n".join(code(name)))
    modules = {alias.name for n in ast.walk(tree) if isinstance(n, ast.Import)
               for alias in n.names}  # fmt: skip
    modules |= {str(n.module) for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert not {module.split(".")[0] for module in modules} & CALCULATES
    sums = [n for n in ast.walk(tree) if isinstance(n, ast.BinOp)]
    paths = [n for n in sums if isinstance(n.op, ast.Div)]
    rest = [ast.unparse(n) for n in sums if n not in paths]
    assert rest == []


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_what_opens_a_study_is_one_import_and_one_call(name: str) -> None:
    parameters, opening, *rest = code(name)
    assert "study =" in parameters
    kinds = [type(statement) for statement in ast.parse(opening).body]
    assert kinds == [ast.ImportFrom, ast.Assign]
    for source in rest:
        for line in source.splitlines():
            shows = re.fullmatch(r'page\.(show|tell)\("[\w ]+"\)', line)
            assert shows or (line, source) == ("page.show_others()", rest[-1])


READABLE = re.compile(r"[^\\]*")
"""A formula without any command of LaTeX."""


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_formulas_are_readable_where_nothing_draws_them(name: str) -> None:
    text = "\n".join(c.source for c in read(name).cells if c.cell_type == "markdown")
    formulas = re.findall(r"\$\$?(.+?)\$\$?", text, re.S)
    assert len(formulas) > 10
    assert [f for f in formulas if not READABLE.fullmatch(f)] == []


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_page_has_its_formulas_and_loads_nothing(name: str) -> None:
    page = notebook_page(read(name), name)
    assert page.count("<math") > 10
    body = page[page.index("<body") :]
    assert "$" not in re.sub(r'<div class="highlight.*?</div>', "", body, flags=re.S)
    assert loaded(page) == []


def loaded(page: str) -> list[str]:
    """What a browser would load from elsewhere, and every script."""
    found = re.findall(r"<script[^>]*>", page)
    found += re.findall(r"""(?:src|href|data)=["']?(?:https?:)?//[^"'> ]*""", page)
    found += re.findall(r"""url\(["']?(?:https?:)?//[^)]*\)|@import[^;]*""", page)
    return found + re.findall(
        r"(?i)mathjax\.js|require(?:\.min)?\.js|cdnjs|unpkg", page
    )


def test_the_check_of_pages_sees_what_the_usual_page_loads() -> None:
    usual, _ = HTMLExporter().from_notebook_node(read("analyze_fitted"))
    assert len(loaded(usual)) > 3


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_explains_before_each_of_its_figures(name: str) -> None:
    own = [slug for slug, entry in FIGURES.items() if entry.notebook == name]
    shown = re.findall(r'show\("(\w+)"', "\n".join(code(name)))
    assert sorted(shown) == sorted(own)
    text = "".join(c.source for c in read(name).cells if c.cell_type == "markdown")
    assert len(text.split()) > 400


def analysed(root: Path, *sets: str) -> None:
    """Make `root` a checkout with a small planted study that has these sets."""
    study = with_metrics(make_study(environments=2, sweep_utds=(1.0, 2.0, 4.0)))
    write_checkout(root, study, sets=sets, points=60)
    (root / "code" / "value_scaling").mkdir(parents=True)
    for command in ("fit", "sensitivity"):
        assert main(["--root", str(root), command, study.name]) == 0


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("whole")
    analysed(root, "sweep", "ours", "baseline")
    return root


def run(
    name: str, root: Path, monkeypatch: pytest.MonkeyPatch, *, build: bool = True
) -> list[Any]:
    """Run a notebook's code in this process; return what it displays.

    Args:
        build: as the build does; else as somebody does who explores.
    """
    if build:
        monkeypatch.setenv(SAVE_FIGURES, "1")
    else:
        monkeypatch.delenv(SAVE_FIGURES, raising=False)
    displayed: list[Any] = []
    monkeypatch.setattr("IPython.display.display", displayed.append)
    values: dict[str, Any] = {}
    parameters, *rest = code(name)
    exec(parameters, values)
    values |= {"study": "planted", "root": str(root)}
    for source in rest:
        exec(source, values)
    return displayed


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_makes_each_of_its_figures(
    name: str, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    displayed = run(name, whole, monkeypatch)
    own = [slug for slug, entry in FIGURES.items() if entry.notebook == name]
    for slug in own:
        for kind in ("pdf", "png"):
            assert (whole / "figures" / f"planted_{slug}.{kind}").stat().st_size > 5000
    kinds = [type(each).__name__ for each in displayed]
    assert kinds.count("Image") == kinds.count("Markdown") == len(own)
    shown = [each.data for each in displayed if type(each).__name__ == "Image"]
    files = [(whole / "figures" / f"planted_{slug}.png").read_bytes() for slug in own]
    assert sorted(shown) == sorted(files)
    assert kinds.count("HTML") >= NOTEBOOKS[name]  # tables
    tables = [each.data for each in displayed if type(each).__name__ == "HTML"]
    assert all("<td" in table and "nan" not in table.lower() for table in tables)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_who_explores_changes_no_file(
    name: str, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = whole / "figures"
    figures.mkdir(exist_ok=True)
    own = [slug for slug, entry in FIGURES.items() if entry.notebook == name]
    for slug in own:
        (figures / f"planted_{slug}.png").write_text("as it was")

    def files() -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in whole.rglob("*")}

    before = files()
    displayed = run(name, whole, monkeypatch, build=False)
    assert files() == before
    assert [type(each).__name__ for each in displayed].count("Image") == len(own)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_captions_are_readable_where_nothing_draws_formulas(
    name: str, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    displayed = run(name, whole, monkeypatch, build=False)
    captions = [each.data for each in displayed if type(each).__name__ == "Markdown"]
    assert captions
    for caption in captions:
        assert "$" in caption
        assert "\\" not in caption


def test_missing_sets_are_left_out_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    analysed(tmp_path, "baseline")
    capsys.readouterr()
    assert run("analyze_grid_search", tmp_path, monkeypatch) == []
    said = capsys.readouterr().out
    assert "no runs of a grid search here" in said
    assert "grid_search: left out" in said

    assert run("analyze_diagnostics", tmp_path, monkeypatch) == []
    said = capsys.readouterr().out
    assert "there is no sweep here, or it has no metrics besides the returns" in said
    assert "overfitting: left out" in said

    displayed = run("analyze_fitted", tmp_path, monkeypatch)
    said = capsys.readouterr().out
    assert "fitted B*, lr*: no runs here, left out" in said
    assert "constant B, lr: runs of 4 seeds" in said
    assert "ours_and_constant: left out" in said
    assert sum(type(each).__name__ == "Image" for each in displayed) >= 5
    assert not (tmp_path / "figures" / "planted_ours_and_constant.pdf").exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("analyze_grid_search", "settings with fewer than 5 seeds: 72 of 72"),
        ("analyze_fitted", "settings with fewer than 5 seeds: 10 of 10"),
    ],
)
def test_a_notebook_begins_with_the_warnings(
    name: str,
    said: str,
    whole: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    capsys.readouterr()
    displayed = run(name, whole, monkeypatch, build=False)
    text = " ".join(capsys.readouterr().out.split())
    assert "Warnings (" in text
    tables = [each.data for each in displayed if type(each).__name__ == "HTML"]
    set_name = "sweep" if name == "analyze_grid_search" else "ours"
    assert f">{set_name}</td>" in tables[0]
    assert said in tables[0]
    doubtful = [e.data for e in displayed if "**Doubtful.**" in str(e.data)]
    assert doubtful
