"""The generated parts of docs/agreement.md."""

from collections.abc import Mapping, Sequence
from typing import Any

from agreement.rows import OURS, PEER
from value_scaling.report.documents.markdown_tables import grid

_VERDICTS = [
    "runs",
    "verdict",
    "seeds",
    "log D_J, difference",
    "half-width",
    "final return",
    "difference",
    "half-width",
]
_SETTINGS = ["runs", "σ", "B", "η", "network", "steps"]
Rows = Sequence[Mapping[str, Any]]


def parts(results: Mapping[str, Any]) -> dict[str, str]:
    """Return the text of each part by its name."""
    rows = results["rows"]
    plain = [row for row in rows if not row["settings"]["variant"]]
    variants = [row for row in rows if row["settings"]["variant"]]
    return {
        "agreement": _table(plain),
        "agreement count": _count([row for row in plain if "alone" not in row]),
        "agreement variants": _table(variants),
        "agreement settings": _settings(plain),
    }


def title(row: Mapping[str, Any]) -> str:
    """Return the name of a row in tables and figures."""
    own = row["settings"]
    name = own["algorithm"].removesuffix("_minimal").upper()
    utd = "" if own["utd"] == 1 else f", σ = {own['utd']:.3g}"
    text = f"{name}, {own['task']}{utd}, {own['peer']}"
    return f"{text}: {own['variant']}" if own["variant"] else text


def _table(rows: Rows) -> str:
    return grid(_VERDICTS, [_cells(row) for row in rows])


def _settings(rows: Rows) -> str:
    cells = [
        [
            title(row),
            f"{own['utd']:.3g}",
            f"{own['batch_size']}",
            f"{own['learning_rate']:g}",
            "×".join(map(str, own["hidden"])),
            f"{own['steps']:,}",
        ]
        for row in rows
        for own in [row["settings"]]
    ]
    return grid(_SETTINGS, cells)


def _cells(row: Mapping[str, Any]) -> list[str]:
    found = row["seeds"]
    seeds_text = f"{found[OURS]}, {found[PEER]}"
    if "alone" in row:
        alone = row["alone"]
        learned = "learned" if alone["low"][-1] > alone["high"][0] else "not learned"
        final = _number(alone["final"], ",.0f")
        said = f"{learned}; no independent curve"
        return [title(row), said, seeds_text, "", "", final, "", ""]
    if not row["compared"]:
        return [title(row), "not run yet", seeds_text, *[""] * 5]
    data, final, curves = row["log_data"], row["final"], row["curves"]
    finals = [_number(curves[side]["final"], ",.0f") for side in (OURS, PEER)]
    return [
        title(row),
        verdict(row),
        seeds_text,
        _difference(data, ".2f"),
        _number(data["half_width"], ".2f"),
        "; ".join(finals),
        _difference(final, ",.0f"),
        _number(final["half_width"], ",.0f"),
    ]


def verdict(row: Mapping[str, Any]) -> str:
    """Return the verdict of a compared row."""
    if row["agrees"]:
        return "agrees"
    names = {"log_data": "data", "final": "final return"}
    differing = [name for key, name in names.items() if not _includes_zero(row[key])]
    return f"differs: {' and '.join(differing)}"


def _count(rows: Rows) -> str:
    """Return a sentence about all rows at equal settings."""
    compared = [row for row in rows if row["compared"]]
    agreeing = sum(row["agrees"] for row in compared)
    intervals = [row[key] for row in compared for key in ("log_data", "final")]
    excluding = sum(
        each["low"] is not None and not _includes_zero(each) for each in intervals
    )
    return (
        f"Of {len(rows)} rows, {len(compared)} have been run, and {agreeing} of these "
        f"agree. Of their {len(intervals)} intervals (95%), {excluding} exclude zero; "
        f"if all differences were zero, about {0.05 * len(intervals):.1f} would.\n"
    )


def _includes_zero(difference: Mapping[str, Any]) -> bool:
    """Whether the interval of a difference includes zero; false if there is none."""
    low, high = difference["low"], difference["high"]
    return low is not None and low <= 0 <= high


def _difference(each: Mapping[str, Any], form: str) -> str:
    low, high = (_number(each[end], form) for end in ("low", "high"))
    return f"{_number(each['value'], form)} [{low}, {high}]"


def _number(value: float | None, form: str) -> str:
    if value is None:
        return "unknown"
    text = f"{value:{form}}"
    zero = f"{0:{form}}"
    return (zero if text == f"-{zero}" else text).replace("-", "−")
