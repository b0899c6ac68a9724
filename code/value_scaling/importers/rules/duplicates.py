"""Two runs with one setting and seed, or with the same curve."""

from collections import defaultdict
from collections.abc import Sequence

from value_scaling.importers.cleaned import CleanedRun
from value_scaling.importers.options import Duplicates
from value_scaling.importers.report import Report, listed


def without_duplicates(
    runs: Sequence[CleanedRun], rule: Duplicates, report: Report
) -> list[CleanedRun]:
    """Return the runs of one setting that the rule keeps, in their order.

    If two runs have the same curve to the last digit, and most of its values are
    distinct, one run was exported twice. The second is a duplicate under every rule.
    """
    kept = list(runs) if rule == "all" else _one_for_each_seed(runs, rule, report)
    first: dict[bytes, CleanedRun] = {}
    stay = []
    for each in kept:
        twin = first.setdefault(each.digest, each)
        if twin is each or not each.identifies_copies:
            stay.append(each)
            continue
        _decide(each, rule, f"the same curve as {twin.name}", report)
        if rule == "refuse":
            report.refuse(
                f"{each.name} ({each.setting}, seed {each.seed})",
                found=f"the same curve as in {twin.name}, to the last digit",
                expected="each run once",
                fix="remove one of them, or choose --duplicates first, which keeps one",
            )
    return stay


def _one_for_each_seed(
    runs: Sequence[CleanedRun], rule: Duplicates, report: Report
) -> list[CleanedRun]:
    by_seed: dict[str, list[CleanedRun]] = defaultdict(list)
    for each in runs:
        by_seed[each.seed].append(each)
    stay = []
    for seed, group in by_seed.items():
        chosen = group[-1] if rule == "last" else group[0]
        stay.append(chosen)
        for each in group:
            if each is not chosen:
                _decide(each, rule, f"{chosen.name} has that setting and seed", report)
        if len(group) > 1 and rule == "refuse":
            report.refuse(
                f"{group[0].setting}, seed {seed}",
                found="runs with one setting and seed: "
                f"{listed([each.name for each in group])}",
                expected="one run for each setting and seed",
                fix="choose --duplicates last (use the later one), first, or all (use "
                "each as a seed, which is right if the seed is not recorded), or leave "
                "runs out of the source",
            )
    return stay


def _decide(run: CleanedRun, rule: Duplicates, why: str, report: Report) -> None:
    report.decide(
        run.name,
        "refused" if rule == "refuse" else "dropped",
        why,
        setting=run.setting,
        seed=run.seed,
    )
