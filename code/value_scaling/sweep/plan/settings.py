"""The settings of a set: the grid, or one for each σ at fitted or constant B and η."""

from value_scaling.records import Hyperparameters, ScalingError, Setting, Study


def settings_of_set(
    study: Study, set_name: str, hyperparameters: Hyperparameters | None
) -> tuple[Setting, ...]:
    """Return the settings of a set: the grid, or each σ at B*, η* or at constant B, η.

    Raises:
        ScalingError: the set is unknown, needs the fit of the sweep, or has constant
            hyperparameters that no run of the sweep can decide.
    """
    if set_name == "sweep":
        return study.grid
    if set_name not in ("ours", "baseline"):
        raise ScalingError(
            f"study {study.name}",
            found=f"set {set_name!r}",
            expected="sweep, ours or baseline",
            fix="name one of them: --set sweep",
        )
    if hyperparameters is None:
        raise ScalingError(
            f"study {study.name}, set {set_name}",
            found="no fit of the sweep",
            expected="B* and η* to run with",
            fix=f"run `scaling train {study.name} --set sweep`, then "
            f"`scaling fit {study.name}`",
        )
    if set_name == "ours":
        return tuple(
            each.setting
            for each in hyperparameters.proposals
            if each.utd in study.proposal_utds
        )
    if without := hyperparameters.without_baseline:
        raise ScalingError(
            f"study {study.name}, set baseline",
            found="no constant hyperparameters for " + ", ".join(without),
            expected=f"runs of the sweep at UTD {hyperparameters.baseline_utd:g} that "
            "reach a level of sweep_levels",
            fix="train the sweep longer there, name another baseline_utd, or lower "
            "sweep_levels or max_return_sweep in the study file",
        )
    return tuple(
        each.setting(utd)
        for each in hyperparameters.baseline
        for utd in study.proposal_utds
    )


def stand_ins(study: Study) -> tuple[Setting, ...]:
    """Return settings whose cost is close to that of the runs at B*, η*.

    They are used before there is a fit, and lie in the middle of each environment's
    grid.
    """
    return tuple(
        Setting.of(environment.name, {"utd": utd} | middle)
        for environment in study.environments
        for middle in [
            {name: grid[len(grid) // 2] for name, grid in environment.grids.items()}
        ]
        for utd in study.trained_utds
    )
