"""Table of the cost of each way to choose B and η, on held-out seeds."""

import numpy as np

from value_scaling.records import Estimate, Regrets, Study
from value_scaling.records.stages.regret import Regret, RegretRatio
from value_scaling.report.findings.regret import (
    NAMES,
    SCOPES,
    left_out,
    scopes,
    way_text,
    ways,
)
from value_scaling.report.tables.formats.table import (
    Cell,
    Column,
    Heading,
    Percent,
    Row,
    Table,
)
from value_scaling.report.text.latex import escape, prose


def regret(study: Study, record: Regrets) -> Table:
    """Return a table of the extra data of every way and of ratios of two ways.

    The CSV file also has each environment.
    """
    top = f"$J={record.levels[-1]:g}$"
    rows: list[Row | Heading] = []
    for scope in scopes(record):
        rows.append(Heading(f"Extra data, {prose(SCOPES[scope])}"))
        for way in ways(record, scope):
            one, last = (record.row(scope, at, way) for at in ("all", "highest"))
            rows.append(
                (
                    way_text(record, way),
                    _extra(one),
                    _extra(last),
                    Percent(last.unreached) if last else None,
                )
            )
    for scope in scopes(record):
        own = [r for r in record.ratios if (r.scope, r.levels) == (scope, "all")]
        if own:
            rows.append(Heading(f"Ratio of the data, {prose(SCOPES[scope])}"))
        for ratio in own:
            last_ratio = record.ratio(scope, "highest", ratio.way, ratio.over)
            rows.append(
                (
                    f"{NAMES[ratio.way]} / {NAMES[ratio.over]}",
                    _known(ratio),
                    _known(last_ratio),
                    None,
                )
            )
    count = len(record.levels)
    levels = (
        f"the {count} levels that decide" if count > 1 else "the level that decides"
    )
    return Table(
        slug=f"{study.name}_regret",
        caption=(
            rf"\textbf{{{escape(study.title)}: cost of each way to choose $B$ and "
            r"$\eta$.} The choice uses half of the seeds, and the other half gives the "
            "cost: the environment steps relative to the best cell on that half, minus "
            rf"one, with 95\% intervals over seeds. The first column is for {levels} "
            r"$B^*$ and $\eta^*$, the others for the highest level alone, with the "
            "share of choices whose cell never reaches it (these count with the length "
            "of the run). The lower rows give the ratio of the data of two ways. "
            rf"{prose(left_out(record))}"
        ).strip(),
        columns=(
            Column("way", "Chosen by", "l"),
            Column("all_levels", "All levels" if count > 1 else "Level"),
            Column("highest_level", top),
            Column("unreached", "Never"),
        ),
        rows=tuple(rows),
        in_paper=False,  # the figure shows it
        machine=_machine(study, record),
    )


def _extra(row: Regret | None) -> Cell:
    if row is None or not np.isfinite(row.data.value):
        return None
    data = row.data
    return Percent(Estimate(data.value - 1, data.low - 1, data.high - 1))


def _known(ratio: RegretRatio | None) -> Cell:
    return ratio.data if ratio and np.isfinite(ratio.data.value) else None


def _machine(study: Study, record: Regrets) -> Table:
    """Return a row for each way or ratio, over all environments and in each one."""
    rows: list[Row] = []
    judged: tuple[Regret | RegretRatio, ...] = (*record.rows, *record.ratios)
    for each in judged:
        over, share = "best cell on held-out seeds", None
        if isinstance(each, RegretRatio):
            over = way_text(record, each.over)
        else:
            share = each.unreached
        head: Row = (SCOPES[each.scope], each.levels, way_text(record, each.way), over)
        rows.append((*head, "all", each.data, share))
        rows += [
            (*head, env, float(value), None)
            for env, value in zip(record.environments, each.environments, strict=True)
        ]
    names = ("chosen_for", "levels", "way", "over", "environment", "data_ratio")
    return Table(
        slug=f"{study.name}_regret",
        caption="",
        columns=tuple(Column(name) for name in (*names, "share_unreached")),
        rows=tuple(rows),
    )
