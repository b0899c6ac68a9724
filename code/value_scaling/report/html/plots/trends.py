"""Interactive plots of overfitting and of the parameter norm, with their trends."""

import numpy as np

from value_scaling.records import Diagnostics, Study
from value_scaling.records.axes import AXES
from value_scaling.report.drawing.trends import slope_text
from value_scaling.report.figures.overfitting import measures_shown
from value_scaling.report.html.marks import (
    Form,
    Mark,
    Panel,
    axis,
    curve,
    environment_marks,
    name_html,
    panel,
    points,
    smooth,
)
from value_scaling.report.html.plots.common import zero
from value_scaling.report.text.plain import capitalised

_WORDS = {
    "overfitting": "Overfitting: newest − uniform",
    "validation_overfitting": "Overfitting: validation − uniform",
    "parameter_norm": "Parameter norm",
}


def overfitting(study: Study, diagnostics: Diagnostics) -> list[Panel]:
    """Return overfitting against σ and B."""
    return [
        _panel(diagnostics, name, predictor)
        for name in measures_shown(diagnostics)
        for predictor in ("utd", "batch_size")
    ]


def parameter_norm(study: Study, diagnostics: Diagnostics) -> list[Panel]:
    """Return the norm of the critics' parameters against σ and η."""
    return [
        _panel(diagnostics, "parameter_norm", predictor)
        for predictor in ("utd", "learning_rate")
    ]


def _panel(diagnostics: Diagnostics, name: str, predictor: str) -> Panel:
    measure = diagnostics.measures[name]
    each = AXES[predictor]
    x = np.array([s.values[predictor] for s in diagnostics.settings], dtype=float)
    envs = np.array(
        [diagnostics.environments.index(s.env) for s in diagnostics.settings]
    )
    marks: list[Mark | None] = []
    looks = environment_marks(len(diagnostics.environments))
    apart = np.linspace(-1, 1, len(looks)) if len(looks) > 1 else np.zeros(1)
    for e, (colour, symbol) in enumerate(looks):
        own = envs == e
        marks.append(
            points(
                x[own] * 1.04 ** apart[e],
                measure.values.value[own],
                name=name_html(diagnostics.environments[e]),
                colour=colour,
                symbol=symbol,
                faint=True,
                labels=[
                    name_html(str(setting))
                    for setting, mine in zip(diagnostics.settings, own, strict=True)
                    if mine
                ],
            )
        )
    along = smooth(np.unique(x))
    trend = measure.trend.at(predictor, along)
    marks.append(curve(along, trend, name="Trend", colour="ink", dash="dash"))
    signed = name != "parameter_norm"
    if signed:
        marks.append(zero())
    title = slope_text(diagnostics, name, predictor).replace("$", "")
    y = axis(_WORDS[name], log=not signed)
    words = capitalised(f"{each.words} {each.symbol}")
    form: Form = "utd" if predictor == "utd" else "plain"
    return panel(title, axis(words, form, ticks=np.unique(x)), y, marks)
