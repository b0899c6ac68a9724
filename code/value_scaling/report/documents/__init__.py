"""Parts of README and docs that the build makes from records and measurements.

A document is written by hand except for the text between two marks (see `parts`). Each
of the other modules makes one kind of part.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from value_scaling.report.documents.bundled import bundled
from value_scaling.report.documents.command_costs import commands
from value_scaling.report.documents.external import (
    beyond,
    claims_beyond,
    rules_beyond,
)
from value_scaling.report.documents.facts import facts
from value_scaling.report.documents.figure_table import figures
from value_scaling.report.documents.findings import findings
from value_scaling.report.documents.large_sweeps import large_sweeps
from value_scaling.report.documents.next_runs import next_runs
from value_scaling.report.documents.parts import names, with_parts
from value_scaling.report.documents.performance import costs, gpu, stages
from value_scaling.report.documents.plan import claims_judged, conditions
from value_scaling.report.documents.studies import study_part
from value_scaling.report.results import StudyResults

__all__ = ["facts", "names", "of_files", "of_studies", "with_parts"]

Parts = dict[str, str]


def of_files(
    known: Mapping[str, Any],
    measured: Mapping[str, Any],
    timed: Mapping[str, Any],
    on_gpu: Mapping[str, Any],
    chosen: Mapping[str, Any],
    large: Mapping[str, Any],
) -> Parts:
    """Make the parts that come from committed files.

    Args:
        known: content of docs/results.json; see `facts`.
        measured: content of docs/measured.json, written by `make bench`.
        timed: content of docs/commands.json, the costs of the README's commands.
        on_gpu: content of docs/gpu.json, written by `make gpu-bench`.
        chosen: content of docs/next_runs.json, written by `make bench`.
        large: content of docs/scale.json, written by `make bench`.
    """
    return {
        "findings": findings(known),
        "beyond the paper": beyond(known),
        "claims beyond the paper": claims_beyond(known),
        "rules beyond the paper": rules_beyond(),
        "commands": commands(timed),
        "figures": figures(),
        "costs": costs(measured),
        "stages": stages(measured),
        "gpu": gpu(on_gpu),
        "next runs": next_runs(chosen),
        "large sweeps": large_sweeps(large),
    }


def of_studies(everything: Iterable[StudyResults]) -> Parts:
    """Make the parts that come from the records of the available studies."""
    found: Parts = {}
    for results in everything:
        name = results.study.name
        found[f"results of {name}"] = study_part(results)
        if results.provenance:
            found[f"runs of {name}"] = bundled(results.provenance)
        if results.default.crossings.get("sweep"):
            found[f"conditions of {name}"] = conditions(results)
            found[f"plan of {name}"] = claims_judged(results)
    return found
