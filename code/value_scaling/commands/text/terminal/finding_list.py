"""Findings of a check: how severe, which runs, what was found, and what to do."""

from collections import Counter
from collections.abc import Sequence

from value_scaling.commands.text.parts import TextPart, listing
from value_scaling.commands.text.terminal.warning_list import place_list
from value_scaling.workflow.checks.finding import SEVERITIES, Finding


def finding_list(findings: Sequence[Finding]) -> list[TextPart]:
    """Return findings as a table; nothing if there are none."""
    return listing(
        ("severity", "what", "runs", "where", "found", "what to do"),
        [
            (
                each.severity,
                each.warning.kind,
                each.warning.set_name,
                place_list(each.warning.places),
                each.warning.found,
                each.warning.fix,
            )
            for each in findings
        ],
    )


def finding_count(findings: Sequence[Finding]) -> str:
    """Count findings by severity, e.g. `3 findings: 1 severe, 2 minor`."""
    number = Counter(each.severity for each in findings)
    counts = ", ".join(f"{number[word]} {word}" for word in SEVERITIES if number[word])
    noun = "finding" if len(findings) == 1 else "findings"
    return f"{len(findings)} {noun}" + f": {counts}" * bool(findings)
