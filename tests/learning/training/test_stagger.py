"""Stagger: only a run's first episode is cut, once, and its return is not logged."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from value_scaling.learning.envs import registry
from value_scaling.learning.envs.engines import make_env
from value_scaling.learning.envs.protocol import StepResult
from value_scaling.learning.envs.serial_vector_env import SerialVectorEnv
from value_scaling.learning.training.host_group import HostGroup
from value_scaling.learning.training.registry import make_program
from value_scaling.learning.training.runs import Run
from value_scaling.records import Setting
from value_scaling.records.training import Task, Training

NAME, STEPS, SEEDS = "InvertedDoublePendulum-v4", 1200, 4
RUNS = [Run("tiny", "sweep", Setting(NAME, 0.1, 16, 1e-3), s) for s in range(SEEDS)]
PROGRAMS: dict = {}


class Restless(SerialVectorEnv):
    """A SerialVectorEnv that cannot be restored; after a stop all episodes are new."""

    exact = False

    def restore(self, snapshot: dict[str, np.ndarray], *, at: int) -> np.ndarray:
        return self.reset()


@pytest.fixture
def restless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make groups train in environments whose state cannot be saved, as in EnvPool."""

    def make(
        engine: str, task: str, seeds: Sequence[int], names: Any
    ) -> SerialVectorEnv:
        return Restless([make_env(engine, task, seed) for seed in seeds], names)

    monkeypatch.setattr(
        "value_scaling.learning.training.host_group.make_vector_env", make
    )
    registry._host_sizes.cache_clear()


@pytest.fixture
def group(tiny: Training) -> Callable[[], HostGroup]:
    """Return a function that makes groups whose episodes mostly end before the cut."""
    task = Task(NAME, "gymnasium", STEPS, log_start=200, log_every=100)
    training = replace(tiny, tasks=(task,), diagnostics_every=STEPS)
    program = make_program(RUNS, training, capacity=SEEDS, max_env_steps=STEPS)
    program = PROGRAMS.setdefault(program, program)
    return lambda: HostGroup(RUNS, training, program)


def watch(group: HostGroup) -> list[StepResult]:
    """Return a list that fills with the steps of a group's environments."""
    seen: list[StepResult] = []
    step = group.vector_env.step

    def watched(actions: np.ndarray, **options: Any) -> StepResult:
        seen.append(step(actions, **options))
        return seen[-1]

    group.vector_env.step = watched  # type: ignore[method-assign]
    return seen


def returns_of(steps: Sequence[StepResult], place: int) -> list[float]:
    """Return the sums of rewards of a run's complete episodes, in order."""
    found, total = [], 0.0
    for step in steps:
        total += step.rewards[place]
        if step.ended[place]:
            found.append(total)
            total = 0.0
    return found


def cut_at(steps: Sequence[StepResult], place: int) -> list[int]:
    """Return the steps at which episodes ended without termination of the task."""
    return [
        number + 1
        for number, step in enumerate(steps)
        if step.ended[place] and not step.terminated[place]
    ]


def first_end(steps: Sequence[StepResult], place: int) -> int:
    return next(n + 1 for n, step in enumerate(steps) if step.ended[place])


def check(group: HostGroup, steps: Sequence[StepResult]) -> None:
    """Check every end of an episode, and what was logged."""
    every = group.task.log_every
    for place in range(SEEDS):
        first = first_end(steps, place)
        assert cut_at(steps, place) in ([], [first])
        assert first <= group.truncate_at[place]
        last = np.nan
        for row, end in enumerate(group.log_steps):
            begin = 0 if row == 0 else end - every
            ended = [
                value
                for number, value in zip(
                    [n + 1 for n, s in enumerate(steps) if s.ended[place]],
                    returns_of(steps, place),
                    strict=True,
                )
                if number > begin and number <= end and number > first
            ]
            last = np.mean(ended) if ended else last
            assert group.log.returns[row, place] == pytest.approx(last, rel=1e-5)


def test_only_the_first_episode_is_cut_and_it_is_not_logged(
    group: Callable[[], HostGroup],
) -> None:
    """The task never reaches its limit of 1000 steps: what is not terminated is cut."""
    staggered = group()
    steps = watch(staggered)
    staggered.advance(STEPS)
    check(staggered, steps)
    late = [p for p in range(SEEDS) if first_end(steps, p) < staggered.truncate_at[p]]
    assert late, "no run's first episode ended before its cut"


def test_a_cut_within_the_first_episode_is_made(group: Callable[[], HostGroup]) -> None:
    staggered = group()
    staggered.truncate_at[:] = [1, 2, 3, 2]
    steps = watch(staggered)
    staggered.advance(STEPS)
    check(staggered, steps)
    assert [cut_at(steps, place) for place in range(SEEDS)] == [[1], [2], [3], [2]]


@pytest.mark.parametrize("stop", [2, 60])
def test_a_stop_does_not_bring_the_cut_back(
    stop: int, group: Callable[[], HostGroup]
) -> None:
    first, second = group(), group()
    before = watch(first)
    first.advance(stop)
    second.advance(7)
    second.restore(first.snapshot())
    after = watch(second)
    second.advance(STEPS)
    check(second, before + after)


@pytest.mark.usefixtures("restless")
@pytest.mark.parametrize("stop", [2, 60])
def test_a_given_up_episode_ends_the_first_one(
    stop: int, group: Callable[[], HostGroup]
) -> None:
    """What was in flight at the stop is lost; no episode after it is cut, all count."""
    first, second = group(), group()
    first.truncate_at[:] = second.truncate_at[:] = stop + 3
    before = watch(first)
    first.advance(stop)
    second.restore(first.snapshot())
    after = watch(second)
    second.advance(STEPS)
    assert second.log.inexact_resumes == 1
    for place in range(SEEDS):
        assert cut_at(before, place) == cut_at(after, place) == []
        early = returns_of(before, place)[1:]
        late = returns_of(after, place)
        ends = [stop + n + 1 for n, step in enumerate(after) if step.ended[place]]
        logged = early + [
            value
            for value, end in zip(late, ends, strict=True)
            if end <= second.task.log_start
        ]
        assert second.log.returns[0, place] == pytest.approx(np.mean(logged))
