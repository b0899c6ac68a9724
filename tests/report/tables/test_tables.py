"""Tables contain the numbers of the records, in LaTeX and in CSV files."""

import csv
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from planted import planted_hyperparameters
from planted_results import held_out, named_study, planted_results

from value_scaling.records import ChoiceEffects, Estimate
from value_scaling.records.provenance import MadeSet, Provenance
from value_scaling.records.training import Task, Training
from value_scaling.report.findings.held_out import summaries
from value_scaling.report.results import Results, StudyResults
from value_scaling.report.tables import csv_text, latex, notes, study_tables, tables
from value_scaling.report.tables.choices import choices
from value_scaling.report.tables.formats.table import (
    Code,
    Column,
    Heading,
    Percent,
    Share,
    Table,
)
from value_scaling.report.tables.held_out import held_out as held_out_table
from value_scaling.report.tables.hyperparameters import best_values, laws, proposals
from value_scaling.report.tables.levels import levels
from value_scaling.report.verify import ReportCard

NO_CARD = ReportCard(())


def read(table: Table) -> list[dict[str, str]]:
    return list(csv.DictReader(csv_text(table).splitlines()))


def body(table: Table) -> list[str]:
    """Return the rows of the LaTeX without headings."""
    inside = latex(table).split(r"\midrule")[-1].replace("\\endhead", "")
    inside = inside.split(r"\endlastfoot")[-1].split(r"\bottomrule")[0]
    inside = inside.split(r"\end{longtable}")[0]
    return [r for r in inside.splitlines() if r.endswith(r"\\") and "&" in r]


def one(value: float, low: float = np.nan, high: float = np.nan) -> Estimate:
    return Estimate(*(np.asarray(part) for part in (value, low, high)))


@pytest.fixture(scope="module")
def whole() -> StudyResults:
    return planted_results()


def by_slug(whole: StudyResults) -> dict[str, Table]:
    return {table.slug: table for table in tables((whole,), NO_CARD)}


def test_diagnostics_are_a_table_where_there_are_any(whole: StudyResults) -> None:
    assert "planted_diagnostics" not in by_slug(whole)
    measured = planted_results(measured=True)
    table = by_slug(measured)["planted_diagnostics"]
    rows = read(table)
    record = measured.default.diagnostics
    assert len(rows) == (1 + 3) * len(record.measures)
    assert rows[3]["environment"] == record.environments[0]
    assert float(rows[4]["per_doubling_of_utd"]) == pytest.approx(1.3)
    for row, measure in zip(rows[:3], record.measures.values(), strict=True):
        slopes = measure.trend.slope
        for index, name in enumerate(("utd", "batch_size", "learning_rate")):
            key = f"per_doubling_of_{name}"
            assert float(row[key]) == pytest.approx(slopes.value[index])
            assert float(row[f"{key}_high"]) == pytest.approx(slopes.high[index])
    assert [line.split("&")[-1].strip(" \\") != "" for line in body(table)] == [
        True, True, False
    ]  # fmt: skip


def test_how_runs_were_made_is_a_table_where_they_are_ours(whole: StudyResults) -> None:
    assert "planted_provenance" not in by_slug(whole)
    task = Task("A", "gymnasium", steps=100, log_start=10, log_every=10)
    training = Training("planted", (task,), steps_by_utd={"1": 2.0, "2": 0.5})
    made = MadeSet("sweep", 3, 24, 1, 2400, 1.25, ("a CPU",), ("c" * 40,), ())
    fitted = replace(made, name="ours", cpu_hours=None, failed=0)
    ours = replace(whole, provenance=Provenance(training, (made, fitted)))
    table = by_slug(ours)["planted_provenance"]
    row, other = read(table)
    assert other["cpu_hours"] == ""
    assert (row["runs"], row["failed_runs"], row["cpu_hours"]) == ("24", "1", "1.25")
    text = latex(table)
    assert "50 to 200 steps" in text
    assert "24 runs, 1.2 hours of one core; failed: 1" in text
    assert r"the fitted $B^*$, $\eta^*$ & 24 runs \\" in text
    assert "$-0.5$ times" in text
    assert "Environments of a run" not in text

    pql = replace(training, algorithm="pql", num_envs=4096, validation_every=16)
    text = latex(
        by_slug(replace(whole, provenance=Provenance(pql, (made,))))[
            "planted_provenance"
        ]
    )
    assert "4096, and 256 for validation" in text
    for other in ("temperature", "entropy", "one step for every"):
        assert other not in text


