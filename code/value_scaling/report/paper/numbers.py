r"""All numbers in the text of the paper, each as a `\newcommand`.

A name consists of the study, the set of runs, the quantity and the part. For example,
`\GymOursAlpha` is α of the Gym runs with fitted hyperparameters. If the interval is
known, there are also `…Interval` and `…Full`, the value with its interval. Results
under the published choices end in `AsPublished`. A number that cannot be computed has
no command, and a text that uses it does not compile.
"""

from collections.abc import Mapping
from itertools import chain

from value_scaling.records import ScalingError
from value_scaling.report.paper.card_numbers import card_numbers
from value_scaling.report.paper.fit_numbers import fit_numbers, trend_numbers
from value_scaling.report.paper.held_out_numbers import held_out_numbers
from value_scaling.report.paper.regret_numbers import (
    constant_over_fitted,
    regret_numbers,
)
from value_scaling.report.paper.sensitivity_numbers import sensitivity_numbers
from value_scaling.report.paper.size_numbers import size_numbers
from value_scaling.report.paper.study_numbers import (
    effect_numbers,
    provenance_numbers,
    study_numbers,
)
from value_scaling.report.results import StudyResults
from value_scaling.report.sizes.results import SizeResults
from value_scaling.report.text.command_names import Named, command
from value_scaling.report.text.latex import MISSING, count
from value_scaling.report.verify import ReportCard


def numbers(
    everything: tuple[StudyResults, ...],
    card: ReportCard,
    sizes: tuple[SizeResults, ...] = (),
) -> dict[str, str]:
    """Return the LaTeX of every number, by the name of its command.

    Raises:
        ScalingError: two numbers have the same name, as with studies `a_b` and `ab`.
    """
    found: dict[str, str] = {}
    of_sizes = (pair for each in sizes for pair in size_numbers(each))
    for name, text in chain(_all(everything, card), of_sizes):
        if text == MISSING:
            continue
        if name in found:
            raise ScalingError(
                "numbers of the paper",
                found=f"two of the name \\{name}",
                expected="names that differ by more than digits and underscores",
                fix="rename one of the studies",
            )
        found[name] = text
    return found


def numbers_tex(values: Mapping[str, str]) -> str:
    """Write the commands, sorted by name."""
    lines = (f"\\newcommand{{\\{name}}}{{{values[name]}}}" for name in sorted(values))
    return "\n".join(lines) + "\n"


def _all(everything: tuple[StudyResults, ...], card: ReportCard) -> Named:
    yield "StudyCount", count(len(everything))
    yield from card_numbers(card)
    for results in everything:
        prefix = command(results.study.name)
        yield from study_numbers(prefix, results)
        for suffix, records in (
            ("", results.default),
            ("AsPublished", results.published),
        ):
            yield from fit_numbers(prefix, suffix, records)
        if results.default.regret:
            yield from regret_numbers(prefix, results.default.regret)
        if results.default.diagnostics:
            yield from trend_numbers(prefix, results.default.diagnostics)
        yield from held_out_numbers(prefix, results.default)
        yield from constant_over_fitted(prefix, results.default)
        yield from effect_numbers(prefix, results)
        if results.default.sensitivity:
            yield from sensitivity_numbers(
                prefix, results.default.sensitivity, results.study.compute_unit
            )
        if results.provenance:
            yield from provenance_numbers(prefix, results.provenance)
