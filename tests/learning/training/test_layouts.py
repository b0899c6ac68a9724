"""Runs trained at once, as on a GPU, equal those trained in turn, except for rounding.

They are compared early, because differences in rounding later change episodes. Each
case has runs that differ in σ, so some wait for others within every step.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from value_scaling.learning.mapping import map_runs
from value_scaling.learning.training.host_group import HostGroup
from value_scaling.learning.training.registry import make_program
from value_scaling.learning.training.runs import Run
from value_scaling.records import Setting
from value_scaling.records.training import Training

STEPS = 130
CAPACITY = 6  # two programs serve all tests; the remaining places are idle
PROGRAMS: dict = {}


def run(seed: int, *, utd: float = 1.0, learning_rate: float = 1e-3) -> Run:
    return Run("tiny", "sweep", Setting("Pendulum-v1", utd, 16, learning_rate), seed)


RUNS = [run(0), run(1, utd=3.0), run(2, utd=0.25), run(3, utd=0.25, learning_rate=3e-3)]


def train(runs: Sequence[Run], training: Training, layout: str) -> HostGroup:
    program = make_program(
        runs, training, capacity=CAPACITY, max_env_steps=600, layout=layout
    )
    group = HostGroup(runs, training, PROGRAMS.setdefault(program, program))
    group.advance(STEPS)
    return group


def both(runs: Sequence[Run], training: Training) -> tuple[HostGroup, HostGroup]:
    return train(runs, training, "map"), train(runs, training, "vmap")


def learned(group: HostGroup, place: int) -> dict[str, np.ndarray]:
    """Return everything that learning changed in one run, with the critics stacked."""
    agent = jax.tree.map(lambda x: np.asarray(x)[place], group.state.agent)
    found: dict[str, Any] = {"actor": agent.actor}
    for name in ("critics", "targets"):
        critics = getattr(agent, name)
        found[name] = (
            jax.tree.map(lambda a, b: np.stack([a, b]), *critics)
            if isinstance(critics, tuple)
            else critics
        )
    leaves = jax.tree_util.tree_flatten_with_path(found)[0]
    numbers = {
        "temperature": agent.log_temperature,
        "action": np.asarray(group.state.collector.training)[place],
    }
    return {jax.tree_util.keystr(path): leaf for path, leaf in leaves} | numbers


def assert_close(turn: HostGroup, once: HostGroup, places: Sequence[int]) -> None:
    for name in ("updates", "steps", "key"):
        np.testing.assert_array_equal(
            getattr(turn.state, name), getattr(once.state, name)
        )
    for place in places:
        wanted, found = learned(turn, place), learned(once, place)
        assert found.keys() == wanted.keys()
        for name, value in wanted.items():
            np.testing.assert_allclose(
                found[name], value, atol=2e-4, rtol=2e-3, err_msg=f"{place} {name}"
            )
        np.testing.assert_allclose(
            np.asarray(once.state.replay.observations)[place],
            np.asarray(turn.state.replay.observations)[place],
            atol=1e-3,
        )


@pytest.fixture
def short(tiny: Training) -> Training:
    return replace(tiny, diagnostics_every=125)


def test_each_run_gets_its_own_number_of_updates(short: Training) -> None:
    """One program has σ of 3, 1 and 1/4 and two idle places."""
    turn, once = both(RUNS, short)
    assert list(np.asarray(once.state.updates)) == [30, 90, 7, 7, 0, 0]
    assert_close(turn, once, range(4))
    np.testing.assert_allclose(
        once.log.diagnostics, turn.log.diagnostics, rtol=0.05, atol=1e-3
    )
    # Idle places are part of the arrays and stay unchanged.
    fresh = make_start(once)
    for name, value in learned(once, 5).items():
        np.testing.assert_array_equal(value, fresh[name], err_msg=name)


def make_start(group: HostGroup) -> dict[str, np.ndarray]:
    """Return place 5 of the same group before its first step."""
    return learned(HostGroup(group.runs, group.training, group.program), 5)


def test_a_run_waits_for_the_longest_without_being_changed(short: Training) -> None:
    """Its result is the same beside σ = 3 and beside others of its own σ."""
    mixed = train(RUNS, short, "vmap")
    alike = train([RUNS[2], RUNS[3], run(8, utd=0.25), run(9, utd=0.25)], short, "vmap")
    for place, other in ((2, 0), (3, 1)):
        found, wanted = learned(mixed, place), learned(alike, other)
        for name, value in wanted.items():
            np.testing.assert_allclose(found[name], value, atol=1e-5, err_msg=name)


def test_runs_that_failed_are_left_as_they_are(short: Training) -> None:
    runs = [RUNS[0], run(7, learning_rate=1e30), RUNS[2]]
    turn, once = both(runs, short)
    np.testing.assert_array_equal(once.active, [True, False, True])
    np.testing.assert_array_equal(once.log.failed_at, turn.log.failed_at)
    assert_close(turn, once, [0, 2])


def test_networks_begin_anew_in_those_runs_that_are_due(short: Training) -> None:
    """A reset every 40 updates happens twice at σ = 3, and never at σ = 1/4."""
    turn, once = both(RUNS, replace(short, reset_updates=40))
    assert_close(turn, once, range(4))
    never = train(RUNS, short, "vmap")
    for place, reset in enumerate([False, True, False, False]):
        same = all(
            np.array_equal(value, learned(never, place)[name])
            for name, value in learned(once, place).items()
        )
        assert same is not reset


@pytest.mark.parametrize("layout", ["map", "vmap"])
def test_the_active_runs_are_those_first_in_order(layout: str) -> None:
    states = {"a": jnp.arange(4.0), "b": jnp.zeros((4, 2), jnp.int32)}

    def one(run: Any, state: Any) -> Any:
        return {"a": state["a"] + 10 * run, "b": state["b"] + 1}

    found = jax.jit(
        lambda order, active: map_runs(
            one, states, order=order, active=active, layout=layout
        )
    )(np.array([3, 1, 0, 2], np.int32), np.int32(2))
    np.testing.assert_array_equal(found["a"], [0, 11, 2, 33])
    np.testing.assert_array_equal(found["b"][:, 0], [0, 1, 0, 1])


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", ["bro", "bro_minimal"])
def test_bro_is_the_same_too(short: Training, algorithm: str) -> None:
    training = replace(short, algorithm=algorithm, reset_updates=40)
    turn, once = both(RUNS, training)
    assert_close(turn, once, range(4))
