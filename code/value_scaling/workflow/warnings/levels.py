"""Runs that prevent a level from being fitted over all environments."""

from collections.abc import Iterable, Iterator

import numpy as np

from value_scaling.records import Crossings, DataEfficiency, Study
from value_scaling.records.stages.warnings import Place, StudyWarning


def undecided_levels(sweep: Crossings, study: Study) -> Iterator[StudyWarning]:
    """Warn of (environment, σ) at which no setting reaches a level that decides.

    If none of these levels is reached there, B* and η* are fitted without a best value
    for that (environment, σ).
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

    Such a level is pooled without that environment or without that σ, whichever loses
    fewer runs (see `pooling`).
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
    pooled = np.isfinite(efficiency.pooled.value).sum(axis=0)  # [levels]
    fewer = int(((pooled > 0) & (pooled < len(efficiency.utds))).sum())
    lost = [each.level for each in efficiency.blocked]
    parts = [f"levels pooled without some UTD: {fewer} of {len(pooled)}"] * bool(fewer)
    parts += [
        f"{_listed(own)} over {w}" for w, own in efficiency.smaller_sets().items()
    ]
    parts += [f"no fit at {_listed(lost)}"] * bool(lost)
    yield StudyWarning(
        "blocked level",
        efficiency.set_name,
        "",
        tuple(places),
        f"{'; '.join(parts)}; not every environment was run at each UTD and reaches "
        "every level there",
        "run these UTDs, train longer there, lower max_return_fitted or the levels in "
        "the study file, or leave an environment out",
    )


def _listed(levels: Iterable[float]) -> str:
    return f"J = {', '.join(f'{level:g}' for level in levels)}"
