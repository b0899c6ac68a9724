"""`scaling status`: the same numbers as a table and as JSON."""

import json
from pathlib import Path


def test_a_study_that_has_not_begun(tmp_path: Path, scaling) -> None:
    (tmp_path / "data").mkdir()
    outcome = scaling("status", "smoke", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    (sweep,) = json.loads(outcome.out)["sets"]
    assert sweep["settings"] == sweep["waiting"] > 0
    assert sweep["hours_left"] is None
    text = scaling("status", "smoke").out
    row = next(line for line in text.splitlines() if line.startswith("sweep"))
    assert row.split() == ["sweep", str(sweep["settings"]), "0", str(sweep["waiting"])]
    assert "ours, baseline: follow from the fit of the sweep" in text
