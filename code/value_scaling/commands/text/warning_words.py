"""What the terminal and the notebooks say about the warnings of a study."""

import textwrap
from collections.abc import Sequence

from value_scaling.records.axes import words_of
from value_scaling.records.stages.warnings import Place, StudyWarning, Warnings
from value_scaling.store.archives.absent import Absent

WIDTH = 88
SHOWN = 8
"""Places that are listed; the others are counted."""


def warning_list(found: Warnings, absent: Sequence[Absent] = ()) -> str:
    """List the warnings for a terminal or a notebook; empty without any."""
    if not found.warnings:
        return ""
    in_place = {each.set_name: each.found for each in absent}
    lines = [f"Warnings ({len(found.warnings)}):"]
    for warning in found.warnings:
        here = in_place.get(warning.set_name, "")
        lines += textwrap.wrap(
            sentence(warning, here if warning.kind == "absent archive" else ""),
            WIDTH,
            initial_indent="  - ",
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    return "\n".join(lines) + "\n"


def sentence(warning: StudyWarning, in_place: str = "") -> str:
    """Write one warning: which runs, what was found, where, and what to do."""
    places = f": {place_list(warning.places)}" if warning.places else ""
    here = f" (found: {in_place})" if in_place else ""
    return (
        f"{warning.set_name}: {warning.found}{here}{places}. What to do: {warning.fix}."
    )


def place_list(places: Sequence[Place]) -> str:
    """Name the places, those of one environment together, and the first of many."""
    listed, left = places[:SHOWN], len(places) - SHOWN
    by_env: dict[str, dict[str, list[float]]] = {}
    for place in listed:
        alike = by_env.setdefault(f"{place.env}", {}).setdefault(_but_utd(place), [])
        if place.utd is not None:
            alike.append(place.utd)
    named = []
    for env, details in by_env.items():
        texts = [
            ", ".join(part for part in (_utd_text(utds), rest) if part)
            for rest, utds in details.items()
        ]
        named.append(f"{env} ({'; '.join(texts)})" if any(texts) else env)
    return ", ".join(named) + (f" and {left} more" if left > 0 else "")


def _utd_text(utds: Sequence[float]) -> str:
    return f"UTD {', '.join(f'{utd:g}' for utd in sorted(utds))}" if utds else ""


def _but_utd(place: Place) -> str:
    parts = [words_of(place.values | {"utd": None})]
    if place.level is not None:
        parts.append(f"from J = {place.level:g}")
    return ", ".join(filter(None, parts))
