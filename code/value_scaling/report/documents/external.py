"""Parts of README and docs on runs that others made."""

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

from value_scaling.records.external.record import ALL, PooledExponent
from value_scaling.report.documents.facts import rounded
from value_scaling.report.documents.markdown_tables import grid, prose
from value_scaling.report.external.claims import EXTERNAL_CLAIMS
from value_scaling.report.external.results import ExternalResults
from value_scaling.report.findings.verdicts import Finding, overall

Facts = dict[str, Any]
WIDTH = 88
_ANSWERS = {"holds": "Yes", "holds in part": "In part", "fails": "No"}
_ROWS = {"gym": "Gym", "dmc": "DMC", "isaac": "Isaac Gym"}


def external_facts(everything: Sequence[ExternalResults]) -> Facts:
    """Return what the documents state about runs of others, as plain data."""
    found = {c.slug: [c.judge(each) for each in everything] for c in EXTERNAL_CLAIMS}
    verdicts = {
        slug: overall([each.verdict for each in own]) for slug, own in found.items()
    }
    paper = {row: one for each in everything for row, one in each.paper.items()}
    return {
        "studies": {each.study.name: _study(each) for each in everything},
        "paper": {row: rounded(paper[row].exponent) for row in _ROWS if row in paper},
        "verdicts": verdicts,
        "claims": [
            [
                prose(claim.words),
                *(_cell(each) for each in found[claim.slug]),
                f"**{verdicts[claim.slug]}**",
            ]
            for claim in EXTERNAL_CLAIMS
        ],
    }


def _cell(finding: Finding) -> str:
    return "; ".join((*map(prose, finding.evidence), f"*{finding.verdict}*"))


def _study(results: ExternalResults) -> Facts:
    axes = {name: results.axis(name) for name in results.record.axes}
    return {
        "title": results.study.title,
        "simulator": results.study.simulator,
        "axes": {
            name: {
                "fitted": len(axis.fitted),
                "tasks": len(axis.tasks),
                "exponent": _exponent(axis.group(ALL)),
            }
            for name, axis in axes.items()
            if axis is not None
        },
    }


def _exponent(pooled: PooledExponent | None) -> dict[str, float | None]:
    assert pooled is not None  # an axis with a pooled exponent has that of all tasks
    mean = pooled.mean
    parts = {"value": mean.value, "low": mean.low, "high": mean.high}
    return {name: rounded(float(part)) for name, part in parts.items()}


def beyond(known: Mapping[str, Any]) -> str:
    """Return the paragraph of the README, in Markdown."""
    facts = known["external"]
    exponents = _listed(facts, "utd", with_tasks=True)
    paper = ", ".join(
        f"{_number(x)} ({_ROWS[row]})" for row, x in facts["paper"].items()
    )
    answer = _ANSWERS.get(facts["verdicts"]["power"], "Not decided")
    texts = [
        f"**{answer}.** In runs that others made, D_J ∝ σ^x with x = {exponents}. In "
        f"the same ranges of σ, the points of the paper's Figure 1 have {paper}."
    ]
    if widths := _listed(facts, "width"):
        texts.append(f"With the width w of the critic, D_J ∝ w^x with x = {widths}.")
    at_left_out = {
        "holds": "predict the data at a left-out σ better than naive rules do",
        "fails": "predict the data at a left-out σ worse than naive rules do",
        "holds in part": "predict the data at a left-out σ better than naive rules do "
        "in some of these studies",
    }.get(
        facts["verdicts"]["held out"],
        "are not decidedly nearer to the data at a left-out σ than naive rules are",
    )
    texts.append(f"The fits {at_left_out}. Brackets are 95% intervals over tasks.")
    return fill(" ".join(texts), WIDTH, break_on_hyphens=False) + "\n"


def claims_beyond(known: Mapping[str, Any]) -> str:
    """Return the table of claims, in Markdown."""
    facts = known["external"]
    titles = [
        f"{study['title']}, {study['simulator']}" for study in facts["studies"].values()
    ]
    return grid(["Claim", *titles, "Verdict"], facts["claims"])


def rules_beyond() -> str:
    """Return the table of rules, in Markdown."""
    rows = ([prose(claim.words), prose(claim.rule)] for claim in EXTERNAL_CLAIMS)
    return grid(["Claim", "Holds if"], rows)


def _listed(facts: Mapping[str, Any], axis: str, *, with_tasks: bool = False) -> str:
    found = []
    for study in facts["studies"].values():
        if axis in study["axes"]:
            own = study["axes"][axis]
            x = own["exponent"]
            tasks = f", {own['fitted']} of {own['tasks']} tasks" if with_tasks else ""
            ends = f"[{_number(x['low'])}, {_number(x['high'])}]"
            found.append(f"{_number(x['value'])} {ends} ({study['title']}{tasks})")
    *most, last = found or [""]
    return f"{', '.join(most)} and {last}" if most else last


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}".replace("-", "−")
