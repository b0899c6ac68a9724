"""Tables of a study of σ and N."""

from collections.abc import Iterator

import numpy as np

from value_scaling.records import entry, estimate
from value_scaling.records.model_size.record import TaskSizes
from value_scaling.report.sizes.results import SizeResults
from value_scaling.report.sizes.words import (
    KINDS,
    LATEX,
    NAMES,
    QUANTITIES,
    exponent_status,
    undetermined,
)
from value_scaling.report.tables.formats.table import (
    Column,
    Heading,
    Percent,
    Row,
    Table,
)
from value_scaling.report.text.latex import escape, prose
from value_scaling.report.text.plain import capitalised

_WRAPPED = r">{\raggedright\arraybackslash}p{0.2\linewidth}"


def size_tables(results: SizeResults) -> Iterator[Table]:
    """Yield the tables that the record permits."""
    yield data_laws(results)
    yield budget_laws(results)
    yield held_out(results)
    if results.record.published_batches or any(
        task.batch for task in results.tasks().values()
    ):
        yield batch_laws(results)
    yield choices(results)
    if results.record.equal_budget:
        yield equal_budget(results)
    if results.study.facts:
        yield settings(results)


def _title(results: SizeResults, words: str) -> str:
    return rf"\textbf{{{escape(results.study.title)}: {words}.}}"


def _slug(results: SizeResults, name: str) -> str:
    return f"{results.study.name}_{name}"


def _grouped(results: SizeResults) -> Iterator[tuple[str, str, TaskSizes | None]]:
    """Yield a heading of each group, then its tasks."""
    for group, tasks in results.groups():
        yield f"{group.title} ({group.algorithm})", "", None
        for key, task in tasks.items():
            yield group.name, key, task


def data_laws(results: SizeResults) -> Table:
    """Return the fits of D(σ, N) at the highest level of each task."""
    rows: list[Row | Heading] = []
    for name, _, task in _grouped(results):
        if task is None:
            rows.append(Heading(escape(name)))
            continue
        doubts = {each: exponent_status(task, each) for each in ("alpha", "beta")}
        rows.append(
            (
                name,
                task.task,
                len(task.settings),
                float(task.levels[-1]),
                entry(task.law.of_field("minimum"), -1),
                entry(task.law.of_field("alpha"), -1),
                entry(task.law.of_field("beta"), -1),
                Percent(task.error),
                "; ".join(
                    f"{letter}: {doubts[each]}"
                    for each, letter in (("alpha", "α"), ("beta", "β"))
                    if doubts[each]
                ),
            )
        )
    return Table(
        slug=_slug(results, "data_laws"),
        caption=_title(results, r"fits of $D(\sigma,N)$ at the highest level")
        + r" $D=D_{\min}+(a/\sigma)^\alpha+(b/N)^\beta$, with 95\% intervals. Error is "
        r"the mean $|\hat D/D-1|$ over the fitted settings. The last column names the "
        "exponents that the data do not determine: the search or an end of an interval "
        "is at a limit, or the interval spans a factor of ten.",
        columns=(
            Column("group"),
            Column("task", "Task", "l"),
            Column("settings", "Settings"),
            Column("level", "$J$"),
            Column("d_min_env_steps", r"$D_{\min}$", digits=2),
            Column("alpha", r"$\alpha$"),
            Column("beta", r"$\beta$"),
            Column("mean_error", "Error"),
            Column("not_determined", "Not determined", _WRAPPED),
        ),
        rows=tuple(rows),
    )


