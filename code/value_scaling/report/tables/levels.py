"""Tables of the second and third stage: D_J(σ) and budget optima at every level."""

import numpy as np

from value_scaling.records import (
    ALPHA,
    Bounded,
    Budget,
    DataEfficiency,
    Study,
    entry,
    negated,
    why_no_fit,
)
from value_scaling.report.results import RUNS
from value_scaling.report.tables.formats.table import Cell, Column, Row, Table
from value_scaling.report.text.latex import escape, prose


def _origin(efficiency: DataEfficiency) -> str:
    if efficiency.source == "archive":
        return ""
    return (
        f" The runs are not here: published coefficients "
        f"({escape(efficiency.source)}), for which no interval is known."
    )


def data_laws(study: Study, efficiency: DataEfficiency) -> Table:
    """Return a table of α, β and D_min of D_J(σ) at every level."""
    return Table(
        slug=f"{study.name}_data_{efficiency.set_name}",
        caption=(
            rf"\textbf{{{_title(study, efficiency)}.}} "
            r"$D_J(\sigma)=D^{\min}_J+(\beta_J/\sigma)^{\alpha_J}$."
            + _origin(efficiency)
        ),
        columns=(Column("level", "$J$"), *_LAW_COLUMNS, *_STATUS_COLUMNS),
        rows=tuple(
            (
                float(level),
                *_law_cells(efficiency, j),
                efficiency.law.status_of(j),
                float(efficiency.law.at_bound[j]),
                _why(efficiency, j),
                efficiency.set_words(j),
            )
            for j, level in enumerate(efficiency.levels)
        ),
        in_paper=False,
    )


def optima(study: Study, budget: Budget, efficiency: DataEfficiency) -> Table:
    """Return a table of σ*, C, D and F at the optimum of every level."""
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
            Column("other_environments"),
        ),
        rows=tuple(
            (
                float(level),
                *_optimum_cells(budget, j),
                bool(budget.fitted[j]),
                bool(budget.at_edge[j]),
                bool(budget.other_sets[j]),
            )
            for j, level in enumerate(budget.levels)
        ),
        in_paper=False,
    )


def levels(study: Study, efficiency: DataEfficiency, budget: Budget | None) -> Table:
    """Return a table of D_J(σ) and of the optimum at every level, for one set."""
    rows: list[Row] = []
    for j, level in enumerate(efficiency.levels):
        held_out = budget is not None and budget.held_out[j]
        rows.append(
            (
                f"{level:.0f}" + ("†" if held_out else ""),
                *_law_cells(efficiency, j),
                *(_optimum_cells(budget, j) if budget else ()),
            )
        )
    caption = (
        rf"\textbf{{{_title(study, efficiency)}.}} Left: "
        r"$D_J(\sigma)=D^{\min}_J+(\beta_J/\sigma)^{\alpha_J}$." + _gaps(efficiency)
    )
    for words, found in efficiency.smaller_sets().items():
        numbers = ", ".join(f"{level:g}" for level in found)
        caption += f" $J={numbers}$: pooled over {prose(words)}."
    if budget:
        caption += (
            r" Right: the cheapest $\sigma$, with its data and its budget $F=C_J+"
            r"\delta D_J$; \dag: held out from the fits along the budget."
        )
        if budget.at_edge.any():
            caption += (
                r" $\geq$, $\leq$: a bound, because the search for $\sigma^*$ ended at "
                r"the largest or smallest $\sigma$ that was run; its $D$ and $F$ are "
                r"those at the bound."
            )
        if budget.other_sets.any():
            numbers = ", ".join(f"{x:g}" for x in budget.levels[budget.other_sets])
            caption += (
                f" $J={numbers}$: of other environments, in no fit along the budget."
            )
        if budget.unidentified:
            caption += (
                r" The fits along the budget are not identifiable: "
                f"{prose(budget.unidentified)}."
            )
    return Table(
        slug=f"{study.name}_levels",
        caption=caption + _origin(efficiency),
        columns=(
            Column("level", "$J$", "l"),
            *_LAW_COLUMNS,
            *(_optimum_columns(budget, compute=False) if budget else ()),
        ),
        rows=tuple(rows),
        in_csv=False,
    )


_LAW_COLUMNS = (
    Column("alpha", r"$\alpha_J$"),
    Column("beta_to_the_alpha_env_steps", r"$\beta_J^{\alpha_J}$ ($10^3$)", unit=1e3),
    Column("d_min_env_steps", r"$D^{\min}_J$ ($10^3$)", unit=1e3),
)


_STATUS_COLUMNS = (
    Column("fit"),
    Column("draws_at_the_limit"),
    Column("why_no_fit"),
    Column("pooled_over"),
)


def _law_cells(efficiency: DataEfficiency, j: int) -> tuple[Cell, ...]:
    """Return α, β^α and D_min, or words in place of α if there is no fit."""
    law = efficiency.law
    if not law.converged[j]:
        at_limit = law.status_of(j) == "at a bound"
        return ("at the limit" if at_limit else "no fit"), None, None
    alpha = Bounded(negated(entry(law.exponent, j)), ALPHA)
    return alpha, entry(law.scale, j), entry(law.asymptote, j)


def _why(efficiency: DataEfficiency, j: int) -> str:
    """Say why there is no fit at a level; empty if there is one."""
    if why := why_no_fit(efficiency.law, j):
        return why
    blocked = [b for b in efficiency.blocked if b.level == efficiency.levels[j]]
    return blocked[0].words() if blocked else ""


def _gaps(efficiency: DataEfficiency) -> str:
    """Say at which levels there is no fit and why."""
    reasons: dict[str, list[str]] = {}
    for j, level in enumerate(efficiency.levels):
        if not efficiency.law.converged[j]:
            reasons.setdefault(_why(efficiency, j), []).append(f"{level:g}")
    texts = (
        f" No fit at $J={', '.join(found)}$" + (f": {prose(why)}." if why else ".")
        for why, found in reasons.items()
    )
    return "".join(texts)


def _optimum_columns(budget: Budget, *, compute: bool = True) -> tuple[Column, ...]:
    """Return the columns of the optimum; without `compute`, it follows as F − δD."""
    known = budget.compute_star.value[np.isfinite(budget.compute_star.value)]
    power = int(np.floor(np.log10(np.median(known)))) if known.size else 0
    flops = 10.0**power
    return (
        Column("utd_star", r"$\sigma^*$"),
        Column(
            "compute_flops", rf"$C$ ($10^{{{power}}}$)" if compute else "", unit=flops
        ),
        Column("data_env_steps", r"$D$ ($10^3$)", unit=1e3),
        Column("budget_flops", rf"$F$ ($10^{{{power}}}$)", unit=flops),
    )


def _optimum_cells(budget: Budget, j: int) -> tuple[Cell, ...]:
    if not np.isfinite(budget.utd_star.value[j]):
        return "no fit", None, None, None
    return (
        Bounded(entry(budget.utd_star, j), budget.limits),
        entry(budget.compute_star, j),
        entry(budget.data_star, j),
        entry(budget.budget, j),
    )


def _title(study: Study, efficiency: DataEfficiency) -> str:
    words = RUNS.get(efficiency.set_name, efficiency.set_name)
    return f"{escape(study.title)}: every level, {words}"
