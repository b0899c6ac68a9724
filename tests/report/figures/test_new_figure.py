"""A new figure needs one file, which notebooks, documents, paper and build find."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CODE = Path(__file__).parents[3] / "code"
FIGURE = '''
"""A figure that only this test has."""

from value_scaling.report.drawing import captions
from value_scaling.report.drawing.style import COLUMN, new_figure, styled
from value_scaling.report.figure_entry import Entry


@styled
def draw(study, efficiency):
    figure, axes = new_figure(COLUMN, 2)
    axes[0, 0].plot(efficiency.utds)
    return figure


def caption(study, efficiency):
    return captions.head(study, "a figure of the test")


FIGURE = Entry(
    draw=draw,
    caption=caption,
    needs=("efficiency",),
    shows="what the test shows",
    section="Appendix",
    notebook="analyze_fitted",
)
'''
SCRIPT = """
import contextlib, io, json, sys
from IPython import display
from planted_results import planted_results
from value_scaling.commands.build.sources import sources_of
from value_scaling.commands.results import html_report, paper
from value_scaling.commands.notebooks.page import StudyPage
from value_scaling.report.documents.figure_table import figures
from value_scaling.report.figures import FIGURES
from value_scaling.report.html.plots import panels
from value_scaling.report.paper.paper_files import paper_files
from value_scaling.report.verify import ReportCard
from value_scaling.store.project import Project

results, displayed = planted_results(), []
display.display = displayed.append
others = [slug for slug in FIGURES if slug != "made_up"]
page = StudyPage(Project.at(sys.argv[1]), results.study, "analyze_fitted",
                 results.default, shown=others)
page.show_others()
print(json.dumps({
    "order": [*FIGURES],
    "shown": [type(each).__name__ for each in displayed],
    "told": [each.data for each in displayed if isinstance(each, display.Markdown)],
    "documents": figures(),
    "appendix": paper_files((results,), ReportCard(()))["planted_appendix.tex"],
    "plot": panels("made_up", results.study, results.default.data["ours"]),
    "picture": html_report._picture(Project.at(sys.argv[1]), results.study, "made_up",
                                    results.default.data["ours"]),
    "captions": paper._captions((results,)),
    "sources": sources_of("value_scaling.commands.notebooks.page"),
}))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what a copy of the package with one more figure reports about it."""
    root = tmp_path_factory.mktemp("checkout")
    package = root / "code" / "value_scaling"
    shutil.copytree(
        CODE / "value_scaling", package, ignore=shutil.ignore_patterns("__pycache__")
    )
    (package / "report" / "figures" / "made_up.py").write_text(FIGURE, "utf-8")
    paths = (package.parent, Path(__file__).parents[1], Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(root)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, paths))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def test_it_comes_after_those_of_the_stated_order(found: dict[str, Any]) -> None:
    assert found["order"][-1] == "made_up"


def test_its_notebook_shows_it_with_its_caption(found: dict[str, Any]) -> None:
    assert found["shown"] == ["Image", "Markdown"]
    assert "a figure of the test" in found["told"][0]


def test_the_html_page_shows_a_picture_of_it(found: dict[str, Any]) -> None:
    assert found["plot"] is None
    assert found["picture"].startswith("data:image/png;base64,iVBOR")


def test_the_table_of_figures_has_its_row(found: dict[str, Any]) -> None:
    (row,) = [row for row in found["documents"].splitlines() if "made_up" in row]
    assert row == (
        "| `<study>_made_up` | what the test shows | Appendix | `figures/made_up.py` "
        "| `analyze_fitted` | ours or baseline |"
    )


def test_the_paper_has_it_in_its_section_with_a_caption(found: dict[str, Any]) -> None:
    assert found["appendix"].count(r"\studyfigure{planted_made_up}") == 1
    text = found["captions"]["planted_made_up_caption.tex"]
    assert text.endswith(": a figure of the test.}")


def test_the_build_makes_the_notebook_again_when_it_changes(
    found: dict[str, Any],
) -> None:
    assert "code/value_scaling/report/figures/made_up.py" in found["sources"]
