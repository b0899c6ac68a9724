"""Verdicts, and rules that combine the verdicts of several parts or studies."""

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
    """Evidence and verdict of one study on one claim."""

    evidence: tuple[str, ...]
    """Statements of evidence, as LaTeX."""
    verdict: Verdict


NOTHING = Finding((), "not testable")


def overall(verdicts: Sequence[Verdict]) -> Verdict:
    """Combine studies; those that can test a claim must agree.

    If they do not agree, the claim holds in part if it holds, also in part, in one.
    """
    tested = {v for v in verdicts if v != "not testable"}
    if len(tested) <= 1:
        return tested.pop() if tested else "not testable"
    return "holds in part" if tested & {"holds", "holds in part"} else "not decided"


def side(values: Estimate) -> Side:
    """Return the side of zero on which a 95% interval lies."""
    low, high = float(np.asarray(values.low)), float(np.asarray(values.high))
    if not (np.isfinite(low) and np.isfinite(high)):
        return "unknown"
    return "above" if low > 0 else "below" if high < 0 else "both"


def all_or_part(parts: Sequence[bool]) -> Verdict:
    """Return `holds` if all parts are met, and `fails` if none is."""
    return "holds" if all(parts) else "holds in part" if any(parts) else "fails"
