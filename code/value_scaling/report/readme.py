"""The part of the README that is made: where each figure comes from, and what it costs.

Minutes and megabytes are those of `docs/measured.json`, which `make bench` wrote.
"""

from collections.abc import Mapping
from typing import Any

from value_scaling.records import ScalingError
from value_scaling.report.figures import FIGURES

BEGIN = "<!-- made by `scaling readme`: -->"
END = "<!-- :made -->"
BUNDLED = "<!-- the bundled study, made by `scaling readme`: -->"
BUNDLED_END = "<!-- :the bundled study -->"

SHOWS = {
    "figure1": "Figure 1: frontier, σ\\*(F) and iso-performance, a row a study",
    "grid_search": "data to the top level over the whole (B, η) grid",
    "sweep_curves": "learning curves of the grid search",
    "best_hyperparameters": "B\\*(σ), η\\*(σ), all environments on one line",
    "batch_size_environments": "B\\*(σ) of each environment, and proposals",
    "learning_rate_environments": "η\\*(σ) of each environment, and proposals",
    "overfitting": "overfitting against σ and B",
    "parameter_norm": "norm of the critics' parameters against σ and η",
    "learning_curves": "learning curves, isotonic fits, crossings",
    "data_environments": "D_J(σ) of each environment",
    "all_levels": "D_J(σ) at every level",
    "ours_and_constant": "fitted against constant hyperparameters",
    "extrapolation": "D_J(σ) extrapolated to held-out σ",
    "data_compute_frontier": "Figure 1 left: D_J against σ and against C_J",
    "isoperformance": "Figure 1 right: iso-performance curves, optima, iso-cost",
    "budget": "Figure 1 middle: σ\\*(F), held-out budgets",
}
_SETS = {
    "sweep": "sweep",
    "hyperparameters": "sweep",
    "overfitting": "sweep, with TD errors logged",
    "parameter norm": "sweep, with norms logged",
    "crossings": "ours or baseline",
    "measured": "ours or baseline",
    "efficiency": "ours or baseline",
    "budget": "ours or baseline",
    "ours": "ours",
    "baseline": "baseline",
}
_STAGE = "of it "
"""How a row begins that is part of the one before."""


def readme(text: str, measured: Mapping[str, Any], bundled: str | None = None) -> str:
    """Return the README with the parts between its marks made again.

    Args:
        measured: what `make bench` wrote.
        bundled: of the bundled study, from `report.bundled`; None: left as it is.
    """
    text = _between(text, BEGIN, END, f"{_figures()}\n{_costs(measured)}")
    if bundled is not None:
        text = _between(text, BUNDLED, BUNDLED_END, bundled)
    return text


def _between(text: str, begin: str, end: str, made: str) -> str:
    if text.count(begin) != 1 or text.count(end) != 1:
        raise ScalingError(
            "README.md",
            found=f"{text.count(begin)} × {begin!r} and {text.count(end)} × {end!r}",
            expected="each once",
            fix="restore the two marks around the made part",
        )
    head, rest = text.split(begin)
    return f"{head}{begin}\n{made}{end}{rest.split(end)[1]}"


def _figures() -> str:
    lines = [
        "| figure | shows | notebook | runs of |",
        "| --- | --- | --- | --- |",
    ]
    for slug in sorted(FIGURES, key=lambda slug: slug != "figure1"):
        entry = FIGURES[slug]
        name = slug if slug == "figure1" else f"<study>_{slug}"
        notebook = f"`{entry.notebook}`" if entry.notebook else "`scaling overview`"
        sets = dict.fromkeys(_SETS[n] for n in entry.needs if n in _SETS)
        words = ", ".join(sets) or "every study"
        lines.append(f"| `{name}` | {SHOWS[slug]} | {notebook} | {words} |")
    return "\n".join(lines) + "\n"


def _costs(measured: Mapping[str, Any]) -> str:
    lines = [
        "<details><summary>What it costs</summary>",
        "",
        f"Measured by `make bench` on {measured['cpus']} {measured['machine']} cores; "
        "CPU seconds are those of one core. Each stage of `make figures`, too, is in "
        "`docs/measured.json`.",
        "",
        "| what | measured |",
        "| --- | --- |",
    ]
    lines += [
        f"| {row['what']} | {_value(row['value'], row['unit'])} |"
        for row in measured["rows"]
        if not row["what"].startswith(_STAGE)
    ]
    return "\n".join([*lines, "", "</details>"]) + "\n"


def _value(value: float, unit: str) -> str:
    """Two digits below ten, whole numbers above; minutes from two minutes up."""
    if unit == "s" and value >= 120:
        value, unit = value / 60, "min"
    text = f"{value:.2g}" if value < 10 else f"{value:.0f}"
    return f"{text} {unit}".strip()