def test_every_kind_of_cell() -> None:
    table = Table(
        slug="kinds",
        caption="All & sundry",
        columns=(
            Column("text", "Text", "l"),
            Column("code", "Code"),
            Column("whole", "Whole"),
            Column("number", "Number", unit=1e3),
            Column("estimate", "Estimate", unit=1e3, digits=2),
            Column("share", "Share"),
            Column("percent", "Percent"),
            Column("yes", "Yes"),
            Column("hidden"),
        ),
        rows=(
            Heading("Group"),
            ("a_b & σ*", Code("f_g"), 12345, 2500.0, one(2500.0, 1000.0, 4200.0),
             Share(2, 3), Percent(one(0.104, -0.2, 20.0)), True, "only CSV"),
            ("c", Code("h"), 1, np.nan, one(1.0), None, Percent(-0.5), False, "x"),
        ),
    )  # fmt: skip
    first, second = body(table)
    assert first == (
        r"a\_b \& $\sigma^*$ & \texttt{f\_g} & $12\,345$ & $2.50$ & $2.5$ "
        r"$[1.0, 4.2]$ & 2 of 3 & $10\%$ $[-20, {>}1000]$ & yes \\"
    )
    assert second.startswith(r"c & \texttt{h} & $1$ & -- &")
    assert second.endswith(r"&  & $-50\%$ & no \\")
    assert r"\multicolumn{8}{@{}l}{\textit{Group}}" in latex(table)
    assert read(table)[0] == {
        "text": "a_b & σ*",
        "code": "f_g",
        "whole": "12345",
        "number": "2500",
        "estimate": "2500",
        "estimate_low": "1000",
        "estimate_high": "4200",
        "share": "2/3",
        "percent": "0.104",
        "percent_low": "-0.2",
        "percent_high": "20",
        "yes": "yes",
        "hidden": "only CSV",
    }
    assert read(table)[1]["number"] == ""


@pytest.mark.parametrize("form", ["wide", "stacked", "long"])
def test_forms_open_what_they_close(form: str) -> None:
    table = Table(
        "s",
        "c",
        (Column("x", "X"),),
        ((1,),),
        form=form,
        notes=("Note.",),  # type: ignore[arg-type]
    )
    text = latex(table)
    for word in ("table", "table*", "tabular", "longtable"):
        assert text.count(rf"\begin{{{word}}}") == text.count(rf"\end{{{word}}}")
    assert text.count("{") == text.count("}")
    assert r"\label{tab:s}" in text
    assert ("Note." in text) == (form == "long")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex here")
@pytest.mark.parametrize("form", ["wide", "stacked"])
def test_a_table_is_never_wider_than_the_text(
    form: str, root: Path, tmp_path: Path
) -> None:
    columns = tuple(Column(f"x{n}", "head") for n in range(6))
    table = Table("s", "c", columns, (("a long text in a cell, wide",) * 6,), form=form)  # type: ignore[arg-type]
    text = (
        rf"\documentclass{{article}}\usepackage{{{root}/paper/replication}}"
        rf"\begin{{document}}{latex(table)}\unstack\end{{document}}"
    )
    (tmp_path / "table.tex").write_text(text)
    words = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "table.tex"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stdout.decode()
    assert "Overfull" not in (tmp_path / "table.log").read_text(errors="replace")


