"""Tables, numbers and files of the paper of studies of σ and N."""

from dataclasses import replace

import numpy as np
import pytest

from value_scaling.records import PowerLaw
from value_scaling.records.estimates import FittedLaw
from value_scaling.report.paper.size_files import size_files, size_flags
from value_scaling.report.paper.size_numbers import size_numbers
from value_scaling.report.sizes.results import SizeResults
from value_scaling.report.sizes.tables import size_tables
from value_scaling.report.sizes.words import exponent_status, undetermined


def test_every_table_has_rows_that_fit_its_columns(results: SizeResults) -> None:
    tables = {table.slug: table for table in size_tables(results)}
    assert set(tables) == {
        f"planted_{name}"
        for name in (
            *("data_laws", "budget_laws", "held_out", "batch_laws", "choices"),
            "equal_budget",
        )
    }
    for table in tables.values():
        assert table.data_rows()
        assert {len(row) for row in table.data_rows()} == {len(table.columns)}
    laws = tables["planted_data_laws"].data_rows()
    assert [row[1] for row in laws] == ["walk"]
    assert laws[0][5].value == results.tasks()["group/walk"].law.value.alpha[-1]


def test_the_appendix_inputs_each_table_and_figure_once(results: SizeResults) -> None:
    files = size_files(results)
    both = files["planted_section.tex"] + files["planted_appendix.tex"]
    for name in files:
        base = name.removesuffix(".tex")
        if name.endswith("_caption.tex"):
            slug = base.removesuffix("_caption")
            assert both.count(rf"\studyfigure{{{slug}}}") == 1
        elif name.endswith(".tex") and base not in (
            "planted_section",
            "planted_appendix",
        ):
            assert both.count(rf"\input{{generated/{base}}}") == 1
            assert f"{base}.csv" in files
    assert size_flags(results)[0] == "HasPlanted"


def test_numbers_have_letters_in_their_names_and_differ(results: SizeResults) -> None:
    found = list(size_numbers(results))
    names = [name for name, _ in found]
    assert len(names) == len(set(names))
    assert all(name.isalpha() and name.startswith("Planted") for name in names)
    values = dict(found)
    assert values["PlantedPassiveWalkMainFull"] == "$-0.500$ $[-0.550, -0.450]$"
    assert values["PlantedHeldLargestUtdCount"] == "$2$"  # both naive predictors
    assert values["PlantedTasks"] == "$1$"


@pytest.mark.parametrize(
    ("budgets", "draws", "words"),
    [
        ([1, 2, 3, np.nan, np.nan], [0.1, 0.2], "rests on 3 optima"),
        ([1, 1.1, 1.2, 1.3, 1.4], [0.1, 0.2], "budgets span a factor of 1.4"),
        ([1, 2, 3, 4, 5], [-0.1, 0.2], "sign not determined"),
        ([1, 2, 3, 4, 5], [0.1, 0.2], ""),
    ],
)
def test_an_exponent_that_the_data_do_not_determine_is_said_to_be_so(
    budgets: list[float], draws: list[float], words: str, results: SizeResults
) -> None:
    optima = results.tasks()["group/walk"].optima
    total = np.array(budgets, float)
    law = FittedLaw(
        PowerLaw(np.ones(()), np.array(np.mean(draws))),
        PowerLaw(np.ones(40), np.linspace(draws[0], draws[1], 40)),
    )
    one = replace(
        optima,
        budget=replace(optima.budget, value=total),
        laws=optima.laws | {"utd": law},
        fitted={"utd": np.isfinite(total)},
    )
    assert undetermined(one, "utd").endswith(words)
    assert bool(undetermined(one, "utd")) == bool(words)


def test_an_interval_at_a_limit_does_not_determine_an_exponent(
    results: SizeResults,
) -> None:
    task = results.tasks()["group/walk"]
    shares = np.zeros_like(task.law.at_bound)
    status = np.zeros_like(task.law.status)
    law = replace(task.law, at_bound=shares, status=status)
    tight = replace(law, replicates=law.value[None, :][np.zeros(20, int)])
    assert exponent_status(replace(task, law=tight), "alpha") == ""
    shares[-1, 0] = 0.03
    assert "limit" in exponent_status(replace(task, law=tight), "alpha")
    status[-1, 1] = 2
    assert exponent_status(replace(task, law=tight), "beta") == "not identifiable"
