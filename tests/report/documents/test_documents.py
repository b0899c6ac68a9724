"""The generated parts of README and docs: marks, tables and sentences."""

import copy
from dataclasses import replace

import numpy as np
import pytest
from planted_results import planted_results

from value_scaling.records import Estimate, ScalingError
from value_scaling.report.documents import facts, names, with_parts
from value_scaling.report.documents.command_costs import commands
from value_scaling.report.documents.figure_table import figures
from value_scaling.report.documents.findings import FINDINGS, SET, findings
from value_scaling.report.documents.markdown_tables import prose, reader_grid
from value_scaling.report.documents.performance import costs, gpu, stages
from value_scaling.report.documents.studies import TABLES, study_part
from value_scaling.report.external.figures import EXTERNAL_FIGURES
from value_scaling.report.figures import FIGURES
from value_scaling.report.sizes.figures import SIZE_FIGURES, stem
from value_scaling.report.tables import study_tables
from value_scaling.report.tables.formats.table import (
    Column,
    Heading,
    Percent,
    Table,
    Tex,
)
from value_scaling.report.verify import KINDS

DOCUMENT = "before\n<!-- made: costs -->\nold\n<!-- /made -->\nafter\n"
MEASURED = {
    "cpus": 2,
    "machine": "x86_64",
    "python": "3.11.7",
    "rows": [
        {"what": "all figures", "value": 130.0, "unit": "s"},
        {"what": "of it classic choices: wall", "value": 5.0, "unit": "s"},
        {"what": "of it gym choices: wall", "value": 6.0, "unit": "s"},
    ],
}


def test_what_is_around_stays_and_the_old_part_goes() -> None:
    made = with_parts(DOCUMENT, {"costs": "new\n"}, where="README.md")
    assert made == DOCUMENT.replace("old", "new")
    assert names(made) == ("costs",)


def test_a_part_without_a_new_text_stays() -> None:
    assert with_parts(DOCUMENT, {"figures": "x\n"}, where="README.md") == DOCUMENT


@pytest.mark.parametrize(
    "text",
    [
        DOCUMENT.replace("<!-- /made -->", ""),
        DOCUMENT.replace("<!-- made: costs -->", ""),
        DOCUMENT + DOCUMENT,
    ],
    ids=["without its end", "without its beginning", "twice"],
)
def test_lost_marks_are_refused(text: str) -> None:
    with pytest.raises(ScalingError, match="restore the marks"):
        with_parts(text, {"costs": "new\n"}, where="README.md")


def test_every_figure_has_a_row() -> None:
    rows = [row.split(" | ") for row in figures().splitlines()[2:]]
    sizes = [stem("<study>", slug) for slug in SIZE_FIGURES]
    named = [row[0].strip("| `") for row in rows]
    assert [name.removeprefix("<study>_") for name in named[: len(FIGURES)]] == [
        *FIGURES
    ]
    assert named[len(FIGURES) :] == [*sizes, *EXTERNAL_FIGURES]
    by_slug = dict(zip(FIGURES, rows[: len(FIGURES)], strict=True))
    assert by_slug["budget"][2:4] == ["none", "`figures/budget.py`"]
    assert by_slug["regret"][2] == "Appendix"
    assert by_slug["figure1"][4:] == ["`scaling overview`", "every study |"]
    assert by_slug["ours_and_constant"][5] == "ours, baseline |"
    assert all(row[3] == f"`figures/{slug}.py`" for slug, row in by_slug.items())


def test_stages_are_apart_from_other_measurements_and_the_longest_is_first() -> None:
    assert "| all figures | 2.2 min |" in costs(MEASURED)
    assert "classic" not in costs(MEASURED)
    rows = stages(MEASURED).splitlines()[2:]
    assert rows == ["| gym choices: wall | 6 s |", "| classic choices: wall | 5 s |"]


def test_commands_have_minutes_and_megabytes() -> None:
    row = {"command": "make data", "makes": "data", "seconds": 130.0, "disk_MB": 14.2}
    timed = {"cpus": 2, "machine": "x86_64", "peak_MB": 640.0}
    made = commands(timed | {"rows": [row | {"fetched_MB": 0.0}]})
    assert "| `make data` | data | 2.2 min | nothing | 14 MB |" in made
    assert "0.6 GB" in made


def test_tables_of_the_paper_become_markdown() -> None:
    table = Table(
        slug="any",
        caption="",
        columns=(
            Column("level", r"$D^{\min}_J$ ($10^{-4}$)", unit=1e-4),
            Column("machine_only"),
            Column("error", r"$\sigma^*$"),
            Column("words", "Words"),
        ),
        rows=(
            Heading("Runs"),
            (
                2e-4,
                None,
                Percent(Estimate(*(np.array(v) for v in (0.1, -0.2, 0.4)))),
                "a*|b",
            ),
            (Estimate(*(np.array(v) for v in (1e-4, np.nan, np.nan))), None,
             Percent(0.5), Tex(r"$\leq 3$")),
        ),
    )  # fmt: skip
    assert reader_grid(table).splitlines() == [
        r"| D^min_J (10⁻⁴) | σ\* | Words |",
        "| --- | --- | --- |",
        "| **Runs** |  |  |",
        r"| 2 | 10% [-20%, 40%] | a\*\|b |",
        "| 1 | 50% | ≤3 |",
    ]


