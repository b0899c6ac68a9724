"""Coverage of the planted slopes by each rule for B* and η*, and regret on real runs.

`make bench ARGS="-k coverage"` writes `docs/estimators.json` and, with the table of
regret on held-out seeds, `docs/estimators.md`.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from estimators_page import page
from planted_study import BATCH, RATE
from planted_valleys import VALLEYS, Valley, valley_crossings
from regret import regrets
from rules import RULES
from sweeps import read_sweep

from value_scaling.stats.power_law import fit_shared_slope

STUDIES = 40
REPLICATES = 200
SPLITS = {"classic": 24, "gym": 24, "dmc": 10}
PARTS = {
    "coverage": ("valley", [valley.name for valley in VALLEYS]),
    "regret": ("study", [*SPLITS]),
}
"""By table: what one test measures, and the order of these parts."""
TRUTH = {"batch_size": float(BATCH.exponent), "learning_rate": float(RATE.exponent)}
PLANTED = [name for name in RULES if name not in ("published", "local, arithmetic")]


@dataclass(frozen=True)
class Coverage:
    """How well a rule finds the planted slopes of B* and η* in one kind of valley."""

    valley: str
    rule: str
    covered: int
    """Number of the 2·studies intervals that include the truth."""
    of: int
    rms: float
    """Root of the mean squared error of the slope."""
    bias: float
    """Mean error towards positive slopes of B*, and of η*, averaged."""
    width: float
    """Mean width of the intervals."""


def coverage(valley: Valley) -> list[Coverage]:
    """Analyse the studies of one kind by every rule."""
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in PLANTED}
    for number in range(STUDIES):
        study, crossings = valley_crossings(valley, number, replicates=REPLICATES)
        for rule in PLANTED:
            utds, best, drawn = RULES[rule](crossings, study)
            for name, truth in TRUTH.items():
                value = fit_shared_slope(utds, best[name]).exponent[0] - truth
                slopes = fit_shared_slope(utds, drawn[name]).exponent[..., 0] - truth
                low, high = np.nanquantile(slopes, [0.025, 0.975])
                found[rule].append((float(value), float(low), float(high)))
    rows = []
    for rule, triples in found.items():
        value, low, high = np.array(triples).T
        rows.append(
            Coverage(
                valley.name,
                rule,
                int(((low <= 0) & (high >= 0)).sum()),
                len(value),
                float(np.sqrt(np.mean(value**2))),
                float(value.mean()),
                float((high - low).mean()),
            )
        )
    return rows


@pytest.fixture(scope="module")
def table(root: Path) -> Any:
    """Rows of both benchmarks. Rows of what was not measured stay as they are."""
    found: dict[str, list[Any]] = {"coverage": [], "regret": []}
    yield found
    path = root / "docs" / "estimators.json"
    stated = json.loads(path.read_text()) if path.exists() else {}
    stated |= {"studies": STUDIES, "replicates": REPLICATES}
    for key, (part, order) in PARTS.items():
        measured = {row[part] for row in found[key]}
        rows = [row for row in stated.get(key, ()) if row[part] not in measured]
        stated[key] = sorted(rows + found[key], key=lambda row: order.index(row[part]))
    path.write_text(json.dumps(stated, indent=1) + "\n")
    (root / "docs" / "estimators.md").write_text(page(stated))


@pytest.mark.parametrize("valley", VALLEYS, ids=lambda valley: valley.name)
def test_coverage_of_planted_slopes(valley: Valley, table: Any, bench: Any) -> None:
    rows = coverage(valley)
    table["coverage"] += [asdict(row) for row in rows]
    for row in rows:
        bench.record(
            f"coverage, {valley.name}, {row.rule}",
            100 * row.covered / row.of,
            "%",
            note=f"rms {row.rms:.3f}, bias {row.bias:+.3f}, width {row.width:.2f}",
        )


@pytest.mark.parametrize("name", SPLITS)
def test_coverage_and_regret_on_held_out_seeds(
    name: str, root: Path, request: pytest.FixtureRequest, table: Any, bench: Any
) -> None:
    study, runs = read_sweep(name, root, request)
    rows = regrets(runs, study, splits=SPLITS[name])
    table["regret"] += [asdict(row) for row in rows]
    for row in rows:
        if row.levels == "all" and row.data == "interpolated":
            bench.record(
                f"regret, {name}, {row.rule} {row.slopes}".rstrip(),
                row.value,
                "×",
                note=f"[{row.low:.3f}, {row.high:.3f}]",
            )
