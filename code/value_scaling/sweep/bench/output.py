"""The results file of a bench, which is complete JSON after every row."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from value_scaling.store.files.atomic import replace_if_changed

FORMAT = 1
SHARES = {
    "device": 0.07,
    "tests": 0.24,
    "sac": 0.16,
    "overlap": 0.12,
    "resume": 0.15,
    "bro": 0.16,
    "pql": 0.10,
}
"""Share of the time for each part, in order; unused time goes to the later parts."""
Row = dict[str, Any]


@dataclass
class Bench:
    """Results of a bench so far."""

    out: Path
    """JSON."""
    facts: Row
    """Date, device and packages."""
    parts: dict[str, Row] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    tests: list[Row] = field(default_factory=list)

    @property
    def failed(self) -> list[str]:
        """The parts and tests that failed, without those that ran out of time."""
        failed = [n for n, part in self.parts.items() if part["status"] == "failed"]
        failed += [t["test"] for t in self.tests if t["outcome"] in ("failed", "error")]
        differ = (r for r in self.rows if not r.get("equal", True))
        return failed + [f"{row['part']}, {row['algorithm']}" for row in differ]

    def save(self) -> None:
        """Write the file atomically.

        Raises:
            ScalingError: the file cannot be written.
        """
        device = next((r for r in self.rows if r["part"] == "device"), {})
        top = device.get("default_flops")
        rows = [
            {**row, "share_of_matmul_peak": row["flops_per_second"] / top}
            if top and "flops_per_second" in row
            else row
            for row in self.rows
        ]
        content = {
            "format": FORMAT,
            **self.facts,
            "complete": all(part["status"] == "done" for part in self.parts.values())
            and self.parts.keys() == SHARES.keys(),
            "parts": self.parts,
            "rows": rows,
            "tests": self.tests,
        }
        text = json.dumps(content, indent=1, allow_nan=False)
        replace_if_changed(self.out, (text + "\n").encode())
