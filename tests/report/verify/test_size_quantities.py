"""The report card of the follow-up paper, from its archives and figures."""

import sys
import tomllib
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from planted_sizes import Given

from value_scaling.records import ScalingError
from value_scaling.records.model_size.record import ModelSizes
from value_scaling.report.verify import UNAVAILABLE, WITHIN, report_card
from value_scaling.store.studies.model_size import load_size_study
from value_scaling.workflow.model_size.stage import make


@pytest.fixture(scope="module")
def record(followup: Path) -> ModelSizes:
    return make(Given(load_size_study("followup"), followup), replicates=2, seed=0)


def test_every_published_number_is_met(root: Path, record: ModelSizes) -> None:
    text = (root / "data/expected/model_size/followup.toml").read_text("utf-8")
    file = tomllib.loads(text)
    card = report_card({"followup": file}, (), sizes={"followup": record})
    assert {row.what for row in card.rows} == {n["what"] for n in file["number"]}
    counted = [row for row in card.rows if not row.why]
    assert {row.verdict for row in counted} == {WITHIN}
    assert sum(row.cells_within for row in counted) == 32 + 13 + 3 + 320 + 6
    explained = {row.what: row for row in card.rows if row.why}
    assert [n for n, row in explained.items() if row.verdict == UNAVAILABLE] == [
        "Table 1, fixed batch size, mean"
    ]
    ours = {name: row.cells[0].ours for name, row in explained.items() if row.cells}
    errors = [n for n in ours if n.startswith("Error of D")]
    assert [ours[n] for n in errors] == pytest.approx([0.107, 0.141], abs=0.002)
    assert ours["Table 1, σ alone, mean"] > ours["Table 1, N alone, mean"] > 1
    wrong = file["number"][0] | {"key": "data.other"}
    card = report_card({"f": {"number": [wrong]}}, (), sizes={"followup": record})
    assert card.rows[0].verdict == "not available"
    wrong["key"] = "figures.other"
    with pytest.raises(ScalingError, match="name of a quantity"):
        report_card({"f": {"number": [wrong]}}, (), sizes={"followup": record})
