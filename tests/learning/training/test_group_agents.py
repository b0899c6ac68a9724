"""Groups of TD3 and DQN runs have the properties that test_host_group tests for SAC."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jax
import numpy as np
import pytest
from plain_agents import assert_equal

from value_scaling.learning.training.host_group import HostGroup
from value_scaling.learning.training.host_program import HostProgram
from value_scaling.learning.training.registry import make_program
from value_scaling.learning.training.runs import Run
from value_scaling.records import Setting
from value_scaling.records.training import Task, Training

TASKS = {"td3": "Pendulum-v1", "dqn": "CartPole-v1"}
PROGRAMS: dict[HostProgram, HostProgram] = {}
"""Compiled programs."""
LENGTH = 400
AGENTS = pytest.mark.parametrize("algorithm", TASKS)


def settings(algorithm: str) -> Training:
    exploring = {"exploration_steps": 200} if algorithm == "dqn" else {}
    return Training(
        study="tiny",
        tasks=(Task(TASKS[algorithm], "gymnasium", LENGTH, LENGTH, 100),),
        algorithm=algorithm,  # type: ignore[arg-type]
        hidden=(8, 8),
        start_training=100,
        stagger=True,
        validation_every=10,
        diagnostics_every=200,
        **exploring,  # type: ignore[arg-type]
    )


def run(
    algorithm: str, seed: int, *, utd: float = 1.0, learning_rate: float = 1e-3
) -> Run:
    setting = Setting(TASKS[algorithm], utd, 16, learning_rate)
    return Run("tiny", "sweep", setting, seed)


def mixed(algorithm: str) -> list[Run]:
    return [
        run(algorithm, 0),
        run(algorithm, 1, utd=2.0, learning_rate=3e-3),
        run(algorithm, 5, utd=0.5),
    ]


def make(runs: list[Run], training: Training, layout: str = "map") -> HostGroup:
    program = make_program(
        runs, training, capacity=4, max_env_steps=LENGTH, layout=layout
    )
    return HostGroup(runs, training, PROGRAMS.setdefault(program, program))


def result(group: HostGroup, place: int) -> dict[str, np.ndarray]:
    """Return all arrays of a run."""
    state = group.state.without_replays()
    tree = jax.tree.map(lambda x: np.asarray(x)[place], state)
    leaves = jax.tree_util.tree_flatten_with_path(tree)[0]
    return {
        **{jax.tree_util.keystr(path): leaf for path, leaf in leaves},
        "returns": group.log.returns[:, place],
        "diagnostics": group.log.diagnostics[:, place],
        "rewards": np.asarray(group.state.replay.rewards)[place],
        "validation": np.asarray(group.state.validation.actions)[place],
    }


@pytest.fixture(scope="module")
def packed() -> dict[str, HostGroup]:
    """Runs of different σ and η in one program, trained to the end."""
    groups = {name: make(mixed(name), settings(name)) for name in TASKS}
    for group in groups.values():
        group.advance(LENGTH)
    return groups


@AGENTS
def test_a_run_does_not_depend_on_its_company(
    algorithm: str, packed: dict[str, HostGroup]
) -> None:
    """Alone in a program for one run, it is the same bit for bit."""
    for place, each in enumerate(mixed(algorithm)[:2]):
        training = settings(algorithm)
        program = make_program([each], training, capacity=1, max_env_steps=LENGTH)
        alone = HostGroup([each], training, PROGRAMS.setdefault(program, program))
        alone.advance(LENGTH)
        assert_equal(result(alone, 0), result(packed[algorithm], place))


@AGENTS
@pytest.mark.parametrize("stop", [37, 233])
def test_a_restored_group_goes_on_to_the_bit(
    algorithm: str, stop: int, packed: dict[str, HostGroup]
) -> None:
    """It is stopped before the first update, and while it learns and explores."""
    first = make(mixed(algorithm), settings(algorithm))
    first.advance(stop)
    snapshot = {key: value.copy() for key, value in first.snapshot().items()}
    second = make(mixed(algorithm), settings(algorithm))
    assert second.matches(snapshot)
    second.advance(11)  # whatever it was before
    second.restore(snapshot)
    second.advance(LENGTH)
    for place in range(3):
        assert_equal(result(second, place), result(packed[algorithm], place))


@AGENTS
def test_diagnostics_are_finite_and_of_the_agent(
    algorithm: str, packed: dict[str, HostGroup]
) -> None:
    """Neither has a temperature, and DQN has no actor: these are 0."""
    values = packed[algorithm].log.diagnostics
    assert values.shape == (2, 3, 10)
    assert np.isfinite(values).all()
    loss, _, validation, critic, actor, gradient, _, rank, temperature, _ = np.moveaxis(
        values, -1, 0
    )
    for each in (loss, validation, critic, gradient, rank):
        assert (each > 0).all()
    assert (temperature == 0).all()
    assert ((actor > 0) if algorithm == "td3" else (actor == 0)).all()


@AGENTS
def test_updates_are_counted(algorithm: str, packed: dict[str, HostGroup]) -> None:
    for place, each in enumerate(mixed(algorithm)):
        found = result(packed[algorithm], place)
        assert found[".updates"] == each.setting.utd * (LENGTH - 100)
        assert found[".agent.updates"] == found[".updates"]


@pytest.mark.slow
@AGENTS
def test_at_once_is_close_to_in_turn(algorithm: str) -> None:
    """The layout for a GPU runs the same algorithm with different rounding."""
    turn = make(mixed(algorithm), settings(algorithm))
    once = make(mixed(algorithm), settings(algorithm), layout="vmap")
    for group in (turn, once):
        group.advance(115)  # chaos amplifies rounding later
    np.testing.assert_array_equal(turn.state.updates, once.state.updates)
    np.testing.assert_allclose(
        np.asarray(turn.state.collector.training),
        np.asarray(once.state.collector.training),
        atol=1e-3,
    )


@AGENTS
def test_a_run_that_diverges_is_marked_and_harms_no_other(
    algorithm: str, packed: dict[str, HostGroup]
) -> None:
    """DQN's actions are choices, which are finite whatever the values are."""
    runs = mixed(algorithm)
    runs[1] = run(algorithm, 7, learning_rate=1e30)
    group = make(runs, settings(algorithm))
    group.advance(LENGTH)
    failed = [curve.failed_at for curve in group.curves()]
    assert failed[::2] == [-1, -1]
    assert 100 <= failed[1] < 110
    for place in (0, 2):
        assert_equal(result(group, place), result(packed[algorithm], place))


