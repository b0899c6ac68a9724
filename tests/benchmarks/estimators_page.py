"""The page of the docs with both tables: how the rules for B* and η* compare."""

from collections.abc import Iterable, Mapping
from itertools import product
from statistics import fmean
from typing import Any

from rules import WORDS

HEAD = """# How B\\* and η\\* are best found

<!-- made by `make bench ARGS="-k coverage"`; numbers in estimators.json -->

Each rule turns the data that every (B, η) of a grid needs into B\\* and η\\* at each σ,
to which slopes in σ are fitted. This page compares rules in two ways: on planted
sweeps, by how often the 95% interval includes the true slope; on real ones, by how much
data the choice costs.

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

Where the levels are pooled, the intervals are those of the average over draws, not of
single draws: in each draw a best value is replaced by its least-squares prediction from
the logarithms of the data of its grid, since the sampling variance of an average over
draws is that of this linear part (Efron, Estimation and accuracy after model selection,
2014). Intervals of single draws ("local, each level") are {wider:.0f}% wider here.
"""
REGRET = """
## Regret on held-out seeds

Half of the seeds of a real sweep choose (B, η) at each environment and σ, and the other
half pays: the regret is the data to a level with the chosen (B, η) over that with the
best cell. The tables have geometric means, with the central 95% of random splits in
brackets. The best cell itself is known only with noise, so that no rule reaches 1.

A fit chooses (B, η) between the cells that were run. Its data is either *interpolated*,
linear in the logarithms of data, B and η, or that of the *nearest* cell. With the
nearest cell, a fit that moves a little changes nothing, or everything where it crosses
the middle between two cells. On grids of three by three, as gym has, such roundings
decide how the rules rank.
"""
COMPARED = """
## The default and the others

The default (local, shared slopes) over the published analysis, and over the marginal
rule with the other choices as by default; split by split. The published analysis
decides by the highest level alone, as the row "local, last level" does.

"""
LEVELS = {"all": "all levels that decide", "highest": "the highest of them alone"}
DATA = {
    "interpolated": "Interpolated between cells",
    "nearest": "By the nearest cell",
}
MANY_SLOPES = ("published", "local")
"""Rules for which the table has other slopes than shared ones."""


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
    widths: dict[str, list[float]] = {}
    for row in rows:
        shares.setdefault(row["rule"], []).append(100 * row["covered"] / row["of"])
        squares.setdefault(row["rule"], []).append(row["rms"] ** 2)
        widths.setdefault(row["rule"], []).append(row["width"])
    return READ.format(
        local=(min(shares["local"]), max(shares["local"])),
        marginal=(min(shares["marginal"]), max(shares["marginal"])),
        drawn=fmean(squares["local"]) ** 0.5,
        undrawn=fmean(squares["local, not averaged"]) ** 0.5,
        wider=100 * (fmean(widths["local, each level"]) / fmean(widths["local"]) - 1),
    )


def _regret(rows: Iterable[Mapping[str, Any]]) -> str:
    rows = list(rows)
    studies = list(dict.fromkeys(row["study"] for row in rows))
    ways = dict.fromkeys((row["rule"], row["slopes"]) for row in rows)
    cells = {
        tuple(row[key] for key in ("data", "levels", "study", "rule", "slopes")): row
        for row in rows
    }
    text = ""
    for data, levels in product(DATA, LEVELS):
        body = []
        for rule, slopes in ways:
            if slopes in ("", "shared") or rule in MANY_SLOPES:
                own = (cells[data, levels, study, rule, slopes] for study in studies)
                values = [_interval(c["value"], c["low"], c["high"]) for c in own]
                body.append([rule, slopes or "–", *values])
        text += f"\n{DATA[data]}, at {LEVELS[levels]}:\n\n"
        text += _table(["rule", "slopes", *studies], body)
    body = []
    for data, levels, other in product(DATA, LEVELS, ("published", "marginal")):
        own = (cells[data, levels, study, "local", "shared"] for study in studies)
        ratios = [_interval(*c[f"over_{other}"]) for c in own]
        body.append([data, levels, other, *ratios])
    return text + COMPARED + _table(["data", "levels", "over", *studies], body)


def _interval(value: float, low: float, high: float) -> str:
    return f"{value:.3f} [{low:.3f}, {high:.3f}]"


def _table(head: list[str], body: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
