"""Runs that are shorter than the others of their setting: crashed, killed, unfinished.

An archive holds one column of steps for all seeds of a setting, so runs of unequal
length need a rule, and each rule changes the result.
"""

from collections.abc import Sequence

from value_scaling.importers.cleaned import CleanedRun
from value_scaling.importers.options import Rules
from value_scaling.importers.report import Report, listed

EFFECTS = {
    "cut": "every seed of the setting ends where the shortest does, and a level that "
    "is reached later counts as not reached",
    "drop": "the setting keeps its long runs; if the short ones stopped because they "
    "failed, the remaining ones look too good",
}
"""Effect of each rule on the result."""
_SHOWN = 5


def short_runs(runs: Sequence[CleanedRun], rules: Rules) -> list[CleanedRun]:
    """Return the runs of one setting that are too short.

    A run that lacks only the last log point is not among them.
    """
    longest = max(each.last for each in runs)
    return [
        each
        for each in runs
        if each.last < min(rules.least * longest, longest - each.interval)
    ]


def without_short(
    runs: Sequence[CleanedRun], rules: Rules, report: Report
) -> list[CleanedRun]:
    """Return the runs of one setting that the rule for short runs keeps."""
    short = short_runs(runs, rules)
    if not short or rules.short == "cut":
        return list(runs)
    for each in short:
        report.decide(
            each.name,
            "dropped" if rules.short == "drop" else "refused",
            f"ended before {rules.least:.0%} of its setting's longest run"
            + (f" ({each.state})" if each.state else ""),
            setting=each.setting,
            seed=each.seed,
        )
    if rules.short == "refuse":
        ends = ", ".join(f"{each.last:g}" for each in short[:_SHOWN])
        longest = max(each.last for each in runs)
        report.refuse(
            f"{runs[0].setting}",
            found=f"runs that end before {rules.least:.0%} of the longest, at step "
            f"{ends} of {longest:g}: {listed([each.name for each in short])}",
            expected="seeds of equal length",
            fix="choose "
            + ", or ".join(
                f"--short {name} ({text})" for name, text in EFFECTS.items()
            ),
        )
    return [each for each in runs if each not in short]
