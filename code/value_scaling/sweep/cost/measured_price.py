"""δ on this machine: environment steps and packed updates, timed on one core."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from value_scaling.records import ScalingError, Study
from value_scaling.records.compute import Price
from value_scaling.records.training import Training
from value_scaling.sweep.cost.speed import Speed, measure_speed
from value_scaling.sweep.plan.groups import GroupPlan


@dataclass(frozen=True)
class Priced:
    """δ of one environment at one batch size."""

    env: str
    batch_size: int
    update_seconds: float
    price: Price


def measure(
    study: Study, training: Training, groups: Sequence[GroupPlan]
) -> tuple[Priced, ...]:
    """Time steps and updates of these groups, as the trainer does before it starts."""
    return priced(study, groups, measure_speed(groups, training))


def priced(
    study: Study, groups: Sequence[GroupPlan], speeds: Mapping[str, Speed]
) -> tuple[Priced, ...]:
    """Return δ for each environment and batch size of these groups.

    N is that of the runs if the grid has several N, or else that of the study file, as
    in C. The time of a step includes the policy that acts in it.
    """
    sizes = {g.settings[0].env: g.settings[0].values.get("model_size") for g in groups}
    cells = sorted({(g.settings[0].env, g.settings[0].batch_size) for g in groups})
    found = []
    for env, batch_size in cells:
        speed = speeds[env]
        update = speed.update + speed.update_sample * batch_size
        if not update > 0:
            raise ScalingError(
                f"study {study.name}, {env}, B {batch_size}",
                found="an update too short for the clock",
                expected="a time above 0",
                fix="run the command again on an idle machine, or give "
                "--update-seconds and --step-seconds",
            )
        price = Price.of_update(
            model_size=sizes[env] or study.model_size,
            batch_size=batch_size,
            update_seconds=update,
            step_seconds=speed.engine_step + speed.step,
        )
        found.append(Priced(env, batch_size, update, price))
    return tuple(found)