def test_a_row_of_another_width_is_a_mistake_of_ours() -> None:
    table = Table("s", "c", (Column("x", "X"), Column("y", "Y")), ((1,),))
    with pytest.raises(ValueError, match="zip"):
        latex(table)
    with pytest.raises(ValueError, match="zip"):
        csv_text(table)


def test_rows_are_as_wide_as_their_head(whole: StudyResults) -> None:
    for table in tables((whole,), NO_CARD):
        shown = sum(bool(column.head) for column in table.columns)
        for row in body(table):
            assert row.count(" & ") == shown - 1, (table.slug, row)
        header, *rows = list(csv.reader(csv_text(table).splitlines()))
        assert len(set(header)) == len(header)
        assert {len(row) for row in rows} <= {len(header)}


def test_csv_holds_the_values_of_the_records(whole: StudyResults) -> None:
    made = by_slug(whole)
    fits, data = whole.default.hyperparameters, whole.default.data["ours"]
    assert fits is not None
    first, *rest = read(made["planted_laws"])
    shared = fits.batch_size.shared
    assert float(first["batch_size_exponent"]) == pytest.approx(
        -shared.value.exponent[0]
    )
    assert float(first["batch_size_exponent_low"]) == pytest.approx(
        -shared.exponent.high[0]
    )
    scales = [float(row["batch_size_at_utd_1"]) for row in rest]
    np.testing.assert_allclose(scales, shared.value.scale)
    rows = read(made["planted_data_ours"])
    np.testing.assert_allclose(
        [float(row["d_min_env_steps_high"]) for row in rows], data.law.asymptote.high
    )
    np.testing.assert_allclose(
        [float(row["beta_to_the_alpha_env_steps"]) for row in rows],
        data.law.value.scale,
    )
    assert {row["fit"] for row in rows} == {"converged"}
    np.testing.assert_allclose(
        [float(row["draws_at_the_limit"]) for row in rows], data.law.at_bound
    )
    budget = whole.default.budget["baseline"]
    rows = read(made["planted_budget_baseline"])
    np.testing.assert_allclose(
        [float(row["utd_star"]) for row in rows], budget.utd_star.value
    )
    assert [row["in_fit"] == "yes" for row in rows] == budget.fitted.tolist()
    cells = read(made["planted_best_values"])
    best = fits.learning_rate.best
    assert len(cells) == best.value.size
    assert float(cells[1]["learning_rate_low"]) == pytest.approx(best.low[0, 1])


def test_missing_values_are_dashes() -> None:
    study = named_study("planted")
    fits = planted_hyperparameters(study, missing=((0, 0), (0, 1), (0, 2), (0, 3)))
    assert latex(best_values(study, fits)).count("--") == 2 * len(study.sweep_utds)
    assert read(best_values(study, fits))[0]["batch_size"] == ""
    assert "nan" not in latex(laws(study, fits)).lower()


def test_proposals_mark_what_is_extrapolated(whole: StudyResults) -> None:
    study, fits = whole.study, whole.default.hyperparameters
    assert fits is not None
    table = proposals(study, fits, shared=True)
    marked = {row.split(" ")[0] for row in body(table) if r"\dag" in row}
    assert marked == {r"0.25\dag{}", r"0.5\dag{}", r"16\dag{}"}
    beyond = {row["utd"] for row in read(table) if row["extrapolated"] == "yes"}
    assert beyond == {"0.25", "0.5", "16"}


def test_published_coefficients_have_no_brackets_and_say_so() -> None:
    results = planted_results(sets=("baseline",))
    made = by_slug(results)
    assert "$ $[" in latex(made["planted_levels"])  # of the set that has runs
    text = latex(levels(results.study, results.default.data["ours"], None))
    assert "$ $[" not in text
    assert "published coefficients (the authors' repository)" in text
    inventory = latex(made["inventory"])
    assert r"\texttt{planted\_ours.zip} &  & not here; published" in inventory
    assert r"\texttt{planted\_sweep.zip} &  & not here; nothing instead" in inventory


