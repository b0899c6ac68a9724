"""Which tasks can be trained on: flat observations, bounded actions, a time limit."""

from typing import Any

import numpy as np

from value_scaling.records import ScalingError

LONGEST = 1_000_000
"""Steps of an episode; engines state larger numbers where they have no limit."""
_ACTIONS = "continuous actions: a vector of numbers between finite bounds"
_OTHER = "name another task, or another version of it, in study and training file"


def check_actions(task: str, space: Any) -> None:
    """Refuse actions that are not a vector of numbers between finite bounds.

    Args:
        space: of gymnasium.

    Raises:
        ScalingError: names the task and what its actions are.
    """
    import gymnasium

    if not isinstance(space, gymnasium.spaces.Box) or space.dtype.kind != "f":
        kind = "discrete " * isinstance(space, gymnasium.spaces.Discrete)
        raise _refusal(task, f"{kind}actions, {space!r:.120}", _ACTIONS)
    check_bounds(task, space.low, space.high)


def check_bounds(task: str, low: np.ndarray, high: np.ndarray) -> None:
    """Do as `check_actions`, for bounds that come without a space."""
    if low.ndim != 1 or not low.size:
        raise _refusal(task, f"actions of shape {low.shape}", _ACTIONS)
    with np.errstate(over="ignore"):  # a width that is not finite is refused
        width = high - low
    if not (np.isfinite(low) & np.isfinite(high) & np.isfinite(width)).all():
        raise _refusal(task, f"actions from {low} to {high}", _ACTIONS)


def check_observations(task: str, space: Any, *, several: bool = False) -> None:
    """Refuse observations that are not a vector, such as images.

    Args:
        space: of gymnasium.
        several: whether a dictionary of spaces will do, whose values are put side by
            side.

    Raises:
        ScalingError: names the task and what its observations are.
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
    """Return the steps after which episodes are truncated; refuse a task without any.

    Raises:
        ScalingError: names the task.
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
