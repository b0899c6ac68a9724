"""Tables of the second and third stage: data laws and budget optima of every level."""

import numpy as np

from value_scaling.records import Budget, DataEfficiency, Estimate, Study
from value_scaling.report.latex import entry, escape, negated
from value_scaling.report.tables.table import Column, Row, Table

_SETS = {"ours": "fitted hyperparameters", "baseline": "constant hyperparameters"}


def _origin(efficiency: DataEfficiency) -> str:
    if efficiency.source == "archive":
        return ""
    return (
        f" The runs are not here: published coefficients "
        f"({escape(efficiency.source)}), for which no interval is known."
    )


def data_laws(study: Study, efficiency: DataEfficiency) -> Table:
    """α, β and D_min of D_J(σ) for every level."""
    return Table(
        slug=f"{study.name}_data_{efficiency.set_name}",
        caption=(
            rf"\textbf{{{_title(study, efficiency)}.}} "
            r"$D_J(\sigma)=D^{\min}_J+(\beta_J/\sigma)^{\alpha_J}$."
            + _origin(efficiency)
        ),
        columns=(Column("level", "$J$"), *_LAW_COLUMNS),
        rows=tuple(
            (float(level), *_law_cells(efficiency, j))
            for j, level in enumerate(efficiency.levels)
        ),
        in_paper=False,
    )


def optima(study: Study, budget: Budget, efficiency: DataEfficiency) -> Table:
    """σ*, C, D and F at the optimum of every level."""
    return Table(
        slug=f"{study.name}_budget_{budget.set_name}",
        caption=(
            rf"\textbf{{{_title(study, efficiency)}.}} "
            r"$\sigma^*$ minimises $F=C_J+\delta D_J$." + _origin(efficiency)
        ),
        columns=(
            Column("level", "$J$"),
            *_optimum_columns(budget),
            Column("in_fit"),
            Column("at_edge"),
        ),
        rows=tuple(
            (
                float(level),
                *_optimum_cells(budget, j),
                bool(budget.fitted[j]),
                bool(budget.at_edge[j]),
            )
            for j, level in enumerate(budget.levels)
        ),
        in_paper=False,
    )


def levels(study: Study, efficiency: DataEfficiency, budget: Budget | None) -> Table:
    """Data law and optimum of every level in one table for readers."""
    rows: list[Row] = []
    for j, level in enumerate(efficiency.levels):
        held_out = budget is not None and not budget.fitted[j]
        rows.append(
            (
                f"{level:.0f}" + ("†" if held_out else ""),
                *_law_cells(efficiency, j),
                *(_optimum_cells(budget, j) if budget else ()),
            )
        )
    caption = (
        rf"\textbf{{{_title(study, efficiency)}.}} Left: "
        r"$D_J(\sigma)=D^{\min}_J+(\beta_J/\sigma)^{\alpha_J}$."
    )
    if budget:
        caption += (
            r" Right: the cheapest $\sigma$, with its compute, data and budget $F=C_J+"
            r"\delta D_J$; \dag: held out from the laws of the budget."
        )
    return Table(
        slug=f"{study.name}_levels_{efficiency.set_name}",
        caption=caption + _origin(efficiency),
        columns=(
            Column("level", "$J$", "l"),
            *_LAW_COLUMNS,
            *(_optimum_columns(budget) if budget else ()),
        ),
        rows=tuple(rows),
        in_csv=False,
    )


_LAW_COLUMNS = (
    Column("alpha", r"$\alpha_J$"),
    Column("log10_beta", r"$\log_{10}\beta_J$"),
    Column("d_min_env_steps", r"$D^{\min}_J$ ($10^3$)", unit=1e3),
)


def _law_cells(efficiency: DataEfficiency, j: int) -> tuple[Estimate, ...]:
    law = efficiency.law
    beta = entry(law.beta, j)
    with np.errstate(divide="ignore"):  # a law without a falling part has β = 0
        logarithm = Estimate(
            *(np.log10(part) for part in (beta.value, beta.low, beta.high))
        )
    return negated(entry(law.exponent, j)), logarithm, entry(law.asymptote, j)


def _optimum_columns(budget: Budget) -> tuple[Column, ...]:
    power = int(np.floor(np.log10(np.nanmedian(budget.compute_star.value))))
    flops = 10.0**power
    return (
        Column("utd_star", r"$\sigma^*$"),
        Column("compute_flops", rf"$C$ ($10^{{{power}}}$)", unit=flops),
        Column("data_env_steps", r"$D$ ($10^3$)", unit=1e3),
        Column("budget_flops", rf"$F$ ($10^{{{power}}}$)", unit=flops),
    )


def _optimum_cells(budget: Budget, j: int) -> tuple[Estimate, ...]:
    return (
        entry(budget.utd_star, j),
        entry(budget.compute_star, j),
        entry(budget.data_star, j),
        entry(budget.budget, j),
    )


def _title(study: Study, efficiency: DataEfficiency) -> str:
    words = _SETS.get(efficiency.set_name, efficiency.set_name)
    return f"{escape(study.title)}: every level, {words}"
