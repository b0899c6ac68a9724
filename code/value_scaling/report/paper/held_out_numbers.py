"""Numbers of held-out checks, of naive predictors and of the choice of law."""

from value_scaling.records import Naive
from value_scaling.records.stages.law_choice import LawChoice
from value_scaling.report.findings.held_out import (
    better_predictor,
    summaries,
    which_wins,
)
from value_scaling.report.findings.law_choice import best_laws
from value_scaling.report.paper.named_numbers import NO_FIT, estimate_numbers
from value_scaling.report.results import Results
from value_scaling.report.text.command_names import Named, command
from value_scaling.report.text.latex import count, percent, prose

_NAIVE: dict[Naive, str] = {"no change": "NoChange", "pure power law": "PowerLaw"}
"""Endings of the commands for each naive predictor."""


def held_out_numbers(prefix: str, records: Results) -> Named:
    r"""Yield median errors of the fit and of naive predictors, and verdicts.

    Commands end in `…NoChange` or `…PowerLaw` for naive predictors, and in `…Verdict`.
    """
    if sentence := which_wins(records):
        yield f"{prefix}HeldWhichWins", prose(sentence)
    for summary in summaries(records):
        parts = (summary.set_name, summary.quantity, summary.kind)
        name = f"{prefix}Held{command(*parts)}"
        worst = summary.worst
        yield f"{name}Count", count(summary.count)
        if worst is None:
            for part in ("Median", "Worst", *_NAIVE.values(), "Verdict"):
                yield f"{name}{part}", f"(no check: {prose(summary.words)})"
            continue
        yield f"{name}Median", percent(summary.median)
        yield f"{name}Worst", percent(abs(float(worst.error.value)))
        yield f"{name}WorstCell", prose(worst.label)
        if found := better_predictor(summary.against):
            yield f"{name}Verdict", found
        for each in summary.against:
            one = name + _NAIVE[each.naive]
            yield one, percent(float(each.error.value))
            yield f"{one}Verdict", each.verdict
            yield from estimate_numbers(f"{one}Difference", each.difference, digits=2)
        if summary.known:
            yield f"{name}Known", count(summary.known)
            yield f"{name}Covered", count(summary.covered)
    if records.law_choice:
        yield from _law_numbers(prefix, records.law_choice)


def _law_numbers(prefix: str, record: LawChoice) -> Named:
    r"""Yield the median error of each law, e.g. `\GymLawsOursPooledEndsSigmoid`.

    With `…Comparison`, the command gives the comparison with the power law with floor.
    """
    sets = dict.fromkeys(each.set_name for each in record.errors)
    for name, sentence in zip(sets, best_laws(record), strict=False):
        yield f"{prefix}Laws{command(name)}Sentence", prose(sentence)
    for each in record.errors:
        parts = (each.set_name, each.curves, each.where, each.law)
        one = f"{prefix}Laws{command(*parts)}"
        if each.count:
            yield one, percent(float(each.error.value))
            yield from estimate_numbers(f"{one}Difference", each.difference, digits=2)
        else:
            yield one, NO_FIT[each.status]
        yield f"{one}Comparison", each.comparison
