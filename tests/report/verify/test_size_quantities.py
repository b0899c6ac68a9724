"""The report card of the follow-up paper, from its archives and figures."""

import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from value_scaling.records import ScalingError
from value_scaling.records.model_size.record import ModelSizes
from value_scaling.records.model_size.runs import SizeRuns
from value_scaling.records.model_size.study import SizeArchive, SizeGroup
from value_scaling.report.verify import WITHIN, report_card
from value_scaling.store.archives.model_size import read_size_runs
from value_scaling.store.studies.model_size import load_size_study
from value_scaling.workflow.model_size.stage import make


class Given:
    """Archives of a folder without those of BRO on HumanoidBench."""

    def __init__(self, folder: Path) -> None:
        self.study, self.folder = load_size_study("followup"), folder

    def runs(self, group: SizeGroup, archive: SizeArchive) -> SizeRuns | None:
        path = self.folder / archive.file
        return None if group.name == "bro" else read_size_runs(path, group, archive)

    def progress(self, items: Sequence[Any]) -> Iterable[Any]:
        return items


@pytest.fixture(scope="module")
def record(followup: Path) -> ModelSizes:
    return make(Given(followup), replicates=2, seed=0)


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