def budget_laws(results: SizeResults) -> Table:
    """Return the exponents of D, C, σ* and N* in F, with R² as the authors report."""
    rows: list[Row | Heading] = []
    for group, _, task in _grouped(results):
        if task is None:
            rows.append(Heading(escape(group)))
            continue
        for name, words in NAMES.items():
            law = task.optima.laws[name]
            why = undetermined(task.optima, name)
            hidden = why.startswith("not identifiable")
            rows.append(
                (
                    group,
                    task.task,
                    words,
                    int(task.optima.fitted[name].sum()),
                    int((task.optima.counted & ~task.optima.fitted[name]).sum()),
                    None if hidden else law.exponent,
                    None if hidden else task.optima.r_squared[name],
                    why,
                )
            )
    return Table(
        slug=_slug(results, "budget_laws"),
        caption=_title(results, "exponents along the budget")
        + r" Exponents of $F$ in power laws of $D$, $C$, $\sigma^*$ and $N^*$ over the "
        "levels whose optimum lies inside the range that was run, without the largest "
        r"budgets, which are held out. $R^2$ is that of the logarithms over all these "
        "levels, as the authors report it; below zero, the mean predicts better.",
        columns=(
            Column("group"),
            Column("task", "Task", "l"),
            Column("quantity", "Of", "l"),
            Column("fitted_levels", "Fitted"),
            Column("held_out_levels", "Held out"),
            Column("exponent", "Exponent"),
            Column("r_squared", "$R^2$", digits=2),
            Column("not_determined", "Not determined", _WRAPPED),
        ),
        rows=tuple(rows),
        form="long",
    )


def held_out(results: SizeResults) -> Table:
    """Return the median errors of held-out predictions and of naive predictors."""
    rows: list[Row | Heading] = []
    for group, _, task in _grouped(results):
        if task is None:
            rows.append(Heading(escape(group)))
            continue
        for each in task.against_naive:
            if each.count:
                rows.append(
                    (
                        group,
                        task.task,
                        QUANTITIES[each.quantity],
                        KINDS[each.kind],
                        each.count,
                        Percent(each.fit),
                        each.naive,
                        Percent(each.error),
                        each.verdict,
                    )
                )
    return Table(
        slug=_slug(results, "held_out"),
        caption=_title(results, "held-out predictions beside naive ones")
        + r" Medians of $|$predicted/actual$-1|$ with 95\% intervals. Interpolated and "
        r"larger settings come from other archives than the fit. Largest $\sigma$ and "
        "largest $N$ are parts of the grid that are left out of the fit. Budget: the "
        "levels with the largest budgets. No change predicts the nearest setting, or "
        "the value of the largest fitted budget; a pure power law has no $D_{\\min}$. "
        r"Undecided: the 95\% interval of the difference includes zero.",
        columns=(
            Column("group"),
            Column("task", "Task", "l"),
            Column("quantity", "Predicted", "l"),
            Column("left_out", "Left out", "l"),
            Column("count", "$n$"),
            Column("fit", "Fit"),
            Column("naive", "Naive", "l"),
            Column("naive_error", "Its error"),
            Column("better", "Which is better", "l"),
        ),
        rows=tuple(rows),
        form="long",
    )


def batch_laws(results: SizeResults) -> Table:
    """Return both fits of the best batch size."""
    found = [
        (f"{task} (figures)", fits)
        for task, fits in results.record.published_batches.get("default", {}).items()
    ] + [
        (f"{results.title(key)} (runs)", task.batch)
        for key, task in results.tasks().items()
        if task.batch
    ]
    rows: list[Row] = []
    for name, fits in found:
        known = fits.status == "converged"
        law, drawn = fits.law, fits.law_drawn
        rows.append(
            (
                name,
                len(fits.utds),
                estimate(law.alpha, drawn.alpha),
                estimate(law.knee, drawn.knee) if known else None,
                estimate(law.beta, drawn.beta) if known else None,
                Percent(float(np.mean(fits.errors))),
                Percent(float(np.mean(fits.log_linear_errors))),
                "" if known else fits.status,
            )
        )
    return Table(
        slug=_slug(results, "batch_laws"),
        caption=_title(results, "fits of the best batch size")
        + r" $\tilde B=a_B\,\sigma^{-\alpha_B}/(1+(N_0/N)^{\beta_B})$, with "
        r"$b_B=N_0^{\beta_B}$, and a log-linear fit; errors are means over points. "
        "Figures: points read off the paper's figures, with intervals that resample "
        r"residuals. An $N_0$ and a $\beta_B$ that the data do not determine are "
        "omitted.",
        columns=(
            Column("task", "Task", "l"),
            Column("points", "Points"),
            Column("alpha", r"$\alpha_B$", digits=2),
            Column("knee_parameters", "$N_0$", digits=2),
            Column("beta", r"$\beta_B$", digits=2),
            Column("error", r"Error of $\tilde B$"),
            Column("log_linear_error", "Log-linear"),
            Column("not_determined", "Not determined", "l"),
        ),
        rows=tuple(rows),
    )


