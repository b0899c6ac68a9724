"""The digitised panels of the paper's Figure 1, assembled from expected numbers."""

import tomllib
from pathlib import Path

import numpy as np

from value_scaling.report.verify.expected import read_expected
from value_scaling.report.verify.originals import PANELS, originals

HEAD = {"study": "own", "what": "w", "source": "s", "kind": "digitised", "reason": "r"}
HEAD["tolerance"] = {"relative": 0.02}


def entry(key: str, **changes: object) -> dict[str, object]:
    return {**HEAD, "key": key, **changes}


def test_both_coordinates_of_a_panel_are_paired_by_their_label() -> None:
    entries = read_expected(
        {
            "file": {
                "number": [
                    entry("data.ours.at_top_level", values={"UTD 2": 5, "UTD 4": 3}),
                    entry(
                        "budget.ours.compute_at_top_level",
                        values={"UTD 4": 70, "UTD 1": 50},
                        reason="another",
                    ),
                    entry("budget.ours.utd_star", values=[1.0, 2.0, 3.0]),
                    entry("budget.ours.budget", values=[10, 20, 30]),
                    entry("budget.ours.data_star", values=[1.0]),
                    entry("budget.ours.compute_star", values=[2.0], kind="rerun"),
                ]
            }
        }
    )
    found = originals(entries, "own")
    assert set(found) == {"data", "frontier", "budget"}
    np.testing.assert_array_equal(found["data"].x, [2, 4])
    np.testing.assert_array_equal(found["data"].y, [5, 3])
    assert (found["frontier"].x.tolist(), found["frontier"].y.tolist()) == ([70], [3])
    assert found["frontier"].reasons == ("another", "r")
    np.testing.assert_array_equal(found["budget"].x, [10, 20, 30])
    assert originals(entries, "other") == {}


def test_the_published_studies_have_every_panel(root: Path) -> None:
    files = {
        path.stem: tomllib.loads(path.read_text("utf-8"))
        for path in (root / "data" / "expected").glob("*.toml")
    }
    entries = read_expected(files)
    for study in ("gym", "dmc"):
        found = originals(entries, study)
        assert set(found) == set(PANELS)
        for panel in found.values():
            assert len(panel.x) == len(panel.y) >= 2
            assert all(panel.reasons)
        # Compute, data and σ belong together: C = 10·N·B(σ)·σ·D with a B(σ) near 300.
        utds, data = found["data"].x, found["data"].y
        model_size = {"gym": 1.5e5, "dmc": 4.92e6}[study]
        batch = found["frontier"].x / (10 * model_size * utds * data)
        scale = {"gym": 300, "dmc": 400}[study]
        np.testing.assert_allclose(batch, scale * utds**-0.3, rtol=0.05)
