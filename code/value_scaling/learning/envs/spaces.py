"""The tasks that can be trained on, and how their actions are stored.

A task needs flat observations, discrete or bounded actions, and a time limit.
Continuous actions are stored as vectors in [-1, 1], which are scaled to the task's
bounds. A discrete action is stored as a one-hot vector with an entry for each choice.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from value_scaling.records import ScalingError
from value_scaling.records.training import DISCRETE_ALGORITHMS, HOST_ALGORITHMS

if TYPE_CHECKING:
    from gymnasium import Space

LONGEST = 1_000_000
"""Most steps of an episode; engines report larger numbers if there is no limit."""
_ACTIONS = "discrete actions, or a vector of numbers between finite bounds"
_OTHER = "name another task, or another version of it, in study and training file"


def check_actions(task: str, space: "Space") -> tuple[int, bool]:
    """Refuse actions that are neither discrete nor a vector between finite bounds.

    Args:
        space: action space of gymnasium.

    Returns:
        the size of a stored action, and whether it is a one-hot vector.

    Raises:
        ScalingError: the task has other actions; the message describes them.
    """
    import gymnasium

    if isinstance(space, gymnasium.spaces.Discrete):
        return int(space.n), True
    if not isinstance(space, gymnasium.spaces.Box) or space.dtype.kind != "f":
        raise _refusal(task, f"actions, {space!r:.120}", _ACTIONS)
    check_bounds(task, space.low, space.high)
    return int(np.prod(space.shape)), False


def translate(space: "Space") -> Callable[[np.ndarray], np.ndarray]:
    """Return the function from stored actions, [..., action], to those of `space`.

    Args:
        space: action space of gymnasium that `check_actions` accepts.
    """
    import gymnasium

    if isinstance(space, gymnasium.spaces.Discrete):
        first = np.int32(space.start)
        return lambda actions: first + np.argmax(actions, axis=-1).astype(np.int32)
    assert isinstance(space, gymnasium.spaces.Box)
    centre, half = (space.high + space.low) / 2, (space.high - space.low) / 2
    return lambda actions: centre + half * actions


def random_actions(
    rng: np.random.Generator, steps: int, size: int, *, discrete: bool
) -> np.ndarray:
    """Draw stored actions uniformly, [steps, action]."""
    if discrete:
        return np.eye(size, dtype=np.float32)[rng.integers(size, size=steps)]
    return rng.uniform(-1, 1, (steps, size)).astype(np.float32)


def check_algorithm(task: str, algorithm: str, *, discrete: bool) -> None:
    """Refuse an algorithm that cannot choose the actions of a task.

    Args:
        discrete: whether the task's actions are discrete.

    Raises:
        ScalingError: the algorithm does not fit; the message names those that do.
    """
    takes = algorithm in DISCRETE_ALGORITHMS
    if takes == discrete:
        return
    kinds = ("continuous", "discrete")
    fitting = [
        name for name in HOST_ALGORITHMS if (name in DISCRETE_ALGORITHMS) == discrete
    ]
    raise ScalingError(
        f"environment {task}",
        found=f"{kinds[discrete]} actions, which {algorithm} cannot learn",
        expected=f"{kinds[takes]} actions for {algorithm}",
        fix=f"set `algorithm` in the training file to {' or '.join(fitting)}, or name "
        "another task in study and training file",
    )


def check_bounds(task: str, low: np.ndarray, high: np.ndarray) -> None:
    """Refuse unbounded actions like `check_actions`, for bounds without a space."""
    if low.ndim != 1 or not low.size:
        raise _refusal(task, f"actions of shape {low.shape}", _ACTIONS)
    with np.errstate(over="ignore"):  # a width that is not finite is refused
        width = high - low
    if not (np.isfinite(low) & np.isfinite(high) & np.isfinite(width)).all():
        raise _refusal(task, f"actions from {low} to {high}", _ACTIONS)


def check_observations(task: str, space: "Space", *, several: bool = False) -> None:
    """Refuse observations that are not a vector, such as images.

    Args:
        space: observation space of gymnasium.
        several: whether a dictionary of spaces is accepted, whose values are
            concatenated.

    Raises:
        ScalingError: the task has other observations; the message describes them.
    """
    import gymnasium

    if several and isinstance(space, gymnasium.spaces.Dict):
        for each in space.spaces.values():
            check_observations(task, each, several=True)
        return
    if not isinstance(space, gymnasium.spaces.Box) or len(space.shape) > 1 + several:
        raise _refusal(
            task, f"observations {space!r:.120}", "a vector of numbers, not an image"
        )


def check_limit(task: str, limit: float | None) -> int:
    """Return the number of steps after which episodes are truncated.

    Raises:
        ScalingError: the task has no time limit, or one that is too large.
    """
    if not limit or not limit <= LONGEST:
        none = not limit or np.isinf(limit)
        found = "no time limit" if none else f"a time limit of {limit:g} steps"
        raise _refusal(
            task,
            found,
            f"one of at most {LONGEST} steps, after which an episode is cut off",
        )
    return int(limit)


def _refusal(task: str, found: str, expected: str) -> ScalingError:
    return ScalingError(
        f"environment {task}", found=found, expected=expected, fix=_OTHER
    )
