"""The README's made part is what `scaling readme` makes of the code and docs."""

import json
from pathlib import Path

import pytest
from planted_results import planted_results

from value_scaling.records import ScalingError
from value_scaling.report.bundled import bundled
from value_scaling.report.figures import FIGURES
from value_scaling.report.readme import (
    BEGIN,
    BUNDLED,
    BUNDLED_END,
    END,
    SHOWS,
    readme,
)

MEASURED = {
    "cpus": 2,
    "machine": "x86_64",
    "rows": [{"what": "all figures", "value": 130.0, "unit": "s"}],
}


def test_the_readme_is_as_made(root: Path) -> None:
    text = (root / "README.md").read_text(encoding="utf-8")
    measured = json.loads((root / "docs" / "measured.json").read_text())
    assert readme(text, measured) == text  # if not: scaling readme


def test_every_figure_has_a_row() -> None:
    assert SHOWS.keys() == FIGURES.keys()


def test_what_is_around_stays_and_the_old_part_goes() -> None:
    made = readme(f"before\n{BEGIN}\nold\n{END}\nafter\n", MEASURED)
    assert made.startswith("before\n")
    assert made.endswith(f"{END}\nafter\n")
    assert "old" not in made
    assert "| all figures | 2.2 min |" in made


def test_a_lost_mark_is_told() -> None:
    with pytest.raises(ScalingError, match="restore the two marks"):
        readme("nothing", MEASURED)


def test_the_bundled_study_has_its_own_part() -> None:
    around = f"{BEGIN}{END}\n{BUNDLED}\nold\n{BUNDLED_END}\nafter\n"
    assert "\nold\n" in readme(around, MEASURED)
    made = readme(around, MEASURED, bundled(planted_results()))
    assert "\nold\n" not in made
    assert made.endswith(f"{BUNDLED_END}\nafter\n")
    assert "| B\\*(σ) ∝ σ^x, one slope |" in made
    assert "| 20% | 2 of 3 intervals include zero |" in made


def test_laws_are_told_with_their_intervals() -> None:
    results = planted_results()
    law = results.default.hyperparameters.batch_size.shared.exponent
    value, low, high = (float(p[0]) for p in (law.value, law.low, law.high))
    row = f"| B\\*(σ) ∝ σ^x, one slope | {value:.2f} | {low:.2f} to {high:.2f} |"
    assert row in bundled(results)
