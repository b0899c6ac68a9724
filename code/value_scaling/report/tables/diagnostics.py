"""Table of the changes of diagnostics with σ, B and η."""

import numpy as np

from value_scaling.records import MEASURES, PREDICTORS, Diagnostics, Study, entry
from value_scaling.records.axes import AXES
from value_scaling.report.tables.formats.table import Column, Row, Share, Table
from value_scaling.report.text.latex import escape

_WORDS = {
    "overfitting": "newest minus uniform TD error",
    "validation_overfitting": "validation minus uniform TD error",
    "parameter_norm": "parameter norm, critics",
    "actor_norm": "parameter norm, actor",
    "gradient_norm": "gradient norm, critics",
    "dormant_fraction": "share of dormant units",
    "feature_rank": "feature rank",
}


def diagnostics(study: Study, record: Diagnostics) -> Table:
    """Return a table of the slopes of every measure and of settings above zero.

    The CSV file also has the slopes of each environment alone.
    """
    rows: list[Row] = []
    by_env: list[Row] = []
    for name, measure in record.measures.items():
        values = measure.values.value
        known = values[np.isfinite(values)]
        above = Share(int((known > 0).sum()), len(known))
        rows.append(
            (
                _WORDS[name],
                *(entry(measure.trend.slope, p) for p in range(len(PREDICTORS))),
                above if MEASURES[name][1] else None,
            )
        )
        for e, env in enumerate(record.environments):
            slopes = (entry(measure.separate, e, p) for p in range(len(PREDICTORS)))
            by_env.append((_WORDS[name], env, *slopes))
    columns = tuple(
        Column(f"per_doubling_of_{name}", f"${AXES[name].latex}$")
        for name in PREDICTORS
    )
    machine = Table(
        slug=f"{study.name}_diagnostics",
        caption="",
        columns=(Column("measure"), Column("environment"), *columns),
        rows=(*((row[0], "all, one slope", *row[1:-1]) for row in rows), *by_env),
    )
    return Table(
        slug=machine.slug,
        caption=(
            rf"\textbf{{{escape(study.title)}: metrics other than returns.}} "
            r"Change per doubling of $\sigma$, $B$ and $\eta$, in units of the "
            "environment's median (of the TD error on uniform data for differences, of "
            "the quantity itself for the others), by least squares over the settings "
            "of the grid search. Values are means over the second half of the steps "
            "that all settings of an environment have, then medians over seeds. Right: "
            "settings in which a difference is above zero."
        ),
        columns=(
            Column("measure", "Measured", "l"),
            *columns,
            Column("settings_above_zero", "Above zero"),
        ),
        rows=tuple(rows),
        machine=machine,
    )