def test_inventory_counts_settings_seeds_and_what_is_never_reached() -> None:
    results = planted_results(sets=("ours",))
    crossings = results.default.crossings["ours"]
    steps = crossings.steps.copy()
    steps[0, -1] = np.nan
    seeds = crossings.seeds.copy()
    seeds[1] = 3
    crossings = replace(
        crossings, steps=steps, seeds=seeds, missing=crossings.settings[:2]
    )
    results = replace(results, default=Results({"ours": crossings}))
    row = next(r for r in read(by_slug(results)["inventory"]) if r["set"] == "ours")
    assert (row["settings"], row["seeds"], row["missing"]) == ("18", "3–4", "2")
    assert float(row["unreached"]) == pytest.approx(1 / 18)


def test_held_out_summaries_by_hand() -> None:
    results = planted_results(sets=("ours",))
    first = summaries(results.default)[0]
    assert (first.set_name, first.quantity, first.kind) == (
        "ours",
        "data",
        "largest utd",
    )
    assert (first.count, first.known, first.covered) == (3, 3, 2)
    assert first.median == pytest.approx(0.2)  # of 0.1, 0.2, 0.4
    assert first.worst.label == "cell 2 & J = 800"
    table = held_out_table(results.study, results.default)
    row = r"& $3$ & $20\%$ & $30\%$ & $30\%$ & fit better & 2 of 3 & $40\%$ "
    assert row in latex(table)
    assert "Of 8 kinds of checks: the fit is better in 8 (data, largest" in latex(table)
    rows = read(table)
    assert len(rows) == 3 * (5 + 3)
    assert [row["covered"] for row in rows[:3]] == ["yes", "yes", "no"]
    for name in ("no_change", "pure_power_law"):
        errors = [float(row[f"{name}_error"]) for row in rows[:3]]
        np.testing.assert_allclose(errors, [0.3, 0.3, 0.3])
        assert float(rows[0][f"distance_less_{name}_high"]) < 0


def test_checks_without_interval_count_neither_way() -> None:
    results = planted_results(sets=("ours",))
    bare = tuple(
        replace(check, error=one(float(check.error.value)))
        for check in held_out("data", "largest utd")
    )
    data = {"ours": replace(results.default.data["ours"], heldout=bare)}
    (summary,) = summaries(Results(data=data))
    assert (summary.count, summary.known, summary.covered) == (3, 0, 0)
    table = held_out_table(results.study, Results(data=data))
    assert read(table)[0]["covered"] == ""


def test_choices_leave_small_moves_to_the_csv(whole: StudyResults) -> None:
    assert whole.effects is not None
    moved, still = whole.effects.effects[:2]
    moved = replace(moved, published=-0.9)
    still = replace(still, published=-0.5001)
    effects = ChoiceEffects("planted", (moved, still))
    table = choices((replace(whole, effects=effects),))
    assert len(body(table)) == 1
    assert body(table)[0].endswith(r"& $-0.900$ & no \\")
    assert [row["inside_interval"] for row in read(table)] == ["no", "yes"]
    assert r"Published: so \& so. Here: $D^{\min}$ $\geq$ 0." in latex(table)


def test_notes_and_settings_are_escaped(whole: StudyResults) -> None:
    assert r"\item $\sigma$ \& $B^*$" in notes(whole.study)
    settings = next(t for t in study_tables(whole) if t.slug == "planted_settings")
    assert r"budget weight $\delta$ & 1e9 FLOPs \& more & a\_b \\" in latex(settings)


def test_a_study_without_records_has_its_settings_alone() -> None:
    empty = StudyResults(named_study("planted"), Results(), Results())
    made = {table.slug for table in study_tables(empty)}
    assert made == {"planted_settings", "planted_held_out"}
    assert tables((empty,), NO_CARD)
