"""The findings that open the README: sentences with numbers of docs/results.json."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from textwrap import fill
from typing import Any

Facts = Mapping[str, Any]
SET = {"gym": "ours", "dmc": "baseline", "classic": "ours"}
"""Studies in the order they are named in, and the runs that a finding is about: those
with fitted hyperparameters where there are such runs."""
WIDTH = 88
"""Columns of a line."""


def findings(known: Facts) -> str:
    """Return Markdown: one item for each finding."""
    texts = (f"{i}. {tell(known)}" for i, tell in enumerate(FINDINGS, start=1))
    return "".join(f"{fill(text, WIDTH, subsequent_indent='   ')}\n" for text in texts)


def _reproduction(known: Facts) -> str:
    card = known["card"].values()
    within = sum(study["within"] for study in card)
    checked = within + sum(study["outside"] for study in card)
    return (
        "**The published numbers come out again.** With the authors' choices "
        f"{within} of {checked} published numbers that their public runs can give are "
        "within tolerance."
    )


def _hyperparameters(known: Facts) -> str:
    sizes = list(_each(known, lambda name, study: _exponent(study, "batch_size")))
    rates = list(_each(known, lambda name, study: _exponent(study, "learning_rate")))
    return (
        "**The best batch size and learning rate fall as the UTD ratio σ rises.** "
        f"B\\* ∝ σ^x with x = {_list(sizes)}; η\\* ∝ σ^x with x = {_list(rates)}."
    )


def _predictions(known: Facts) -> str:
    def errors(left_out: str) -> Iterator[str]:
        for name, used in SET.items():
            for check in known["studies"][name]["checks"]:
                named = (check["set"], check["quantity"], check["left_out"])
                if named == (used, "data", left_out) and check["count"]:
                    unchanged = check["naive"]["no change"]
                    yield (
                        f"{100 * check['median']:.0f}% against {100 * unchanged:.0f}% "
                        f"({name})"
                    )

    return (
        "**The fit of the data stands beside a naive guess.** Its median error, "
        'against that of "as at the nearest σ", is '
        f"{_list(errors('largest utd'))} at the largest σ and "
        f"{_list(errors('smallest utd'))} at the smallest."
    )


def _budget(known: Facts) -> str:
    def one(name: str, study: Facts) -> str:
        found = study["budget"][SET[name]]
        if found["why"]:
            return f"not identifiable ({name})"
        return f"{_words(found['exponent'])} ({name})"

    return (
        "**How the best σ changes with the budget differs between benchmarks.** "
        f"σ\\* ∝ F^x with x = {_list(_each(known, one))}."
    )


FINDINGS: tuple[Callable[[Facts], str], ...] = (
    _reproduction,
    _hyperparameters,
    _predictions,
    _budget,
)


def _each(known: Facts, tell: Callable[[str, Facts], str]) -> Iterator[str]:
    for name in SET:
        yield tell(name, known["studies"][name])


def _exponent(study: Facts, name: str) -> str:
    return _words(study["exponents"][name])


def _words(found: Facts) -> str:
    text = f"{found['value']:.2f}".replace("-", "−")
    if found["low"] is None:
        return text
    low, high = (f"{found[end]:.2f}".replace("-", "−") for end in ("low", "high"))
    return f"{text} [{low}, {high}]"


def _list(texts: Iterable[str]) -> str:
    """`a, b and c`."""
    *most, last = texts
    return f"{', '.join(most)} and {last}" if most else last
