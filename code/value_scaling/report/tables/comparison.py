"""Tables that compare fresh runs with published runs."""

from collections.abc import Iterator

import numpy as np

from value_scaling.records import Estimate, Setting, Study, entry
from value_scaling.records.axes import FITTED
from value_scaling.records.stages.comparison import Comparison, SetComparison
from value_scaling.report.results import HYPERPARAMETERS
from value_scaling.report.tables.formats.table import Column, Heading, Row, Share, Table
from value_scaling.report.text.latex import escape

SETS = {"sweep": "sweep"} | HYPERPARAMETERS


def comparison_tables(study: Study, found: Comparison) -> tuple[Table, ...]:
    """Return the tables of an overview, of the fits and of every setting."""
    tables = [overview(study, found)] if found.sets else []
    if found.laws:
        tables.append(laws(study, found))
    if found.sets:
        tables.append(settings(study, found))
    return tuple(tables)


def overview(study: Study, found: Comparison) -> Table:
    """Return a table with a row for each set and environment."""
    rows: list[Row] = []
    for one in found.sets:
        environments = dict.fromkeys(pair[0].env for pair in one.pairs)
        for env in environments:
            own = np.array([pair[0].env == env for pair in one.pairs])
            reached = one.both_reach[own]
            ratios = one.ratio.value[own][reached]
            middle = float(np.exp(np.median(np.log(ratios)))) if len(ratios) else np.nan
            one_sided = np.isfinite(one.data.published.value[own]) != np.isfinite(
                one.data.fresh.value[own]
            )
            rows.append(
                (
                    SETS[one.set_name],
                    env,
                    int(own.sum()),
                    middle,
                    Share(int(one.agrees[own][reached].sum()), int(reached.sum())),
                    int(one_sided.sum()),
                    Share(int(one.same_return[own].sum()), int(own.sum())),
                )
            )
    return Table(
        slug=f"{study.name}_compared",
        caption=(
            rf"\textbf{{{escape(study.title)}: fresh and published runs.}} "
            "Settings in both archives; the median over settings and levels of fresh "
            "over published data, where both reach the level; how many of these have "
            "an interval that includes $1$; how many levels only one of the two "
            "reaches; and how many settings end with returns whose difference may be "
            "$0$."
        ),
        columns=(
            Column("runs", "Runs", "l"),
            Column("environment", "Environment", "l"),
            Column("settings", "Settings"),
            Column("fresh_over_published_data", "Data ratio"),
            Column("intervals_that_hold_1", "Includes $1$"),
            Column("levels_that_one_reaches", "One reaches"),
            Column("returns_alike", "Returns alike"),
        ),
        rows=tuple(rows),
        form="wide",
    )


def laws(study: Study, found: Comparison) -> Table:
    """Return a table of coefficients fitted to published and to fresh runs."""
    return Table(
        slug=f"{study.name}_compared_laws",
        caption=(
            rf"\textbf{{{escape(study.title)}: fits to the published and to the "
            "fresh runs,} with our choices; if both have runs, to the settings in both."
        ),
        columns=(
            Column("runs", "Runs", "l"),
            Column("coefficient", "Coefficient", "l"),
            Column("published", "Published runs"),
            Column("fresh", "Fresh runs"),
            Column("intervals_overlap", "Overlap"),
        ),
        rows=tuple(
            (SETS[law.set_name], law.quantity, law.published, law.fresh, law.overlap)
            for law in found.laws
        ),
        form="wide",
    )


def settings(study: Study, found: Comparison) -> Table:
    """Return a table of final returns and data to the highest level that both reach.

    It has a row for each setting. The CSV file has a row for each level.
    """
    columns = (
        Column("runs"),
        Column("environment"),
        Column("utd", r"$\sigma$", "l"),
        *(Column(axis.name, f"${axis.latex}$") for axis in FITTED),
        Column("seeds"),
        Column("last_step"),
        Column("published_return", "Return, published"),
        Column("fresh_return", "fresh"),
        Column("level", "$J$"),
        Column("published_data_env_steps", "Data ($10^3$), published", unit=1e3),
        Column("fresh_data_env_steps", "fresh", unit=1e3),
        Column("fresh_over_published_data", "ratio"),
    )
    slug = f"{study.name}_compared_settings"
    machine = Table(
        slug,
        "",
        columns,
        tuple(
            (*_about(one, i), *_level(one, i, j))
            for one in found.sets
            for i in range(len(one.pairs))
            for j in range(len(one.levels))
        ),
    )
    return Table(
        slug=slug,
        caption=(
            rf"\textbf{{{escape(study.title)}: every setting in both archives.}} Mean "
            "return over the last tenth of the environment steps that both have, and "
            "the data to the highest level that both reach in them. Published / fresh "
            "hyperparameters, if the fits chose different ones."
        ),
        columns=columns,
        rows=tuple(_readable(found)),
        form="long",
        machine=machine,
    )


def _readable(found: Comparison) -> Iterator[Row | Heading]:
    for one in found.sets:
        group = ""
        for i, (published, _) in enumerate(one.pairs):
            if published.env != group:
                group = published.env
                yield Heading(f"{SETS[one.set_name].capitalize()}, {escape(group)}")
            reached = np.flatnonzero(one.both_reach[i])
            data: Row = (None, None, None, None)
            if len(reached):
                data = _level(one, i, int(reached[-1]))
            yield (*_about(one, i), *data)


def _about(one: SetComparison, i: int) -> Row:
    published, fresh = one.pairs[i]
    return (
        SETS[one.set_name],
        published.env,
        f"{published.utd:g}",
        *_chosen(published, fresh),
        "/".join(f"{count}" for count in dict.fromkeys(one.seeds[i].tolist())),
        float(one.last_steps[i]),
        entry(one.returns.published, i),
        entry(one.returns.fresh, i),
    )


def _chosen(*pair: Setting) -> Iterator[str]:
    """Yield the value of each fitted axis, or both values if they differ."""
    for axis in FITTED:
        values = dict.fromkeys(setting.values[axis.name] for setting in pair)
        yield " / ".join(map(axis.text, values))


def _level(
    one: SetComparison, i: int, j: int
) -> tuple[float, Estimate, Estimate, Estimate]:
    return (
        float(one.levels[j]),
        entry(one.data.published, i, j),
        entry(one.data.fresh, i, j),
        entry(one.ratio, i, j),
    )
