"""A row for each figure: what it shows, where it is made, and from which runs."""

from value_scaling.report.documents.grid import grid
from value_scaling.report.figures import FIGURES

SHOWS = {
    "figure1": "Figure 1: frontier, σ\\*(F) and iso-performance, a row for each study",
    "grid_search": "data to the top level over the whole (B, η) grid",
    "sweep_curves": "learning curves of the grid search",
    "best_hyperparameters": "B\\*(σ) and η\\*(σ), all environments on one line",
    "batch_size_environments": "B\\*(σ) of each environment, and proposals",
    "learning_rate_environments": "η\\*(σ) of each environment, and proposals",
    "regret": "what each way to choose B and η costs on seeds that did not choose",
    "overfitting": "overfitting against σ and B",
    "parameter_norm": "norm of the critics' parameters against σ and η",
    "learning_curves": "learning curves, isotonic fits, crossings",
    "data_environments": "D_J(σ) of each environment",
    "all_levels": "D_J(σ) at every level",
    "ours_and_constant": "fitted and constant hyperparameters compared",
    "extrapolation": "D_J(σ) extrapolated to held-out σ",
    "law_choice": "equations for D_J(σ) by their error at held-out σ",
    "data_compute_frontier": "Figure 1, left: D_J against σ and against C_J",
    "isoperformance": "Figure 1, right: iso-performance curves, optima, iso-cost lines",
    "budget": "Figure 1, middle: σ\\*(F), and the budgets that were held out",
    "sensitivity": "conclusions under other δ, levels and combinations of choices",
}
_SETS = {
    "sweep": "sweep",
    "hyperparameters": "sweep",
    "regret": "sweep",
    "overfitting": "sweep, with TD errors logged",
    "parameter norm": "sweep, with norms logged",
    "crossings": "ours or baseline",
    "measured": "ours or baseline",
    "law choice": "ours or baseline",
    "efficiency": "ours or baseline",
    "budget": "ours or baseline",
    "sensitivity": "ours or baseline",
    "ours": "ours",
    "baseline": "baseline",
}


def figures() -> str:
    """Return Markdown: the table of all figures, Figure 1 first."""
    rows = []
    for slug in sorted(FIGURES, key=lambda slug: slug != "figure1"):
        entry = FIGURES[slug]
        name = slug if slug == "figure1" else f"<study>_{slug}"
        notebook = f"`{entry.notebook}`" if entry.notebook else "`scaling overview`"
        sets = dict.fromkeys(_SETS[n] for n in entry.needs if n in _SETS)
        words = ", ".join(sets) or "every study"
        rows.append([f"`{name}`", SHOWS[slug], notebook, words])
    return grid(["figure", "shows", "made by", "needs runs of"], rows)
