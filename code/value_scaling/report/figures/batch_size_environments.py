"""Figure of B*(σ) with a panel for each environment."""

from value_scaling.records.axes import AXES
from value_scaling.report.drawing.environment_values import environments_figure

FIGURE = environments_figure(AXES["batch_size"])