def test_what_a_dqn_stores_are_choices(packed: dict[str, HostGroup]) -> None:
    """This holds in replay and validation stream, during and after warm-up."""
    group = packed["dqn"]
    for ring, steps in (("replay", LENGTH), ("validation", LENGTH // 10)):
        memory: Any = getattr(group.state, ring)
        for place in range(3):
            assert int(memory.count[place]) == steps
            starts = np.asarray(memory.starts)[place, :steps]
            actions = np.asarray(memory.actions)[place][starts]
            assert np.isin(actions, [0, 1]).all()
            assert (actions.sum(axis=1) == 1).all()
            assert 0.2 < actions[:, 0].mean() < 0.8


@AGENTS
def test_without_a_warm_up_validation_begins_with_an_action_of_the_task(
    algorithm: str,
) -> None:
    group = make([run(algorithm, 0)], replace(settings(algorithm), start_training=9))
    group.advance(20)
    first = np.asarray(group.state.validation.actions)[0, 0]
    if algorithm == "dqn":
        assert sorted(first) == [0, 1]
    else:
        assert 0 < abs(first[0]) <= 1


GAMMA = 0.5


@AGENTS
@pytest.mark.parametrize(
    ("reward", "options", "wanted"),
    [
        # One step, reward 1, terminal: Q = 1.
        (lambda s, a: 1.0, {}, 1.0),
        # Forever reward 1, truncated each 5 steps: Q = 1 / (1 - γ).
        (lambda s, a: 1.0, {"terminates": False, "time_limit": 5}, 1 / (1 - GAMMA)),
        # Two steps, reward 1 on the second: Q(first) = γ.
        (lambda s, a: float(s[0] == 1), {"length": 2, "time_limit": 2}, GAMMA),
    ],
    ids=["constant", "truncated", "delayed"],
)
def test_values_of_probe_environments(
    algorithm: str,
    reward: Callable,
    options: dict[str, Any],
    wanted: float,
    probe: type,
    use_engine: Callable,
) -> None:
    discrete = algorithm == "dqn"
    size = 3 if discrete else 1
    use_engine(lambda: probe(reward, action_size=size, discrete=discrete, **options))
    agent = trained(algorithm, utd=4.0, discount=GAMMA, tau=0.05)
    if discrete:
        values = agent.values(agent.critic, np.zeros((1, 1), np.float32))
    else:
        actions = np.linspace(-1, 1, 5)[:, None]
        values = agent.values(agent.critics, np.zeros((5, 1), np.float32), actions)
    np.testing.assert_allclose(values, wanted, atol=0.1)


def test_td3_finds_the_action_of_the_largest_reward(
    probe: type, use_engine: Callable
) -> None:
    """Reward -|a - 0.6|."""
    use_engine(lambda: probe(lambda s, a: -abs(float(a[0]) - 0.6)))
    action = trained("td3", utd=4.0).act(np.zeros(1, np.float32))
    assert float(action[0]) == pytest.approx(0.6, abs=0.2)


def test_dqn_knows_the_reward_of_each_choice(probe: type, use_engine: Callable) -> None:
    """Two steps; the second gives the number of the choice: Q(s_0) = γ·2 for each."""
    use_engine(
        lambda: probe(
            lambda s, a: float(s[0]) * float(np.argmax(a)),
            length=2,
            time_limit=2,
            action_size=3,
            discrete=True,
        )
    )
    agent = trained("dqn", utd=4.0, discount=GAMMA, tau=0.05)
    places = np.array([[0], [1]], np.float32)
    values = agent.values(agent.critic, places)
    np.testing.assert_allclose(values[0], 2 * GAMMA, atol=0.1)
    np.testing.assert_allclose(values[1], [0, 1, 2], atol=0.1)
    assert agent.act(places)[1].tolist() == [0, 0, 1]


def trained(algorithm: str, *, utd: float, **options: Any) -> Any:
    """Return the agent of one run in the environment of a test."""
    training = replace(settings(algorithm), stagger=False, **options)
    group = make([run(algorithm, 0, utd=utd, learning_rate=3e-3)], training)
    group.advance(LENGTH)
    return jax.tree.map(lambda x: x[0], group.state.agent)
