"""Sentences on the comparison of equations for D_J(σ), derived from the records."""

from value_scaling.records.stages.law_choice import (
    LAWS,
    CurveSet,
    LawChoice,
    LawError,
    Where,
)
from value_scaling.report.results import RUNS
from value_scaling.report.text.plain import capitalised

Group = tuple[str, CurveSet, Where]
WHERE: dict[Where, str] = {"interior": "between others", "ends": "at the ends"}


def grouped(record: LawChoice) -> dict[Group, tuple[LawError, ...]]:
    """Group the errors of all laws by set, curves and place of the σ left out."""
    found: dict[Group, list[LawError]] = {}
    for each in record.errors:
        key = (each.set_name, each.curves, each.where)
        found.setdefault(key, []).append(each)
    return {key: tuple(group) for key, group in found.items()}


def best_laws(record: LawChoice) -> tuple[str, ...]:
    """Say for each set which laws differ from the power law with floor."""
    sentences = []
    for set_name in dict.fromkeys(each.set_name for each in record.errors):
        groups = [g for key, g in grouped(record).items() if key[0] == set_name]
        compared = [g for g in groups if any(each.count for each in g)]
        if not compared:
            continue
        parts = [
            part
            for law in LAWS[1:]
            if (part := _of_law(law, [e for g in compared for e in g if e.law == law]))
        ]
        first = [e for g in compared for e in g if e.law == LAWS[0]]
        if not any(each.count for each in first):
            parts = ["nothing, since too few σ are left to fit it"]
        name = capitalised(RUNS.get(set_name, set_name))
        sentences.append(f"{name}, against the {LAWS[0]}: {'; '.join(parts)}.")
    return tuple(sentences)


def _of_law(law: str, errors: list[LawError]) -> str:
    """Say how one law compares with the power law with floor."""
    counts = {
        word: [e for e in errors if e.comparison == word]
        for word in ("better", "worse", "undecided")
    }
    total = sum(map(len, counts.values()))
    if not total:
        return f"{law}: too few σ for a fit"
    outcomes = [
        f"{word} in {len(own)} of {total}"
        + f" ({'; '.join(f'{e.curves}, {WHERE[e.where]}' for e in own)})"
        * (len(own) < total)
        for word, own in counts.items()
        if own and word != "undecided"
    ]
    if undecided := len(counts["undecided"]):
        outcomes.append(f"undecided in {undecided} of {total}")
    name = law if law == "no change" else f"the {law}"
    return f"{name} is {', '.join(outcomes)}"
