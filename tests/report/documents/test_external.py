"""Sentences and tables of README and docs on runs of others."""

import copy
from typing import Any

from value_scaling.report.documents.external import (
    beyond,
    claims_beyond,
    rules_beyond,
)
from value_scaling.report.external.claims import EXTERNAL_CLAIMS

X = {"value": -0.25, "low": -0.5, "high": 0.0}
AXIS = {"fitted": 3, "tasks": 4, "exponent": X}
KNOWN: dict[str, Any] = {
    "external": {
        "studies": {
            "one": {"title": "One", "simulator": "S", "axes": {"utd": AXIS}},
            "two": {
                "title": "Two",
                "simulator": "S",
                "axes": {"utd": AXIS, "width": AXIS},
            },
        },
        "paper": {"gym": -0.4},
        "verdicts": {"power": "holds in part", "held out": "not decided"},
        "claims": [["a", "*holds*", "*fails*", "**holds in part**"]],
    }
}


def test_the_answer_follows_from_the_verdicts() -> None:
    text = beyond(KNOWN).replace("\n", " ")
    assert text.startswith("**In part.** In runs that others made, D_J ∝ σ^x with x = ")
    one = "−0.25 [−0.50, 0.00] (One, 3 of 4 tasks)"
    assert f"{one} and {one.replace('One', 'Two')}. In the same" in text
    assert "D_J ∝ w^x with x = −0.25 [−0.50, 0.00] (Two)." in text
    assert "not decidedly nearer" in text
    other = copy.deepcopy(KNOWN)
    other["external"]["verdicts"] = {"power": "fails", "held out": "holds"}
    del other["external"]["studies"]["two"]["axes"]["width"]
    text = beyond(other).replace("\n", " ")
    assert text.startswith("**No.**")
    assert "w^x" not in text
    assert "better than naive rules do." in text


def test_claims_and_rules_have_a_row_each() -> None:
    rows = claims_beyond(KNOWN).splitlines()
    assert rows[0] == "| Claim | One, S | Two, S | Verdict |"
    assert rows[2] == "| a | *holds* | *fails* | **holds in part** |"
    assert len(rules_beyond().splitlines()) == 2 + len(EXTERNAL_CLAIMS)
