"""The page of the docs with both tables: how the rules for B* and η* compare."""

from collections.abc import Iterable, Mapping
from statistics import fmean
from typing import Any

from rules import WORDS

HEAD = """# How B\\* and η\\* are best found

<!-- made by `make bench ARGS="-k coverage"`; numbers in estimators.json -->

Each rule turns the data that every (B, η) of a grid needs into B\\* and η\\* at each σ,
of which the slopes in σ are fitted. Two questions are asked of each: does its 95%
interval include the true slope, on planted sweeps? And how much data does its choice
cost, on real ones?

"""
RULE = "| rule | what it does |\n| --- | --- |\n"
PLANTED = """
## Planted sweeps

{studies} synthetic sweeps of each kind (3 environments, σ from 1 to 8, five levels, a
grid of 5 × 4 octaves and 8 seeds unless stated; {replicates} bootstrap draws): how many
of the intervals of both slopes include the truth, and the root mean squared error of
the slopes. A *tilt* of 0.6 means that the best B is 2^0.6 times as large where η is
twice as large.

"""
READ = """
Intervals of the default cover in {local[0]:.0f} to {local[1]:.0f}%, those of the
marginal rule in {marginal[0]:.0f} to {marginal[1]:.0f}%: it fails where the valley is
tilted, however many seeds there are. The values are averages over draws; those of the
original sample alone ("local, not averaged") have a root mean squared error of
{undrawn:.3f} over all kinds, against {drawn:.3f}.
"""
REGRET = """
## Regret on held-out seeds

Half of the seeds of a real sweep choose (B, η) at each environment and σ, the other
half pays: the data to a level with the nearest cell that was run, over that with the
best cell; geometric mean, with the central 95% of random splits in brackets. The best
cell itself is known only with noise, so that no rule reaches 1.
"""
TITLES = {"all": "At all levels that decide", "highest": "At the highest of them alone"}
COMPARED = """
The default (local, shared slopes) over the published analysis, and over the marginal
rule with the other choices as by default; split by split. The published analysis
decides by the highest level alone, as the row "local, last level" does.

"""


def page(stated: Mapping[str, Any]) -> str:
    """Write the page from what the benchmarks found."""
    text = (
        HEAD + RULE + "".join(f"| {name} | {what} |\n" for name, what in WORDS.items())
    )
    if rows := stated.get("coverage"):
        text += PLANTED.format(**stated) + _coverage(rows) + _read(rows)
    if rows := stated.get("regret"):
        text += REGRET + _regret(rows)
    return text


def _coverage(rows: Iterable[Mapping[str, Any]]) -> str:
    rows = list(rows)
    rules = list(dict.fromkeys(row["rule"] for row in rows))
    cells = {(row["valley"], row["rule"]): row for row in rows}
    body = []
    for valley in dict.fromkeys(row["valley"] for row in rows):
        own = [cells[valley, rule] for rule in rules]
        body.append(
            [valley]
            + [f"{100 * c['covered'] / c['of']:.0f}%, {c['rms']:.3f}" for c in own]
        )
    return _table(["sweep: coverage, error", *rules], body)


def _read(rows: Iterable[Mapping[str, Any]]) -> str:
    shares: dict[str, list[float]] = {}
    squares: dict[str, list[float]] = {}
    for row in rows:
        shares.setdefault(row["rule"], []).append(100 * row["covered"] / row["of"])
        squares.setdefault(row["rule"], []).append(row["rms"] ** 2)
    return READ.format(
        local=(min(shares["local"]), max(shares["local"])),
        marginal=(min(shares["marginal"]), max(shares["marginal"])),
        drawn=fmean(squares["local"]) ** 0.5,
        undrawn=fmean(squares["local, not averaged"]) ** 0.5,
    )


def _regret(rows: Iterable[Mapping[str, Any]]) -> str:
    rows = list(rows)
    studies = list(dict.fromkeys(row["study"] for row in rows))
    ways = list(dict.fromkeys((row["rule"], row["slopes"]) for row in rows))
    cells = {
        (row["levels"], row["study"], row["rule"], row["slopes"]): row for row in rows
    }
    text = ""
    for levels, title in TITLES.items():
        body = []
        for rule, slopes in ways:
            own = [cells[levels, study, rule, slopes] for study in studies]
            values = [
                f"{c['value']:.3f} [{c['low']:.3f}, {c['high']:.3f}]" for c in own
            ]
            body.append([rule, slopes or "–", *values])
        text += f"\n{title}:\n\n" + _table(["rule", "slopes", *studies], body)
    body = []
    for levels in TITLES:
        for other in ("published", "marginal"):
            own = [cells[levels, study, "local", "shared"] for study in studies]
            ratios = [c[f"over_{other}"] for c in own]
            body.append(
                [levels, other]
                + [f"{r:.3f} [{low:.3f}, {high:.3f}]" for r, low, high in ratios]
            )
    return text + COMPARED + _table(["levels", "over", *studies], body)


def _table(head: list[str], body: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
