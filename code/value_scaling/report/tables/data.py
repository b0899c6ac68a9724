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
    law = efficiency.law
    logarithm = Estimate(
        *(np.log10(part) for part in (law.beta.value, law.beta.low, law.beta.high))
    )
    rows: list[Row] = [
        (
            float(level),
            negated(entry(law.exponent, j)),
            entry(logarithm, j),
            entry(law.scale, j),
            entry(law.asymptote, j),
        )
        for j, level in enumerate(efficiency.levels)
    ]
    return Table(
        slug=f"{study.name}_data_{efficiency.set_name}",
        caption=(
            rf"\textbf{{{escape(study.title)}: data laws, "
            rf"{_SETS.get(efficiency.set_name, efficiency.set_name)}.}} "
            r"$D_J(\sigma)=D^{\min}_J+(\beta_J/\sigma)^{\alpha_J}$; "
            r"$\beta_J^{\alpha_J}$ is the data above $D^{\min}_J$ at $\sigma=1$."
            + _origin(efficiency)
        ),
        columns=(
            Column("level", "$J$"),
            Column("alpha", r"$\alpha_J$"),
            Column("log10_beta", r"$\log_{10}\beta_J$"),
            Column(
                "beta_to_alpha_env_steps",
                r"$\beta_J^{\alpha_J}$ ($10^3$ steps)",
                unit=1e3,
            ),
            Column("d_min_env_steps", r"$D^{\min}_J$ ($10^3$ steps)", unit=1e3),
        ),
        rows=tuple(rows),
        form="wide",
    )


def optima(study: Study, budget: Budget, efficiency: DataEfficiency) -> Table:
    """σ*, C, D and F at the optimum of every level."""
    power = int(np.floor(np.log10(np.nanmedian(budget.compute_star.value))))
    flops = 10.0**power
    rows: list[Row] = [
        (
            f"{level:.0f}" + ("" if budget.fitted[j] else "†"),
            float(level),
            entry(budget.utd_star, j),
            entry(budget.compute_star, j),
            entry(budget.data_star, j),
            entry(budget.budget, j),
            bool(budget.fitted[j]),
            bool(budget.at_edge[j]),
        )
        for j, level in enumerate(budget.levels)
    ]
    return Table(
        slug=f"{study.name}_budget_{budget.set_name}",
        caption=(
            rf"\textbf{{{escape(study.title)}: cheapest $\sigma$ of every level, "
            rf"{_SETS.get(budget.set_name, budget.set_name)}.}} "
            r"$\sigma^*$ minimises $F=C_J+\delta D_J$. \dag: held out from the fits "
            r"along the budget." + _origin(efficiency)
        ),
        columns=(
            Column("label", "$J$", "l"),
            Column("level"),
            Column("utd_star", r"$\sigma^*$"),
            Column("compute_flops", rf"$C$ ($10^{{{power}}}$ FLOPs)", unit=flops),
            Column("data_env_steps", r"$D$ ($10^3$ steps)", unit=1e3),
            Column("budget_flops", rf"$F$ ($10^{{{power}}}$ FLOPs)", unit=flops),
            Column("in_fit"),
            Column("at_edge"),
        ),
        rows=tuple(rows),
        form="wide",
    )
