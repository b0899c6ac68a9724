"""Figure of D along σ at all levels."""

from value_scaling.report.sizes.levels import figure_along

FIGURE = figure_along("utd", "Figure 17")
