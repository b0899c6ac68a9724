"""Figures, tables and numbers of runs that others made."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from tests.planted_external import EASY, HARD, OPTIONS, UTDS, Given, planted_runs, study

from value_scaling.records import Estimate
from value_scaling.records.external.record import ALL, AxisExponents, PaperExponent
from value_scaling.records.external.study import Benchmark
from value_scaling.report.external import external_validity, isaaclab
from value_scaling.report.external.claims import EXTERNAL_CLAIMS
from value_scaling.report.external.numbers import external_numbers, flags
from value_scaling.report.external.results import ExternalResults
from value_scaling.report.external.table import external_tables
from value_scaling.report.tables import csv_text, latex
from value_scaling.workflow.external.paper import paper_exponent
from value_scaling.workflow.external.stage import make

JUDGE = {claim.slug: claim.judge for claim in EXTERNAL_CLAIMS}


def results_of(exponents: Mapping[str, float]) -> ExternalResults:
    """Return planted results with an exponent for each task."""
    data = {
        task: (350_000 + 40_000 * n) * np.array(UTDS) ** exponent
        for n, (task, exponent) in enumerate(exponents.items())
    }
    record = make(Given(study(), planted_runs(UTDS, data)), **OPTIONS)
    paper = {"gym": PaperExponent("gym", -0.25, np.array(UTDS), np.ones(4))}
    return ExternalResults(study(), record, paper)


@pytest.fixture(scope="module")
def falling() -> ExternalResults:
    return results_of(dict.fromkeys((*EASY, *HARD), -0.3))


def changed(results: ExternalResults, **parts: object) -> ExternalResults:
    """Replace parts of the axis σ."""
    axes = {"utd": replace(results.record.axes["utd"], **parts)}  # type: ignore[arg-type]
    return replace(results, record=replace(results.record, axes=axes))


def with_means(
    results: ExternalResults, **means: tuple[float, float]
) -> ExternalResults:
    """Replace the ends of the intervals of pooled exponents, by group."""

    def mean(low: float, high: float) -> Estimate:
        return Estimate(*map(np.array, ((low + high) / 2, low, high)))

    pooled = tuple(
        replace(each, mean=mean(*means[each.group])) if each.group in means else each
        for each in axis_of(results).pooled
    )
    return changed(results, pooled=pooled)


def axis_of(results: ExternalResults) -> AxisExponents:
    axis = results.axis("utd")
    assert axis is not None
    return axis


def test_verdicts_follow_from_intervals(falling: ExternalResults) -> None:
    judge = JUDGE["power"]
    assert judge(falling).verdict == "holds"
    below, both, above = (-0.5, -0.1), (-0.3, 0.1), (0.1, 0.2)
    assert judge(with_means(falling, hard=both)).verdict == "holds in part"
    assert judge(with_means(falling, all=both)).verdict == "not decided"
    assert judge(with_means(falling, all=above)).verdict == "fails"
    assert judge(with_means(falling, easy=below, all=below)).verdict == "holds"
    assert JUDGE["width"](falling).verdict == "not testable"
    assert JUDGE["batch size"](falling).verdict == "not testable"
    everything = axis_of(falling).group(ALL)
    assert everything is not None
    for ends, bend, new in (
        (above, "holds", "not decided"),
        (both, "not decided", "not decided"),
        (below, "fails", "holds"),
    ):
        value = Estimate(*map(np.array, (0.0, *ends)))
        one = replace(everything, mean=value, new_task=value)
        assert JUDGE["floor"](changed(falling, bend=one)).verdict == bend
        other = changed(falling, pooled=(*axis_of(falling).pooled[:-1], one))
        assert JUDGE["carries over"](other).verdict == new


def test_held_out_verdicts_need_every_comparison(falling: ExternalResults) -> None:
    checks = axis_of(falling).against_naive

    def judged(*differences: float) -> str:
        made = tuple(
            replace(check, difference=Estimate(*map(np.array, (d, d - 0.1, d + 0.1))))
            for check, d in zip(checks, differences, strict=True)
        )
        return JUDGE["held out"](changed(falling, against_naive=made)).verdict

    assert judged(-1, -1, -1, -1) == "holds"
    assert judged(-1, -1, 1, 0) == "holds in part"
    assert judged(0, 0, 0, 0) == "not decided"
    assert judged(0, 1, 0, 0) == "fails"


def test_tasks_that_need_more_data_are_named(falling: ExternalResults) -> None:
    assert JUDGE["never worse"](falling).verdict == "holds"
    mixed = results_of(dict.fromkeys(EASY, -0.3) | {"h1": 0.4, "h2": -0.5, "h3": -0.4})
    finding = JUDGE["never worse"](mixed)
    assert "(h1)" in finding.evidence[0] and finding.verdict == "fails"
    assert external_numbers([mixed])["PlantedUtdWorseNames"] == "h1"
    tasks = tuple(
        replace(each, pooled=Estimate(*map(np.array, (0.1, -0.1, 0.3))))
        for each in axis_of(mixed).tasks
    )
    part = JUDGE["never worse"](changed(mixed, tasks=tasks))
    assert part.verdict == "holds in part"


def test_the_figure_shows_every_task_and_the_paper(falling: ExternalResults) -> None:
    figure = external_validity.draw([falling])
    (axes,) = figure.axes
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["Easy\n(4 of 4)", "Hard\n(3 of 4)", "All tasks"]
    upright = [line for line in axes.lines if set(line.get_xdata()) == {-0.25}]
    assert len(upright) == 1
    circles = [line for line in axes.lines if line.get_marker() == "o"]
    assert len(circles) == len(EASY) + len(HARD)
    assert "commit" not in external_validity.caption([falling])


def test_the_isaac_row_names_another_algorithm(falling: ExternalResults) -> None:
    assert not isaaclab.has(falling)
    tasks = (*EASY, *HARD)
    about = replace(
        falling.study,
        algorithm="FlashSAC",
        simulator="IsaacLab",
        benchmarks=(Benchmark("isaaclab", "IsaacLab", tasks, "isaac"),),
    )
    points = PaperExponent(
        "isaac", -0.4, np.array(UTDS), np.array([4e8, 3e8, 2e8, 1e8])
    )
    results = replace(falling, study=about, paper={"isaac": points})
    assert isaaclab.has(results)
    figure = isaaclab.draw(results)
    squares = [
        line
        for axes in figure.axes
        for line in axes.lines
        if line.get_marker() == "s" and line.get_markerfacecolor() == "none"
    ]
    assert [len(line.get_xdata()) for line in squares] == [4, 4]
    words = isaaclab.caption(results)
    assert "another algorithm (FlashSAC)" in words
    assert "simulator (IsaacLab)" in words
    assert "no replication of that row" in words
    (legend,) = figure.legends
    texts = [text.get_text() for text in legend.get_texts()]
    assert [text for text in texts if "PQL" in text] == ["The paper's Isaac Gym (PQL)"]


def test_tables_have_each_claim_and_each_task(falling: ExternalResults) -> None:
    claims, rules, tasks = external_tables([falling, falling])
    lines = csv_text(claims).splitlines()
    assert lines[0] == "claim,study,verdict"
    assert len(lines) == 1 + 2 * len(EXTERNAL_CLAIMS)
    assert r"\textbf{holds}" in latex(claims)
    assert len(rules.rows) == len(EXTERNAL_CLAIMS)
    assert len(csv_text(tasks).splitlines()) == 1 + 2 * (len(EASY) + len(HARD))


def test_numbers_and_flags(falling: ExternalResults) -> None:
    values = external_numbers([falling])
    assert values["PlantedUtdFitted"] == "$7$"
    assert values["PaperGymUtdExponent"] == "$-0.25$"
    assert values["PlantedUtdExponentFull"].startswith("$-0.")
    words = "Count", "Better", "Worse", "Undecided"
    every, *parts = (int(values[f"PlantedUtdHeld{w}"].strip("$")) for w in words)
    assert every == len(axis_of(falling).against_naive) == sum(parts)
    assert flags([falling]) == ["HasExternal", "HasPlanted"]
    assert flags([]) == []


def test_the_papers_points_are_fitted_in_the_range_of_the_runs() -> None:
    utds = np.array([0.5, 1, 2, 4, 16])
    data = 3e5 * utds**-0.4
    data[[0, -1]] *= 9
    found = paper_exponent("gym", utds, data, low=1.0004, high=3.9999)
    assert found.exponent == pytest.approx(-0.4)
    assert found.utds.tolist() == [1, 2, 4]
    assert np.isnan(paper_exponent("gym", utds, data, low=1, high=1).exponent)
