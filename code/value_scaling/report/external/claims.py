"""Claims about scaling, each with a rule that judges runs that others made.

As in `findings.claims`, a verdict follows from intervals and is never written by hand.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from value_scaling.records import Estimate
from value_scaling.records.external.record import ALL
from value_scaling.report.external.results import UTD, ExternalResults
from value_scaling.report.findings.verdicts import NOTHING, Finding, Verdict, side
from value_scaling.report.text.latex import escape, percent, with_bounds

DIGITS = 2


@dataclass(frozen=True)
class ExternalClaim:
    """One claim, and the rule that judges it."""

    slug: str
    words: str
    """The claim as LaTeX."""
    rule: str
    """Conditions under which the claim holds, or holds in part, as LaTeX."""
    judge: Callable[[ExternalResults], Finding]


def _falls(results: ExternalResults, *, axis: str) -> Finding:
    found = results.axis(axis)
    everything = found.group(ALL) if found else None
    if found is None or everything is None:
        return NOTHING
    own = [each for each in found.pooled if each.group != ALL]
    below = sum(side(each.mean) == "below" for each in own)
    where = side(everything.mean)
    verdict: Verdict = "not decided"
    if where == "above":
        verdict = "fails"
    elif where == "below":
        verdict = "holds" if below == len(own) else "holds in part"
    evidence = [rf"exponent {number(everything.mean)}"]
    if len(own) > 1:
        evidence.append(f"below zero in {below} of {len(own)} benchmarks")
    evidence.append(f"{everything.tasks} of {len(found.tasks)} tasks")
    return Finding(tuple(evidence), verdict)


def _flattens(results: ExternalResults) -> Finding:
    found = results.axis(UTD)
    if found is None or found.bend is None:
        return NOTHING
    verdicts: dict[str, Verdict] = {"above": "holds", "below": "fails"}
    bend = found.bend.mean
    return Finding(
        (f"change of the exponent {number(bend)}",),
        verdicts.get(side(bend), "not decided"),
    )


def _carries_over(results: ExternalResults) -> Finding:
    found = results.axis(UTD)
    everything = found.group(ALL) if found else None
    if everything is None:
        return NOTHING
    new, between = everything.new_task, f"${everything.between:.2f}$"
    verdict: Verdict = "holds" if side(new) == "below" else "not decided"
    return Finding((f"another task {number(new)}", f"sd {between}"), verdict)


def _predicts(results: ExternalResults) -> Finding:
    found = results.axis(UTD)
    checks = [each for each in found.against_naive if each.count] if found else []
    if not checks:
        return NOTHING
    verdicts = [each.verdict for each in checks]
    better, worse = (verdicts.count(w) for w in ("fit better", "naive better"))
    verdict: Verdict = "not decided"
    if better == len(checks):
        verdict = "holds"
    elif worse and not better:
        verdict = "fails"
    elif better:
        verdict = "holds in part"
    evidence = [
        f"{each.kind.split()[0]} {percent(float(each.fit.value))} "
        f"({percent(float(each.error.value))})"
        for each in checks
        if each.naive == "no change"
    ]
    return Finding(tuple(evidence), verdict)


def _never_worse(results: ExternalResults) -> Finding:
    found = results.axis(UTD)
    if found is None:
        return NOTHING
    also_pooled = [each for each in found.worse if each.pooled.low > 0]
    verdict: Verdict = "holds in part" if found.worse else "holds"
    if also_pooled:
        verdict = "fails"
    named = ", ".join(escape(each.task) for each in found.worse)
    tasks = f"{len(found.worse)} of {len(found.fitted)} tasks"
    return Finding(
        (
            f"{tasks} ({named})" if named else tasks,
            f"less data in {len(found.better)}",
        ),
        verdict,
    )


def _best_batch(results: ExternalResults) -> Finding:
    found = results.axis("batch_size")
    everything = found.group(ALL) if found else None
    if everything is None:
        return NOTHING
    return Finding(
        (rf"one $\sigma$ only; $D_J\propto B^x$ with $x=\;${number(everything.mean)}",),
        "not testable",
    )


def number(values: Estimate) -> str:
    """Write an exponent with its interval, as LaTeX."""
    return with_bounds(values, DIGITS)


EXTERNAL_CLAIMS: tuple[ExternalClaim, ...] = (
    ExternalClaim(
        "power",
        r"$D_J(\sigma)$ falls as a power of $\sigma$",
        "the exponent of every benchmark is below zero; in part, if that over all "
        "tasks is; it fails if that is above zero",
        partial(_falls, axis=UTD),
    ),
    ExternalClaim(
        "floor",
        r"$D_J(\sigma)$ approaches a floor: it falls less at larger $\sigma$",
        r"the exponent between the two largest $\sigma$ is above that between the two "
        "smallest, over all tasks; it fails if it is below",
        _flattens,
    ),
    ExternalClaim(
        "carries over",
        "Another task has an exponent below zero too",
        "the prediction interval of another task is below zero",
        _carries_over,
    ),
    ExternalClaim(
        "held out",
        r"The fit predicts a $\sigma$ that was left out",
        r"partial pooling is nearer than no change and than the task's own power law, "
        r"at the largest and at the smallest $\sigma$; in part, if it is nearer in "
        "some of these comparisons; it fails if it is nearer in none and farther in "
        "some",
        _predicts,
    ),
    ExternalClaim(
        "never worse",
        "More updates never need more data",
        "no task's exponent is above zero; it fails if one is above zero after partial "
        "pooling too",
        _never_worse,
    ),
    ExternalClaim(
        "width",
        "Wider critics need less data",
        "as for the first claim",
        partial(_falls, axis="width"),
    ),
    ExternalClaim(
        "batch size",
        r"$B^*(\sigma)$ falls as a power of $\sigma$",
        r"this needs several $B$ at several $\sigma$",
        _best_batch,
    ),
)
