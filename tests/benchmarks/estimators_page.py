"""The page docs/estimators.md: a comparison of the rules for B* and η*."""

from collections.abc import Iterable, Mapping
from itertools import product
from statistics import fmean
from typing import Any

from rules import WORDS

HEAD = """# Rules for finding B\\* and η\\*

<!-- made by `make bench ARGS="-k coverage"`; numbers in estimators.json -->

A rule finds B\\* and η\\* at each σ from the data that each (B, η) of the grid needs.
Power laws of σ are then fitted to them. This page compares rules in two ways. On
planted sweeps, whose true exponents are known, it counts how often the 95% interval
includes the true exponent. On real sweeps, it measures how much data the chosen values
need.

"""
RULE = "| rule | what it does |\n| --- | --- |\n"
PLANTED = """
## Planted sweeps

There are {studies} synthetic sweeps of each kind. Unless stated otherwise, each has 3
environments, σ from 1 to 8, five levels, a grid of 5 × 4 octaves, and 8 seeds, and is
analysed with {replicates} bootstrap draws. Each cell gives the share of the intervals
of both slopes that include the true value, and the root mean squared error of the
slopes. A *tilt* of 0.6 means that the best B is 2^0.6 times as large if η is twice as
large.

"""
READ = """
The coverage of the default rule is {local[0]:.0f} to {local[1]:.0f}%. The coverage of
the marginal rule is {marginal[0]:.0f} to {marginal[1]:.0f}%: it fails if the valley is
tilted, no matter how many seeds there are. The best values are averages over draws,
with a root mean squared error of {drawn:.3f} over all kinds. Without averaging, on the
original sample alone ("local, not averaged"), the error is {undrawn:.3f}.

If the levels are pooled, the intervals describe the average over draws instead of
single draws. In each draw, the best value is replaced by its least-squares prediction
from the logarithms of the data of its grid, because the sampling variance of an
average over draws equals the variance of this linear part (Efron, Estimation and
accuracy after model selection, 2014). Here, the intervals of single draws ("local,
each level") are {wider:.0f}% wider.
"""
REGRET = """
## Regret on held-out seeds

Half of the seeds of a real sweep choose (B, η) for each environment and σ. The other
half measures the data that the chosen (B, η) needs to reach a level. The regret is
this data divided by the data of the best cell. The tables show geometric means, with
the central 95% of random splits in brackets. No rule reaches 1, because the best cell
itself is known only with noise.

A fit chooses (B, η) between the cells that were run. Its data is either *interpolated*
linearly in the logarithms of data, B and η, or taken from the *nearest* cell. With the
nearest cell, a small change of the fit changes nothing, unless it crosses the middle
between two cells. On a grid of three by three cells, as in gym, this rounding decides
how the rules rank.
"""
COMPARED = """
## The default compared with the others

This table gives the data with the default rule (local, shared slopes) divided by the
data with another rule, paired by split. The other rule is either the published
analysis, or the marginal rule with all other choices as in the default. The published
analysis decides by the highest level alone, like the row "local, last level".

"""
LEVELS = {"all": "all deciding levels", "highest": "the highest deciding level alone"}
DATA = {
    "interpolated": "Interpolated between cells",
    "nearest": "From the nearest cell",
}
MANY_SLOPES = ("published", "local")
"""Rules that the table also shows with separate slopes."""


def page(stated: Mapping[str, Any]) -> str:
    """Write the page from the results of the benchmarks."""
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
    return text + COMPARED + _table(["data", "levels", "divided by", *studies], body)


def _interval(value: float, low: float, high: float) -> str:
    return f"{value:.3f} [{low:.3f}, {high:.3f}]"


def _table(head: list[str], body: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
