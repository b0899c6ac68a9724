"""Figure of D along N at all levels."""

from value_scaling.report.sizes.levels import figure_along

FIGURE = figure_along("size", "Figure 16")
