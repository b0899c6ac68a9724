"""The findings at the top of the README: sentences and a table from docs/results.json.

Each sentence is built from the numbers and changes with them.
"""

from collections.abc import Callable, Iterable, Mapping
from textwrap import fill
from typing import Any

from value_scaling.records.axes import FITTED
from value_scaling.report.documents.markdown_tables import grid

Facts = Mapping[str, Any]
SET = {"gym": "ours", "dmc": "baseline", "classic": "ours"}
"""Studies in the order in which they are named, each with the set of runs that the
findings use: the runs with fitted hyperparameters if there are any."""
WIDTH = 88
"""Characters per line."""
_COUNTS = ("no study", "one study", "two studies", "all three studies")
Test = Callable[[Facts, str], bool]
"""Whether a finding holds, given the facts of a study and its set of runs."""
Cell = Callable[[Facts, str], str]
"""The text of a cell, given the facts of a study and its set of runs."""


def findings(known: Facts) -> str:
    """Return Markdown: a list of findings and a table of their numbers."""
    texts = (f"{i}. {tell(known)}" for i, tell in enumerate(FINDINGS, start=1))
    items = (f"{fill(text, WIDTH, subsequent_indent='   ')}\n" for text in texts)
    rows = ([what, *_each(known, tell)] for what, tell in NUMBERS.items())
    table = grid(["", *(f"`{name}`" for name in SET)], rows)
    constant = ", ".join(f"`{name}`" for name in SET if SET[name] == "baseline")
    return (
        f"{''.join(items)}\n{table}\nThe rows on D_J and σ\\* use runs with fitted B "
        f"and η or, in {constant}, runs with constant B and η.\n"
    )


def _reproduction(known: Facts) -> str:
    def counted(kinds: Iterable[str], *verdicts: str) -> int:
        each = (
            study.get(kind, {}) for study in known["card"].values() for kind in kinds
        )
        return sum(one.get(word, 0) for one in each for word in verdicts)

    def share(*kinds: str) -> str:
        within = counted(kinds, "within")
        return f"{within} of {within + counted(kinds, 'outside')}"

    read = ("digitised",)
    read_off = counted(read, "within", "outside", "agree", "differ")
    return (
        f"**{share('stored', 'rerun')} published numbers that the public runs "
        f"determine are reproduced** with the authors' choices: {share('stored')} "
        f"stored outputs and {share('rerun')} results of their code. Of {read_off} "
        f"numbers read off their figures, {counted(read, 'within', 'agree')} agree; "
        "these figures show runs that are not public."
    )


def _hyperparameters(known: Facts) -> str:
    sizes, rates = (_studies(known, _falls(axis.name)) for axis in FITTED)
    which = (
        f"B\\* and η\\* fall in {sizes}"
        if sizes == rates
        else f"B\\* falls in {sizes} and η\\* in {rates}"
    )
    return (
        f"**As σ rises, {which}**: the 95% intervals of these exponents lie below "
        "zero. The published rule for the best values is biased where the best B "
        "depends on η ([comparison](docs/estimators.md))."
    )


def _falls(name: str) -> Test:
    return lambda own, _: bool(own["exponents"][name]["high"] < 0)


def _regret(known: Facts) -> str:
    ratios = [known["studies"][name]["regret"].get("constant") for name in SET]
    values = [ratio["value"] for ratio in ratios if ratio]
    constant, published = (_saves(over) for over in ("constant", "published"))
    return (
        f"**Fitted B and η need {_span(min(values), max(values))} data than the "
        "constant values that were best at one σ**, measured on held-out "
        "seeds. The saving over constant values exceeds seed noise in "
        f"{_studies(known, constant)}. The saving over values fitted in the published "
        f"way exceeds it in {_studies(known, published)}."
    )


def _saves(over: str) -> Test:
    def saves(own: Facts, _: str) -> bool:
        ratio = own["regret"].get(over)
        return bool(ratio and ratio["high"] < 1)

    return saves


def _span(lowest: float, highest: float) -> str:
    """Return both changes, such as "1% to 3% less" or "3% less to 1% more"."""
    first, last = (round(100 * (ratio - 1)) for ratio in (lowest, highest))
    if first < 0 < last:
        return f"{-first}% less to {last}% more"
    sizes = sorted({abs(first), abs(last)})
    word = "less" if first < 0 else "more"
    return f"{' to '.join(f'{size}%' for size in sizes)} {word}"