_CHOICES = (
    ("search of D(σ, N) and B(σ, N)",
     "one descent from zero of softplus parameters in rescaled variables, on the "
     "squared error of the logarithm",
     "variable projection over the whole range of exponents, on relative errors"),
    ("mean of best batch sizes over samples", "arithmetic", "geometric"),
    ("optima outside the range that was run", "count", "are censored"),
    ("held-out levels of σ*(F) and N*(F)", "highest levels", "largest budgets"),
)  # fmt: skip


def choices(results: SizeResults) -> Table:
    """Return results with the authors' choices beside ours, task by task."""
    rows: list[Row | Heading] = []
    theirs = results.tasks("published")
    for key, task in results.tasks().items():
        if key not in theirs:
            continue
        other = theirs[key]
        for label, one, two in (
            (
                "α of D",
                entry(task.law.of_field("alpha"), -1),
                other.law.value.alpha[-1],
            ),
            ("β of D", entry(task.law.of_field("beta"), -1), other.law.value.beta[-1]),
            ("mean error of D", task.error, other.error.value),
            *(
                (
                    f"exponent of {NAMES[name]}(F)",
                    task.optima.laws[name].exponent,
                    other.optima.laws[name].value.exponent,
                )
                for name in LATEX
            ),
        ):
            value = float(np.asarray(two))
            inside = bool(one.low <= value <= one.high)
            rows.append((results.title(key), label, one, value, inside))
    return Table(
        slug=_slug(results, "choices"),
        caption=_title(results, "choices of the analysis")
        + " All published choices together, beside ours with 95\\% intervals. Last "
        "column: whether the published choices stay inside our interval.",
        columns=(
            Column("task", "Task", "l"),
            Column("result", "Result", "l"),
            Column("default", "Default"),
            Column("as_published", "As published"),
            Column("inside_interval", "Inside"),
        ),
        rows=tuple(rows),
        notes=tuple(
            rf"{prose(capitalised(what))}. Published: {prose(was)}. Here: {prose(now)}."
            for what, was, now in _CHOICES
        ),
        form="long",
    )


def equal_budget(results: SizeResults) -> Table:
    """Return the data of other ways to scale over those of compute-optimal runs."""
    rows: list[Row | Heading] = []
    for each in results.record.equal_budget:
        rows.append(Heading(rf"\texttt{{{escape(each.archive)}}}"))
        rows += [
            (each.archive, label, entry(each.ratio, at))
            for at, label in enumerate(each.labels)
        ]
        rows.append((each.archive, "mean", each.mean))
        rows.append((each.archive, "median", each.median))
    return Table(
        slug=_slug(results, "equal_budget"),
        caption=_title(
            results, "data at equal budgets over those of compute-optimal runs"
        )
        + r" With 95\% intervals over seeds (Table 1 of the paper). Runs with one "
        "batch size at all budgets, the paper's third row, are in no public archive.",
        columns=(
            Column("archive"),
            Column("pair", "Task and budget", "l"),
            Column("ratio", "Ratio"),
        ),
        rows=tuple(rows),
        form="long",
    )


def settings(results: SizeResults) -> Table:
    """Return the settings of the study with their sources."""
    return Table(
        slug=_slug(results, "settings"),
        caption=_title(results, "settings"),
        columns=(
            Column("setting", "Setting", "l"),
            Column("value", "Value", r">{\raggedright\arraybackslash}p{0.5\linewidth}"),
            Column("source", "Source", "l"),
        ),
        rows=tuple(results.study.facts),
    )
