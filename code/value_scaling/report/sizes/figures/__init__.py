"""The figures of a study of σ and N, each in the module named by its slug.

Files are `figures/<study>_<slug>.pdf` and `.png`. Figure 2 of the paper has no study in
its name; a study of the user has such a figure as `<study>_overview`.
"""

from value_scaling.report.sizes.entry import SizeFigure
from value_scaling.report.sizes.figures import (
    batch_size_model_size,
    data_by_model_size,
    data_by_utd,
    figure2,
    iso_data,
    optima_along_budget,
    passive_critic,
    td_errors,
)
from value_scaling.report.sizes.results import SizeResults

SIZE_FIGURES: dict[str, SizeFigure] = {
    "figure2": figure2.FIGURE,
    "iso_data": iso_data.FIGURE,
    "optima_along_budget": optima_along_budget.FIGURE,
    "data_by_utd": data_by_utd.FIGURE,
    "data_by_model_size": data_by_model_size.FIGURE,
    "batch_size_model_size": batch_size_model_size.FIGURE,
    "td_errors": td_errors.FIGURE,
    "passive_critic": passive_critic.FIGURE,
}
"""Figures by slug, in the order of the paper."""


def stem(study: str, slug: str, *, own: bool = False) -> str:
    """Return the name of the files of a figure, and of its label and caption.

    Args:
        own: whether the study is the user's and not the follow-up paper's.
    """
    if slug == "figure2":
        return f"{study}_overview" if own else slug
    return f"{study}_{slug}"


def available_sizes(results: SizeResults) -> dict[str, SizeFigure]:
    """Return the figures whose data the record has, by slug."""
    return {slug: each for slug, each in SIZE_FIGURES.items() if each.has(results)}
