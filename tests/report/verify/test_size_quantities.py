"""The report card of the follow-up paper, from its archives and figures."""

import sys
import tomllib
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from planted_sizes import Given

from value_scaling.records import ScalingError
from value_scaling.records.model_size.record import ModelSizes
from value_scaling.report.verify import WITHIN, report_card
from value_scaling.store.studies.model_size import load_size_study
from value_scaling.workflow.model_size.stage import make


@pytest.fixture(scope="module")
def record(followup: Path) -> ModelSizes:
    """The record without the runs of BRO on HumanoidBench."""
    return make(
        Given(load_size_study("followup"), followup, "bro"), replicates=2, seed=0
    )


def test_every_published_number_is_met(root: Path, record: ModelSizes) -> None:
    text = (root / "data/expected/model_size/followup.toml").read_text("utf-8")
    file = tomllib.loads(text)
    card = report_card({"followup": file}, (), sizes={"followup": record})
    assert {row.what: row.verdict for row in card.rows} == {
        each["what"]: WITHIN for each in file["number"]
    }
    assert sum(row.cells_within for row in card.rows) == 32 + 13 + 3 + 320
    wrong = file["number"][0] | {"key": "data.other"}
    card = report_card({"f": {"number": [wrong]}}, (), sizes={"followup": record})
    assert card.rows[0].verdict == "not available"
    wrong["key"] = "figures.other"
    with pytest.raises(ScalingError, match="name of a quantity"):
        report_card({"f": {"number": [wrong]}}, (), sizes={"followup": record})
