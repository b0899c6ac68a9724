"""The width of the critics in each setting of a grid that has an axis N."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from value_scaling.learning.training.registry import make_program
from value_scaling.learning.training.runs import Run
from value_scaling.records import SETS, ScalingError, Setting
from value_scaling.records.training import Training

_AXIS = "model_size"


def trained_sets(training: Training) -> tuple[str, ...]:
    """Return the sets that can be trained: with several N, the grid search alone.

    B*(σ) and η*(σ), which decide the other sets, are fitted at one N.
    """
    return SETS[:1] if training.widths else SETS


def check_set(set_name: str, training: Training) -> None:
    """Refuse a set that a study with several N does not have.

    Raises:
        ScalingError: there is no such set.
    """
    if set_name in SETS and set_name not in trained_sets(training):
        raise ScalingError(
            f"study {training.study}, set {set_name}",
            found="a grid with several model sizes N (`widths` in the training file)",
            expected="the set sweep, since B* and η* are fitted at one N",
            fix=f"train the sweep, then run `scaling model-size {training.study}`",
        )


def model_size(training: Training, env: str, width: int | None) -> int:
    """Return N of an environment's critics, counted from their real parameters."""
    setting = Setting(env, 1.0, 1, 1.0, width=width)
    run = Run(training.study, SETS[0], setting, 0)
    return make_program([run], training, capacity=1, max_env_steps=1).model_size


def with_widths(settings: Sequence[Setting], training: Training) -> tuple[Setting, ...]:
    """Add to each setting the width that gives its N.

    Raises:
        ScalingError: the values of N in the study file are not those of the widths in
            the training file; the message has the correct values.
    """
    tasks = dict.fromkeys(each.env for each in settings)
    if not training.widths and not any(_AXIS in each.values for each in settings):
        return tuple(settings)
    widths = training.widths or (None,)
    counted = {
        env: {model_size(training, env, width): width for width in widths}
        for env in tasks
    }
    for env, known in counted.items():
        _check(env, settings, known, training)
    return tuple(
        replace(each, width=counted[each.env][each.values[_AXIS]]) for each in settings
    )


def _check(
    env: str, settings: Iterable[Setting], known: Iterable[int], training: Training
) -> None:
    own = [each.values for each in settings if each.env == env]
    stated = {values[_AXIS] for values in own if _AXIS in values}
    if stated == set(known) and all(_AXIS in values for values in own):
        return
    found = ", ".join(f"{size}" for size in sorted(stated)) or "none"
    sizes = ", ".join(f"{size}" for size in sorted(known))
    which = ", ".join(map(str, training.widths)) or "of `hidden`"
    raise ScalingError(
        f"study {training.study}, N of {env}",
        found=f"{found} in the study file",
        expected=f"{sizes}, the parameters of critics with the widths {which}",
        fix=f"write `other_grids = {{ {_AXIS} = [{sizes}] }}` for {env} in the study "
        "file",
    )
