"""What a verdict is, and how the verdicts of several parts or studies become one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from value_scaling.records import Estimate

Verdict = Literal["holds", "holds in part", "fails", "not decided", "not testable"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
Side = Literal["above", "below", "both", "unknown"]


@dataclass(frozen=True)
class Finding:
    """What one study says of one claim."""

    evidence: tuple[str, ...]
    """Statements as LaTeX."""
    verdict: Verdict


NOTHING = Finding((), "not testable")


def overall(verdicts: Sequence[Verdict]) -> Verdict:
    """Put studies together: those that can test a claim must agree.

    Where they do not, it holds in part if it does so in one of them.
    """
    tested = {v for v in verdicts if v != "not testable"}
    if len(tested) <= 1:
        return tested.pop() if tested else "not testable"
    return "holds in part" if tested & {"holds", "holds in part"} else "not decided"


def side(values: Estimate) -> Side:
    """On which side of zero a 95% interval lies."""
    low, high = float(np.asarray(values.low)), float(np.asarray(values.high))
    if not (np.isfinite(low) and np.isfinite(high)):
        return "unknown"
    return "above" if low > 0 else "below" if high < 0 else "both"


def all_or_part(parts: Sequence[bool]) -> Verdict:
    """Holds if everything does, fails if nothing does."""
    return "holds" if all(parts) else "holds in part" if any(parts) else "fails"
