"""Widgets that show a fit at another J, δ, environment or variant of the choices."""

from base64 import b64encode
from dataclasses import replace
from typing import Any

import ipywidgets as widgets
import numpy as np
from matplotlib.figure import Figure

from value_scaling.commands.stages.running import StageRun
from value_scaling.records import (
    VARIANTS,
    Budget,
    DataEfficiency,
    Hyperparameters,
    entry,
)
from value_scaling.report.drawing import explored
from value_scaling.report.results import RUNS
from value_scaling.report.tables.formats.html_table import html
from value_scaling.report.tables.formats.table import Column, Table
from value_scaling.report.tables.levels import optima
from value_scaling.store.files.outputs import draw
from value_scaling.workflow.budget import budget
from value_scaling.workflow.data.one_environment import of_environment
from value_scaling.workflow.pipeline import BUDGET, DATA_EFFICIENCY, HYPERPARAMETERS

POOLED = "all, pooled"
_DECADES = 2
"""Decades of δ to either side of the study's δ."""
_DPI = 120
_WIDTH = "810"
"""Width of the figures in pixels."""


class Explorer:
    """The results of a study, with controls for what they depend on.

    Jupyter shows the controls, figures and tables. A change of a control recomputes
    σ*(F) from the records of the fits, and fits nothing else again. Pages that cannot
    show widgets show the figures and tables alone.
    """

    def __init__(self, run: StageRun) -> None:
        self._run = run
        first = run.record(DATA_EFFICIENCY)
        sets = tuple(first.sets) if first else ()
        levels = first.sets[sets[0]].levels.tolist() if first else [0.0]
        names = [env.name for env in run.study.environments]
        middle = float(np.log10(run.study.delta))
        self.variant = widgets.ToggleButtons(
            options=list(VARIANTS), description="Choices"
        )
        """Variant of the analysis choices: `default` or `published`."""
        self.runs = widgets.Dropdown(
            options=[(RUNS[name], name) for name in sets], description="Runs"
        )
        """Set of runs to which D_J(σ) is fitted: `ours` or `baseline`."""
        self.environment = widgets.Dropdown(
            options=[POOLED, *names], description="Tasks"
        )
        """`POOLED`, or the name of an environment."""
        self.level = widgets.SelectionSlider(
            options=[(f"{level:g}", level) for level in levels],
            value=levels[-1],
            description="J",
        )
        """Level J of return."""
        self.delta = widgets.FloatLogSlider(
            value=run.study.delta,
            min=middle - _DECADES,
            max=middle + _DECADES,
            step=0.1,
            readout_format=".2g",
            description="δ",
        )
        """δ, in `Study.compute_unit` for each environment step."""
        self._controls = (
            self.variant,
            self.runs,
            self.environment,
            self.level,
            self.delta,
        )
        self._best, self._optimum = (widgets.Image(format="png") for _ in range(2))
        self._text = widgets.HTML()
        shown = [*self._controls, self._best, self._optimum, self._text]
        self._box = widgets.VBox(shown)
        for control in self._controls:
            control.continuous_update = False
            control.observe(self._changed, names="value")
        self._draw_best()
        self._draw_optimum()

    @property
    def tables(self) -> str:
        """The optimum at J, and B* and η* at σ*, as HTML."""
        return str(self._text.value)

    @property
    def pictures(self) -> tuple[bytes, ...]:
        """The figures that can be drawn, as PNG: B* and η*; D_J(σ) and σ*(F)."""
        images = (self._best, self._optimum)
        return tuple(bytes(each.value) for each in images if each.value)

    def _changed(self, change: Any) -> None:
        """Draw the figures that depend on the control that changed."""
        if change["owner"] in (self.variant, self.environment):
            self._draw_best()
        self._draw_optimum()

    def _draw_best(self) -> None:
        fits = self._run.record(HYPERPARAMETERS, self.variant.value)
        if fits is not None:
            names = self._environments()
            _show(self._best, explored.draw_best(fits, environments=names))

    def _draw_optimum(self) -> None:
        data = self._data()
        if data is None:
            self._optimum.value, self._text.value = b"", ""
            return
        level = data[0].levels.tolist().index(self.level.value)
        unit = self._run.study.compute_unit
        _show(self._optimum, explored.draw_optimum(*data, level=level, unit=unit))
        every = optima(self._run.study, data[1], data[0])
        tables = [replace(every, rows=every.rows[level : level + 1])]
        fits = self._run.record(HYPERPARAMETERS, self.variant.value)
        if fits is not None:
            utd = float(data[1].utd_star.value[level])
            tables.append(self._best_at(fits, utd))
        self._text.value = "\n".join(map(html, tables))

    def _environments(self) -> tuple[str, ...]:
        if self.environment.value == POOLED:
            return tuple(env.name for env in self._run.study.environments)
        return (self.environment.value,)

    def _data(self) -> tuple[DataEfficiency, Budget] | None:
        """Return D_J(σ), and σ*(F) at this δ."""
        variant, name = self.variant.value, self.runs.value
        every = self._run.record(DATA_EFFICIENCY, variant)
        budgets = self._run.record(BUDGET, variant)
        if every is None or budgets is None or name not in budgets.sets:
            return None
        efficiency = every.sets[name]
        if self.environment.value != POOLED:
            efficiency = of_environment(efficiency, self.environment.value)
        return efficiency, budget(
            efficiency,
            replace(self._run.study, delta=float(self.delta.value)),
            efficiency.choices,
            fitted_batch=budgets.sets[name].batch,
            with_checks=False,
        )

    def _best_at(self, fits: Hyperparameters, utd: float) -> Table:
        """Return a table of B* and η* at σ*."""
        at = [best.to_run().at(utd) for best in fits.fitted]
        names = fits.batch_size.environments
        shown = [e for e, env in enumerate(names) if env in self._environments()]
        axes = [best.axis for best in fits.fitted]
        return Table(
            slug="best_at_optimum",
            caption="",
            columns=(
                Column("environment"),
                *(Column(f"{axis.name}_at_utd_star") for axis in axes),
            ),
            rows=tuple((names[e], *(entry(best, e) for best in at)) for e in shown),
        )

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        """Return the widgets, and the figure and tables for pages without widgets."""
        found: dict[str, Any] = self._box._repr_mimebundle_(**options) or {}
        pictures = "".join(
            f'<img width="{_WIDTH}" alt="" src="data:image/png;base64,'
            f'{b64encode(picture).decode()}">\n'
            for picture in self.pictures
        )
        return found | {"text/html": pictures + self.tables}


def _show(image: widgets.Image, figure: Figure) -> None:
    """Draw a figure, which was laid out when it was made, into a widget."""
    figure.set_layout_engine("none")
    image.value = draw(figure, "png", dpi=_DPI)
    image.width = _WIDTH