def test_captions_become_markdown() -> None:
    caption = r"\textbf{Gym: fits.} $B^*(\sigma)=B^*(1)\,\sigma^{-\alpha_B}$, 95\%"
    assert prose(caption) == r"**Gym: fits.** B\*(σ)=B\*(1) σ^-α_B, 95%"


def test_a_study_has_its_exponents_and_its_tables() -> None:
    results = planted_results()
    law = results.default.hyperparameters.batch_size.shared.exponent
    value, low, high = (float(p[0]) for p in (law.value, law.low, law.high))
    part = study_part(results)
    assert (
        f"| B\\*(σ) ∝ σ^x, one slope | {value:.2f} | {low:.2f} to {high:.2f} |" in part
    )
    assert "| data | largest σ | 3 | 20% | 30% | 30% | fit better | 2 of 3 |" in part


def test_tables_that_a_study_shows_exist() -> None:
    results = planted_results()
    slugs = {table.slug for table in study_tables(results)}
    assert {f"{results.study.name}_{end}" for end in TABLES} <= slugs


def planted_facts() -> dict:
    """Return equal, planted facts of three studies."""
    own = facts(planted_results())
    counts = {"within": 3, "outside": 1, "not available": 0, "agree": 0, "differ": 2}
    card = dict.fromkeys(KINDS, counts)
    return {"studies": dict.fromkeys(SET, own), "card": {"gym": card}}


def test_findings_have_the_numbers_of_the_records() -> None:
    known = planted_facts()
    text = findings(known)
    value = known["studies"]["gym"]["exponents"]["batch_size"]["value"]
    assert text.count(f"| {value:.2f}".replace("-", "−")) == len(SET)
    assert text.count("| 20% against 30%") == 2 * len(SET)  # at either end
    assert "**6 of 8 published numbers" in text
    assert [f"{i}. **" in text for i in range(1, 6)] == [True] * len(FINDINGS)


def test_a_study_without_a_number_says_why() -> None:
    results = planted_results()
    budget = {
        name: replace(each, unidentified="two optima are too few")
        for name, each in results.default.budget.items()
    }
    default = replace(results.default, budget=budget)
    known = planted_facts()
    known["studies"]["dmc"] = facts(replace(results, default=default))
    known["studies"]["gym"] = facts(replace(results, default=default)) | {"regret": {}}
    text = findings(known)
    assert text.count("not identifiable") == 2
    assert text.count("not compared") == 1 + len(SET)  # over published: in none


@pytest.mark.parametrize(
    ("ratios", "said"),
    [
        ((0.97, 0.98, 0.99), "1% to 3% less data"),
        ((0.97, 0.97, 0.97), "3% less data"),
        ((0.97, 1.0, 1.01), "3% less to 1% more data"),
        ((1.0, 1.02, 1.04), "0% to 4% more data"),
        ((0.97, 0.98, 1.0), "0% to 3% less data"),
    ],
)
def test_the_span_of_the_regret_reads_well(
    ratios: tuple[float, float, float], said: str
) -> None:
    known = planted_facts()
    for name, ratio in zip(SET, ratios, strict=True):
        own = copy.deepcopy(known["studies"][name])
        own["regret"]["constant"] = {"value": ratio, "low": 0.9, "high": 1.1}
        known["studies"] = known["studies"] | {name: own}
    assert f"need {said} than" in findings(known).replace("\n   ", " ")


def test_where_a_result_turns_the_sentence_does() -> None:
    known = planted_facts()
    before = findings(known).replace("\n   ", " ")
    own = copy.deepcopy(known["studies"]["gym"])
    own["exponents"]["batch_size"]["high"] = 0.1
    own["regret"]["constant"] = {"value": 1.1, "low": 0.9, "high": 1.3}
    own["sensitivity"]["sign_changes"] = {}
    for check in own["checks"]:
        check["naive"]["no change"] = {"median": 0.1, "verdict": "naive better"}
    known["studies"] = known["studies"] | {"gym": own}
    after = findings(known).replace("\n   ", " ")
    rest = "two studies (`dmc`, `classic`)"
    for words, instead in (
        ("η\\* fall in all three studies", f"B\\* falls in {rest} and η\\* in all"),
        ("less data than", "10% more data than"),
        ("seed noise in all three studies", f"seed noise in {rest}"),
        ("at the smallest σ in all three", f"at the smallest σ in {rest}"),
        ("reverses in all three studies", f"reverses in {rest}"),
    ):
        assert words in before, words
        assert instead in after, instead


def test_groups_in_turn_have_a_table_if_they_were_measured() -> None:
    speeds = {
        ("sac", 1): 4000.0,
        ("sac", 2): 7000.4,
        ("bro", 1): 100.0,  # time ran out before its second row
    }
    rows = [
        {
            "algorithm": agent,
            "runs": 16,
            "groups_in_turn": most,
            "environment_steps_per_second": speed,
        }
        for (agent, most), speed in speeds.items()
    ]
    found = {"device": "a GPU", "packages": {"jax": "0.11.2"}, "rows": rows}
    assert gpu(found).splitlines()[-1] == "| SAC | 16 | 4,000 | 7,000 |"
    assert "This is faster than" in gpu(found)
    slower = [*rows, {**rows[2], "groups_in_turn": 2}]
    assert "This is not always faster than" in gpu(found | {"rows": slower})
    assert "This is slower than" in gpu(found | {"rows": slower[2:]})
    assert "one after the other" not in gpu(found | {"rows": rows[:1]})
