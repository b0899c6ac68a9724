"""The benchmark of `scaling recommend --next`, as Markdown."""

from collections.abc import Iterable, Mapping
from typing import Any

from value_scaling.report.documents.markdown_tables import grid

_WAYS = ("next", "random", "full grid")
_HEAD = (
    *("study", "cost", "regret: `--next`", "random", "full grid"),
    *(
        "`--next` / random",
        "`--next` / full grid",
        "width of the intervals of B\\*, η\\*",
    ),
)


def next_runs(found: Mapping[str, Any]) -> str:
    """Return the regret and intervals of each way to add runs, and which is better."""
    rows = found["rows"]
    text = ""
    for name, starts in found["starts"].items():
        own = [row for row in rows if row["study"] == name]
        (begin,) = (row for row in own if row["way"] == "start")
        whole = max(own, key=lambda row: row["share"])
        text += (
            f"- `{name}`, {starts} starts: a third of the grid costs "
            f"{100 * begin['share']:.0f}% of the whole sweep and has a regret of "
            f"{_estimate(begin['regret'])}; the whole sweep has "
            f"{whole['regret'][0]:.3f}.\n"
        )
        text += "".join(f"  {line}\n" for line in _outcome(own))
    return text + "\n" + grid(_HEAD, _rows(rows))


def _rows(rows: Iterable[Mapping[str, Any]]) -> Iterable[list[str]]:
    cells = {(row["study"], row["share"], row["way"]): row for row in rows}
    for study, share in dict.fromkeys((study, share) for study, share, _ in cells):
        own = [cells.get((study, share, way)) for way in _WAYS]
        chosen = own[0]
        if chosen is None:
            continue
        yield [
            f"`{study}`",
            _percent(chosen),
            *(f"{row['regret'][0]:.3f}" if row else "" for row in own),
            *(_estimate(chosen[f"over {way}"]) for way in _WAYS[1:]),
            "; ".join(
                f"{way} " + ", ".join(f"{width:.2f}" for width in row["widths"])
                for way, row in zip(_WAYS, own, strict=True)
                if row
            ),
        ]


def _outcome(rows: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """State the costs at which `--next` differs from other ways by more than noise."""
    chosen = [row for row in rows if row["way"] == "next"]
    for way, words in (("random", "random runs"), ("full grid", "the full grid")):
        less = [row for row in chosen if row[f"over {way}"][2] < 1]
        more = [row for row in chosen if row[f"over {way}"][1] > 1]
        same = [row for row in chosen if row not in less and row not in more]
        parts = [
            f"{verb} at {', '.join(_percent(row) for row in own)}"
            for verb, own in (
                ("a smaller regret", less),
                ("a larger one", more),
                ("no difference beyond the noise", same),
            )
            if own
        ]
        ratios = [row[f"over {way}"][0] for row in chosen]
        yield (
            f"Against {words} of the same cost: {'; '.join(parts)}. The ratio of the "
            f"regrets is {min(ratios):.3f} to {max(ratios):.3f}."
        )


def _percent(row: Mapping[str, Any]) -> str:
    return f"{100 * row['share']:g}%"


def _estimate(values: Iterable[float]) -> str:
    value, low, high = values
    return f"{value:.3f} [{low:.3f}, {high:.3f}]"
