"""Defaults of what does not depend on returns: tasks, grids, σ, N and δ."""

from collections.abc import Mapping, Sequence
from typing import Any

from value_scaling.records.axes import FITTED, optional
from value_scaling.records.compute import FLOPS_PER_PARAMETER
from value_scaling.records.defaults.filled import Filled, listed
from value_scaling.records.errors import ScalingError
from value_scaling.records.runs import Setting
from value_scaling.records.study import SETS

ALGORITHM = "not stated"
PER_PARAMETER = 1.0
"""N where it is not known: C_J, F and δ are then numbers of FLOPs for each
parameter."""


def fill_grids(
    filled: Filled, name: str, settings: Mapping[str, Sequence[Setting]]
) -> None:
    """Add everything but normalisers and levels.

    Args:
        name: name of the study.
        settings: settings of the runs that are there, by set.

    Raises:
        ScalingError: δ is stated without N.
    """
    sweep = SETS[0] if SETS[0] in settings else ""
    ran = sorted(settings[sweep] if sweep else next(iter(settings.values()), ()))
    filled.add("title", name, f"{name} (the name of the study)")
    filled.add("algorithm", ALGORITHM, ALGORITHM)
    if names := sorted({setting.env for setting in ran}):
        tasks = [{"name": env} for env in names]
        filled.add("environments", tasks, f"{', '.join(names)} (found in the archive)")
    if sweep:
        _fill_axes(filled, ran)
    if utds := sorted({setting.utd for setting in ran}):
        filled.add("sweep_utds", utds, f"{listed(utds)} (found in the archive)")
    if utds := filled.numbers("sweep_utds"):
        middle = _middle(utds)
        filled.add("baseline_utd", middle, f"{middle:g} (the middle UTD ratio)")
        beyond = [utds[0] / 2, *utds, utds[-1] * 2]
        text = f"{listed(beyond)} (the UTD ratios of the study, and one step beyond)"
        filled.add("proposal_utds", beyond, text)
    _fill_costs(filled, sorted({setting.batch_size for setting in ran}))


def _fill_axes(filled: Filled, ran: Sequence[Setting]) -> None:
    """Add the grid of each environment whose grids are not all stated."""
    found = []
    for each in filled.environments:
        own = [setting.values for setting in ran if setting.env == each["name"]]
        if not own or all(axis.plural in each for axis in FITTED):
            continue
        for axis in FITTED:
            if axis.plural not in each:
                each[axis.plural] = sorted({values[axis.name] for values in own})
                found.append(f"{each['name']} {axis.plain} {listed(each[axis.plural])}")
        others = {
            axis.name: sorted({v[axis.name] for v in own if axis.name in v})
            for axis in optional()
        }
        if any(others.values()):
            each.setdefault("other_grids", {k: v for k, v in others.items() if v})
    if found:
        filled.texts["grids"] = f"{'; '.join(found)} (found in the archive)"


def refuse_delta_alone(given: Mapping[str, Any]) -> None:
    """Refuse a δ without N.

    Raises:
        ScalingError: `delta` is given and `model_size` is not.
    """
    if "delta" in given and "model_size" not in given:
        raise ScalingError(
            "delta",
            found=f"{given['delta']}, and no model_size",
            expected="both of them or none: F = C + δ·D_J compares δ with "
            f"C_J = {FLOPS_PER_PARAMETER:g}·N·B·σ·D_J",
            fix="state model_size, the number of critic parameters N, as well",
        )


def _fill_costs(filled: Filled, batch_sizes: Sequence[int]) -> None:
    """Add N and δ, so that costs are relative and say so.

    Without N, costs are in FLOPs for each parameter. Without δ, a step is worth as much
    as the updates that follow it at the middle σ and B; σ*(F) is then the same for
    every N.
    """
    table = filled.table
    refuse_delta_alone(table)
    filled.add(
        "model_size",
        PER_PARAMETER,
        "1 (not known: C_J, F and delta are in FLOPs for each critic parameter; B*, "
        "lr*, D_J and utd* do not depend on it)",
    )
    if not batch_sizes:
        batch_sizes = sorted(
            {b for each in filled.environments for b in each.get("batch_sizes", ())}
        )
    size, utd = table["model_size"], table.get("baseline_utd")
    numbers = all(isinstance(each, int | float) for each in (size, utd))
    if numbers:
        # Without any runs, nothing is computed, and B is not known.
        batch_size = _middle(batch_sizes) if batch_sizes else 1
        delta = float(f"{FLOPS_PER_PARAMETER * size * batch_size * utd:.3g}")
        filled.add(
            "delta",
            delta,
            f"{delta:g} (not known: a step is worth as much as its updates at UTD "
            f"{utd:g} and B {batch_size:g}; F and utd* depend on it, B*, lr* and D_J "
            "do not)",
        )


def _middle(values: Sequence[float]) -> float:
    return values[(len(values) - 1) // 2]
