"""Which runs keep a level from being fitted over all environments."""

from collections.abc import Iterator

import numpy as np

from value_scaling.records import Crossings, DataEfficiency, Study
from value_scaling.records.warnings import Place, StudyWarning


def undecided_levels(sweep: Crossings, study: Study) -> Iterator[StudyWarning]:
    """Warn of (environment, σ) at which no setting reaches a level that decides.

    Where none of these levels is reached there is no best value, and the fits of B* and
    η* go on without it.
    """
    deciding = np.array(study.deciding_levels)
    levels = sweep.levels[deciding]
    reached: dict[tuple[str, float], np.ndarray] = {}
    for setting, steps in zip(sweep.settings, sweep.steps[:, deciding], strict=True):
        key = (setting.env, float(setting.utd))
        reached[key] = reached.get(key, False) | np.isfinite(steps)
    places = [
        Place(env=env, utd=utd, level=float(levels[int((~own).argmax())]))
        for (env, utd), own in reached.items()
        if not own.all()
    ]
    if places:
        none = sum(not own.any() for own in reached.values())
        yield StudyWarning(
            "undecided level",
            sweep.set_name,
            "",
            tuple(places),
            "(environment, UTD) at which no setting reaches every level that decides "
            f"B* and lr*: {len(places)} of {len(reached)}; fewer levels decide there"
            + (f", and none at {none}, without a best value" if none else ""),
            "train longer there, or lower max_return_sweep or the levels in the study "
            "file",
        )


def blocking_runs(efficiency: DataEfficiency) -> Iterator[StudyWarning]:
    """Warn of (environment, σ) that do not reach a level, or were not run.

    One environment that does not reach J at a σ takes that σ out of the pooled fit of
    J, for all environments.
    """
    if efficiency.source != "archive":
        return
    never = np.isnan(efficiency.data.value)  # [environments, utds, levels]
    places = [
        Place(
            env=efficiency.environments[e],
            utd=float(efficiency.utds[u]),
            level=float(efficiency.levels[int(never[e, u].argmax())]),
        )
        for e, u in np.argwhere(never.any(axis=2))
    ]
    if not places:
        return
    levels = efficiency.levels
    lost = [f"{each.level:g}" for each in efficiency.blocked]
    fewer = np.isfinite(efficiency.pooled.value).sum(axis=0)  # [levels]
    some = int((fewer < len(efficiency.utds)).sum())
    yield StudyWarning(
        "blocked level",
        efficiency.set_name,
        "",
        tuple(places),
        f"levels fitted without every UTD: {some} of {len(levels)}"
        + (f", and J = {', '.join(lost)} not at all" if lost else "")
        + "; not every environment was run at each UTD and reaches them there",
        "run these UTDs, train longer there, lower max_return_fitted or the levels in "
        "the study file, or leave an environment out",
    )
