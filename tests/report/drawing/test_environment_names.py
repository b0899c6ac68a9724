"""Titles and names from users are drawn and typeset unchanged."""

import subprocess
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from planted import (
    planted_budget,
    planted_crossings,
    planted_diagnostics,
    planted_efficiency,
    planted_hyperparameters,
    planted_regret,
    planted_runs,
    planted_study,
)

from value_scaling.report.drawing.environment_names import name_text
from value_scaling.report.figures import FIGURES, arguments
from value_scaling.report.figures.figure1 import Row
from value_scaling.report.results import Results
from value_scaling.report.text.latex import escape
from value_scaling.stats.isotonic import isotonic_fit

HOSTILE = (
    r"$\frac$", "$x", "a $b$ c", r"\$", r"\input{/etc/passwd}", "日本", "%&#_{}~^",
    "γλ", "\U0001f600", "e\u0301",
)  # fmt: skip
"""Names with signs of formulas and commands, and with letters that fonts may lack."""


def renamed(value: Any, old: str, new: str) -> Any:
    """Return a record in which one text is replaced everywhere."""
    if isinstance(value, str):
        return value.replace(old, new)
    if isinstance(value, tuple):
        return tuple(renamed(each, old, new) for each in value)
    if isinstance(value, dict):
        return {key: renamed(each, old, new) for key, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        changed = {f.name: getattr(value, f.name) for f in fields(value) if f.init}
        return replace(value, **{k: renamed(v, old, new) for k, v in changed.items()})
    return value


def texts(figure: Figure) -> str:
    return "\n".join(each.get_text() for each in figure.findobj(Text))


@pytest.mark.parametrize("name", [r"$\frac$", "日本 $x"])
def test_figures_show_a_name_as_it_is(name: str) -> None:
    """No name raises or warns of a missing letter, as warnings are errors here."""
    study = planted_study(environments=2)
    ours = planted_efficiency(study)
    runs = planted_runs(study, set_name="ours")
    results = Results(
        {"ours": planted_crossings(runs, levels=study.fitted_levels),
         "sweep": planted_crossings(planted_runs(study, set_name="sweep"))},
        planted_hyperparameters(study),
        {"ours": ours},
        {"ours": planted_budget(study, ours)},
        planted_diagnostics(study),
        regret=planted_regret(study),
    )  # fmt: skip
    study, results, runs = (
        renamed(each, "Task0-v4", name) for each in (study, results, runs)
    )
    shown = name_text(name)
    found = 0
    for slug in FIGURES:
        chosen = arguments(slug, results) if slug != "figure1" else None
        if chosen is None:
            continue
        if FIGURES[slug].also:
            if chosen[0].set_name != "ours":
                continue
            fits = {
                c.setting: isotonic_fit(c.returns.mean(axis=1)) for c in runs.curves
            }
            chosen = (*chosen, runs, fits)
        figure = FIGURES[slug].draw(study, *chosen)
        figure.draw_without_rendering()
        found += shown in texts(figure)
    assert found >= 3


@pytest.mark.parametrize("name", HOSTILE)
def test_figure_1_shows_a_title_as_it_is(name: str) -> None:
    study = planted_study(environments=2)
    data = planted_efficiency(study)
    titled = replace(study, title=name)
    figure = FIGURES["figure1"].draw([Row(titled, data, planted_budget(study, data))])
    assert name_text(name) in texts(figure)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ant-v4", "Ant-v4"),
        (r"$\frac$", r"\$\frac\$"),
        ("日", "[U+65E5]"),
        ("é σ", "é σ"),
    ],
)
def test_only_what_must_be_is_changed(name: str, shown: str) -> None:
    assert name_text(name) == shown


def test_latex_takes_every_name(tmp_path: Path) -> None:
    """With the paper's preamble, a command in a name is printed, not executed."""
    latin = "".join(map(chr, [*range(32, 127), *range(160, 400)]))
    lines = "\n\n".join(escape(name) for name in (*HOSTILE, latin))
    (tmp_path / "a.tex").write_text(
        "\\documentclass{article}\\usepackage[T1]{fontenc}\\usepackage[utf8]{inputenc}"
        f"\\begin{{document}}{lines}\\end{{document}}",
        encoding="utf-8",
    )
    try:
        done = subprocess.run(
            ["pdflatex", "-halt-on-error", "-interaction=batchmode", "a.tex"],
            cwd=tmp_path, capture_output=True, text=True,
        )  # fmt: skip
    except FileNotFoundError:
        pytest.skip("no pdflatex here")
    log = (tmp_path / "a.log").read_text(errors="replace")
    assert done.returncode == 0, log[-2000:]
    assert "/etc/passwd" not in [line.strip("()") for line in log.split()]


def test_what_latex_has_not_got_is_told_by_its_number() -> None:
    assert escape("日γ σ") == r"[U+65E5][U+03B3] $\sigma$"
