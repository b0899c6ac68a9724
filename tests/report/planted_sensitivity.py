"""A planted sensitivity: exponents that fall with δ, and are zero at δ = 1e9."""

import numpy as np

from value_scaling.records import STATUSES, Estimate, Study, words_of
from value_scaling.records.stages.sensitivity import (
    ACCOUNTINGS,
    Conclusion,
    LevelSensitivity,
    Multiverse,
    Sensitivity,
    SensitivityScan,
    SetSensitivity,
)

TURN = 1e9
SLOPE = 0.2
"""Decrease of the exponent per decade of δ."""


def along(values: np.ndarray, *, labels: tuple[str, ...] = ()) -> SensitivityScan:
    """Return exponents over δ; none is identifiable over a decade below `TURN`."""
    exponent = -SLOPE * np.log10(values / TURN)
    unknown = values < 0.1 * TURN
    exponent = np.where(unknown, np.nan, exponent)
    star = np.clip(np.sqrt(values / TURN), 0.25, 8)
    status = np.where(unknown, STATUSES.index("not identifiable"), 0).astype(np.int8)
    return SensitivityScan(
        labels=labels or ("",) * len(values),
        values=values,
        exponent=Estimate(exponent, exponent - 0.1, exponent + 0.1),
        status=status,
        counted=-SLOPE * np.log10(values / TURN),
        utd_star=Estimate(star, star / 1.2, star * 1.2),
        at_edge=(star <= 0.25) | (star >= 8),
    )


def planted_sensitivity(study: Study, sets: tuple[str, ...]) -> Sensitivity:
    """Return the sensitivity of these sets, with one combination that differs."""
    deltas = study.delta * 10.0 ** (np.arange(-20, 21) / 10)
    one = {
        name: SetSensitivity(
            set_name=name,
            utds=np.array([0.25, 8.0]),
            delta=study.delta,
            deltas=along(deltas),
            published=-SLOPE * np.log10(deltas / TURN) - 0.1,
            accountings=along(
                study.delta / np.array(list(ACCOUNTINGS.values())),
                labels=tuple(ACCOUNTINGS),
            ),
            lowest=along(np.array([1e9, 2e9]), labels=("300 to 600", "400 to 600")),
            highest=along(np.array([1e9, 2e9]), labels=("300 to 600", "300 to 500")),
        )
        for name in sets
        if name != "sweep"
    }
    words = words_of()
    shape = [len(each) for each in words.values()]
    falling = np.full(shape, -0.4)
    falling[..., -1] = 0.1  # the last choice turns the sign
    levels = np.array([200.0, 400.0, 600.0])
    exponents = np.array([0.1, -0.1, -0.3])

    def conclusion(name: str, set_name: str, values: np.ndarray) -> Conclusion:
        value = np.array(float(values.flat[0]))
        estimate = Estimate(value, value - 0.1, value + 0.1)
        return Conclusion(name, set_name, estimate, estimate, values.ravel())

    return Sensitivity(
        study=study.name,
        sets=one,
        levels=LevelSensitivity(
            levels,
            np.array([False, True, True]),
            *(Estimate(exponents, exponents - 0.1, exponents + 0.1),) * 2,
        )
        if "sweep" in sets
        else None,
        multiverse=Multiverse(
            words,
            tuple(
                [
                    conclusion(f"{name} exponent", "sweep", np.full(shape, -0.3))
                    for name in ("batch size", "learning rate")
                    if "sweep" in sets
                ]
                + [
                    conclusion("alpha of D_J at the top level", name, np.ones(shape))
                    for name in one
                ]
                + [conclusion("exponent of sigma*(F)", name, falling) for name in one]
            ),
            500,
            100,
        ),
    )
