"""The figures of runs that others made."""

from value_scaling.report.external import external_validity, isaaclab

EXTERNAL_FIGURES = {
    external_validity.SLUG: "exponents of D_J in σ, width and B, for each task",
    isaaclab.SLUG: "FlashSAC in IsaacLab, in place of Figure 1's Isaac Gym row",
}
"""What each figure shows, by slug; the slug is also the name of its module."""
