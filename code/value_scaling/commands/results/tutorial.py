"""The parts of the tutorial: what the terminal prints about a study."""

from collections.abc import Iterable, Iterator

from value_scaling.commands.console import as_text
from value_scaling.commands.text import terminal
from value_scaling.commands.text.parts import TextPart
from value_scaling.commands.text.terminal.warning_list import warning_sentences
from value_scaling.records import Budgets, DataEfficiencies
from value_scaling.report.findings.sensitivity import sentences
from value_scaling.report.results import StudyResults
from value_scaling.report.text.plain import capitalised
from value_scaling.workflow.advice.frontier import Fits
from value_scaling.workflow.advice.limits import Request
from value_scaling.workflow.advice.plans import plans

TUTORIAL = "classic"
"""The study of the tutorial."""
UTD = 16.0
"""σ for which the tutorial asks for settings."""


def tutorial_parts(everything: StudyResults) -> dict[str, str]:
    """Return the generated parts of docs/tutorial.md, as Markdown."""
    name = everything.study.name
    found = {
        f"{topic} of {name}": f"```text\n{as_text(*parts)}\n```\n"
        for topic, parts in _printed(everything)
    }
    results = everything.default
    if results.warnings:
        found[f"warnings of {name}"] = _listed(warning_sentences(results.warnings))
    if results.sensitivity:
        found[f"sensitivity of {name}"] = _listed(
            f"{text}."
            for text in sentences(results.sensitivity, everything.study.compute_unit)
        )
    return found


def _listed(texts: Iterable[str]) -> str:
    """Return sentences as a Markdown list, with the stars of B* and σ* escaped."""
    lines = (f"- {capitalised(text)}\n" for text in texts)
    return f"\n{''.join(lines)}\n".replace("*", "\\*")


def _printed(everything: StudyResults) -> Iterator[tuple[str, list[TextPart]]]:
    """Yield each topic that has records, with what the commands print about it."""
    study, results = everything.study, everything.default
    name = results.measured
    if results.hyperparameters:
        yield "hyperparameters", list(terminal.hyperparameters(results.hyperparameters))
    if name:
        yield "data", list(terminal.data_efficiency(results.data[name]))
    if name in results.budget:
        yield "budget", list(terminal.budget(results.budget[name]))
    if results.regret:
        yield "regret", list(terminal.regret(results.regret))
    if everything.effects:
        yield "choices", list(terminal.choices(everything.effects.effects))
    if results.hyperparameters and name:
        fits = Fits(
            study,
            results.hyperparameters,
            DataEfficiencies(study.name, results.data),
            Budgets(study.name, results.budget),
        )
        request = Request((UTD,))
        yield "advice", list(terminal.advice(fits, request, plans(fits, request)))