def _predictions(known: Facts) -> str:
    smallest, largest = (_beats(end) for end in ("smallest utd", "largest utd"))
    return (
        "**The fit of D_J(σ) predicts the data at a left-out σ better than the nearest "
        f"σ does: at the smallest σ in {_studies(known, smallest)}, and at the largest "
        f"σ in {_studies(known, largest)}.**"
    )


def _beats(left_out: str) -> Test:
    def beats(own: Facts, runs: str) -> bool:
        naive = _data_check(own, runs, left_out).get("naive", {})
        return bool(naive.get("no change", {}).get("verdict") == "fit better")

    return beats


def _data_check(own: Facts, runs: str, left_out: str) -> Facts:
    """Return the held-out check of the data, or an empty mapping if there is none."""
    for check in own["checks"]:
        named = (check["set"], check["quantity"], check["left_out"])
        if named == (runs, "data", left_out) and check["count"]:
            return dict(check)
    return {}


def _budget(known: Facts) -> str:
    return (
        "**At the stated δ, the runs determine whether σ\\* rises or falls with the "
        f"budget in {_studies(known, _has_sign)}. Within a factor of 100 of that δ, "
        f"the direction reverses in {_studies(known, _turns)}.** δ is the price of an "
        "environment step in FLOPs, which each user must choose."
    )


def _has_sign(own: Facts, runs: str) -> bool:
    exponent = own["budget"][runs]["exponent"]
    ends = exponent["low"], exponent["high"]
    return None not in ends and ends[0] * ends[1] > 0


def _turns(own: Facts, runs: str) -> bool:
    return bool(own["sensitivity"]["sign_changes"].get(runs))


FINDINGS: tuple[Callable[[Facts], str], ...] = (
    _reproduction,
    _hyperparameters,
    _regret,
    _predictions,
    _budget,
)


def _exponent_of(name: str) -> Cell:
    return lambda own, _: _words(own["exponents"][name])


def _errors_at(left_out: str) -> Cell:
    def tell(own: Facts, runs: str) -> str:
        check = _data_check(own, runs, left_out)
        if not check:
            return "no check"
        naive = check["naive"]["no change"]["median"]
        return f"{_percent(check['median'])} against {_percent(naive)}"

    return tell


def _ratio_over(way: str) -> Cell:
    def tell(own: Facts, _: str) -> str:
        ratio = own["regret"].get(way)
        return _words(ratio) if ratio else "not compared"

    return tell


def _budget_exponent(own: Facts, runs: str) -> str:
    found = own["budget"][runs]
    return "not identifiable" if found["why"] else _words(found["exponent"])


def _sign_change(own: Facts, runs: str) -> str:
    changes = own["sensitivity"]["sign_changes"].get(runs, [])
    found = f"changes at {_list(map(_flops, changes))}" if changes else "no change"
    return f"{found}; stated {_flops(own['budget'][runs]['delta'])}"


NUMBERS: dict[str, Cell] = {
    **{rf"{axis.symbol}\* ∝ σ^x: x": _exponent_of(axis.name) for axis in FITTED},
    "data with fitted B, η / data with constant B, η": _ratio_over("constant"),
    "data with fitted B, η / data with B, η fitted as published": _ratio_over(
        "published"
    ),
    "error of D_J at the smallest σ: fit against nearest σ": _errors_at("smallest utd"),
    "error of D_J at the largest σ: fit against nearest σ": _errors_at("largest utd"),
    "σ\\* ∝ F^x: x": _budget_exponent,
    "sign of this x as δ (FLOPs per step) varies": _sign_change,
}


def _each(known: Facts, tell: Cell) -> Iterable[str]:
    return (tell(known["studies"][name], runs) for name, runs in SET.items())


def _studies(known: Facts, holds: Test) -> str:
    """Name the studies in which a finding holds: `two studies (gym, dmc)`."""
    those = [name for name, runs in SET.items() if holds(known["studies"][name], runs)]
    named = f" ({', '.join(f'`{name}`' for name in those)})"
    return _COUNTS[len(those)] + named * (0 < len(those) < len(SET))


def _words(found: Facts) -> str:
    value, low, high = (
        "–" if found[part] is None else f"{found[part]:.2f}".replace("-", "−")
        for part in ("value", "low", "high")
    )
    return value if found["low"] is None else f"{value} [{low}, {high}]"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"


def _flops(value: float) -> str:
    mantissa, power = f"{value:.0e}".split("e")
    raised = str(int(power)).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{mantissa}·10{raised}"


def _list(texts: Iterable[str]) -> str:
    """Join texts: `a, b and c`."""
    *most, last = texts
    return f"{', '.join(most)} and {last}" if most else last
