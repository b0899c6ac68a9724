"""Numbers of a study: its settings, its runs and the choices of its analysis."""

import numpy as np

from value_scaling.records.provenance import Provenance
from value_scaling.report.results import StudyResults
from value_scaling.report.tables.choices import inside
from value_scaling.report.tables.sources import seeds
from value_scaling.report.text.command_names import Named, command
from value_scaling.report.text.latex import count, number, percent, prose, with_bounds


def study_numbers(prefix: str, results: StudyResults) -> Named:
    """Yield the levels and sizes of a study, and the counts of its runs."""
    study, records = results.study, results.default
    levels = study.fitted_levels
    yield f"{prefix}Title", prose(study.title)
    yield f"{prefix}Algorithm", prose(study.algorithm)
    yield f"{prefix}Environments", count(len(study.environments))
    yield f"{prefix}Levels", count(len(levels))
    yield f"{prefix}LevelLow", number(min(levels))
    yield f"{prefix}LevelTop", number(max(levels))
    yield f"{prefix}SweepLevelTop", number(max(study.sweep_levels))
    yield f"{prefix}DecidingLevels", count(sum(study.deciding_levels))
    yield f"{prefix}HeldOutLevels", count(study.held_out_levels)
    yield f"{prefix}ModelSize", number(study.model_size)
    yield f"{prefix}Delta", number(study.delta, 2)
    yield f"{prefix}ConstantUtd", f"${study.baseline_utd:g}$"
    for name, crossings in records.crossings.items():
        one = prefix + command(name)
        unreached = float(np.isnan(crossings.steps[:, -1]).mean())
        yield f"{one}Settings", count(len(crossings.settings))
        yield f"{one}Seeds", seeds(crossings).replace("–", "--")
        yield f"{one}Missing", count(len(crossings.missing))
        yield f"{one}Unreached", percent(unreached)
        yield f"{one}Replicates", count(crossings.replicates.shape[1])


def effect_numbers(prefix: str, results: StudyResults) -> Named:
    """Yield the results under each published choice, and counts inside our interval."""
    effects = results.effects.effects if results.effects else ()
    yield f"{prefix}Effects", count(len(effects))
    yield f"{prefix}EffectsInside", count(sum(inside(effect) for effect in effects))
    for effect in effects:
        name = f"{prefix}Effect{command(effect.choice, effect.result)}"
        yield name, number(effect.published)
        yield f"{name}Default", with_bounds(effect.default)


def provenance_numbers(prefix: str, provenance: Provenance) -> Named:
    """Yield the number and the cost of the runs."""
    hours = [s.cpu_hours for s in provenance.sets if s.cpu_hours is not None]
    if len(hours) == len(provenance.sets):
        yield f"{prefix}CpuHours", number(sum(hours), 2)
    for made in provenance.sets:
        name = prefix + command(made.name)
        yield f"{name}Runs", count(made.runs)
        yield f"{name}FailedRuns", count(made.failed)
        yield f"{name}Steps", number(made.steps)
        if made.cpu_hours is not None:
            yield f"{name}CpuHours", number(made.cpu_hours, 2)
    training = provenance.training
    yield f"{prefix}RunSeeds", count(training.seeds)
    yield f"{prefix}Hidden", " and ".join(f"${width}$" for width in training.hidden)
