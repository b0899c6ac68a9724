"""Warnings of a study: which runs, what was found and where, and what to do."""

from collections.abc import Sequence

from value_scaling.commands.text.parts import TextPart, listing
from value_scaling.records.axes import words_of
from value_scaling.records.stages.warnings import Place, StudyWarning, Warnings
from value_scaling.store.archives.absent import MissingArchive

_SHOWN = 8
"""Number of places that are named; the others are counted."""


def warning_list(
    found: Warnings, absent: Sequence[MissingArchive] = ()
) -> list[TextPart]:
    """Return the warnings of a study as a table; nothing if there are none."""
    if not found.warnings:
        return []
    return [
        f"Warnings ({len(found.warnings)}):",
        *listing(("runs", "found", "what to do"), warning_rows(found, absent)),
    ]


def warning_sentences(
    found: Warnings, absent: Sequence[MissingArchive] = ()
) -> list[str]:
    """Return a text for each warning: which runs, what was found, and what to do."""
    return [
        f"{set_name}: {text}. What to do: {fix}."
        for set_name, text, fix in warning_rows(found, absent)
    ]


def warning_rows(
    found: Warnings | None, absent: Sequence[MissingArchive] = ()
) -> list[tuple[str, str, str]]:
    """Return for each warning: which runs, what was found and where, what to do."""
    problems = {each.set_name: each.found for each in absent}
    return [
        (each.set_name, _found(each, problems.get(each.set_name, "")), each.fix)
        for each in (found.warnings if found else ())
    ]


def _found(warning: StudyWarning, problem: str) -> str:
    """Say what was found and where.

    Args:
        problem: what is in the place of the archive of these runs.
    """
    here = f" (found: {problem})" * bool(problem and warning.kind == "absent archive")
    places = f": {place_list(warning.places)}" if warning.places else ""
    return f"{warning.found}{here}{places}"


def place_list(places: Sequence[Place]) -> str:
    """Name the first places, grouped by environment, and count the others."""
    listed, left = places[:_SHOWN], len(places) - _SHOWN
    by_env: dict[str, dict[str, list[float]]] = {}
    for place in listed:
        utds = by_env.setdefault(f"{place.env}", {}).setdefault(_without_utd(place), [])
        if place.utd is not None:
            utds.append(place.utd)
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


def _without_utd(place: Place) -> str:
    parts = [words_of(place.values | {"utd": None})]
    if place.level is not None:
        parts.append(f"from J = {place.level:g}")
    return ", ".join(filter(None, parts))
