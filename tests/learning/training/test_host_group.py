"""Groups: a run depends only on itself and can be stopped at any step."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import jax
import numpy as np
import pytest
from plain_agents import assert_equal

from value_scaling.learning.training.curves import RETURNS
from value_scaling.learning.training.host_group import HostGroup
from value_scaling.learning.training.host_program import HostProgram
from value_scaling.learning.training.registry import make_program
from value_scaling.learning.training.runs import Run
from value_scaling.records import ScalingError, Setting
from value_scaling.records.schedule import TrainedResets, updates_due
from value_scaling.records.training import Training
from value_scaling.stats.isotonic import isotonic_fit
from value_scaling.sweep.plan.finished import collect


def run(seed: int, *, utd: float = 1.0, learning_rate: float = 1e-3) -> Run:
    return Run("tiny", "sweep", Setting("Pendulum-v1", utd, 16, learning_rate), seed)


PROGRAMS: dict[HostProgram, HostProgram] = {}
"""Compiled programs."""


def make(
    runs: Sequence[Run],
    training: Training,
    *,
    capacity: int = 0,
    layout: str = "map",
    target: float | None = None,
) -> HostGroup:
    program = make_program(
        runs,
        training,
        capacity=capacity or len(runs),
        max_env_steps=600,
        layout=layout,
    )
    program = PROGRAMS.setdefault(program, program)
    return HostGroup(runs, training, program, target=target)


def result(group: HostGroup, place: int = 0) -> dict[str, np.ndarray]:
    """Return all arrays of a run."""
    state = group.state.without_replays()
    tree = jax.tree.map(lambda x: np.asarray(x)[place], state)
    leaves = jax.tree_util.tree_flatten_with_path(tree)[0]
    return {
        **{jax.tree_util.keystr(path): leaf for path, leaf in leaves},
        "returns": group.log.returns[:, place],
        "diagnostics": group.log.diagnostics[:, place],
        "rewards": np.asarray(group.state.replay.rewards)[place],
    }


MIXED = [run(0), run(1, utd=2.0), run(1, learning_rate=3e-3), run(5, utd=0.5)]


@pytest.fixture(scope="module")
def packed() -> dict[Run, dict[str, np.ndarray]]:
    from value_scaling.records.training import Task

    training = Training(
        study="tiny",
        tasks=(Task("Pendulum-v1", "gymnasium", 600, 400, 100),),
        seeds=2,
        hidden=(8, 8),
        start_training=100,
        stagger=True,
        validation_every=10,
        diagnostics_every=200,
    )
    group = make(MIXED, training, capacity=6)
    group.advance(600)
    return {each: result(group, place) for place, each in enumerate(MIXED)}


@pytest.mark.parametrize("place", range(len(MIXED)))
def test_a_run_does_not_depend_on_its_company(
    place: int, packed: dict, tiny: Training
) -> None:
    """Alone in a program for one run, it is the same bit for bit."""
    alone = make([MIXED[place]], tiny)
    alone.advance(600)
    assert_equal(result(alone), packed[MIXED[place]])


def test_a_run_does_not_depend_on_its_place(packed: dict, tiny: Training) -> None:
    group = make(MIXED[::-1], tiny, capacity=6)
    group.advance(600)
    for place, each in enumerate(MIXED[::-1]):
        assert_equal(result(group, place), packed[each])


@pytest.mark.parametrize("stop", [0, 37, 100, 333])
def test_a_restored_group_goes_on_to_the_bit(
    stop: int, packed: dict, tiny: Training
) -> None:
    first = make(MIXED, tiny, capacity=6)
    first.advance(stop)
    snapshot = {key: value.copy() for key, value in first.snapshot().items()}
    second = make(MIXED, tiny, capacity=6)
    assert second.matches(snapshot)
    second.advance(11)  # whatever it was before
    second.restore(snapshot)
    second.advance(600)
    for place, each in enumerate(MIXED):
        assert_equal(result(second, place), packed[each])


def test_a_snapshot_of_other_networks_does_not_fit(tiny: Training) -> None:
    other = make([run(0)], replace(tiny, hidden=(8, 8, 8)))
    assert not make([run(0)], tiny).matches(other.snapshot())


def test_seeds_and_settings_differ(packed: dict) -> None:
    returns = [tuple(each["returns"]) for each in packed.values()]
    assert len(set(returns)) == len(returns)


@pytest.mark.slow
def test_at_once_is_close_to_in_turn(tiny: Training) -> None:
    """The layout for a GPU runs the same algorithm with different rounding."""
    turn = make(MIXED[:2], tiny)
    once = make(MIXED[:2], tiny, layout="vmap")
    for group in (turn, once):
        group.advance(120)  # chaos amplifies rounding later
    np.testing.assert_allclose(
        np.asarray(turn.state.collector.training),
        np.asarray(once.state.collector.training),
        atol=1e-3,
    )
    np.testing.assert_array_equal(turn.state.updates, once.state.updates)


@pytest.mark.parametrize("utd", [0.25, 0.3, 0.5, 1.0, 1.5, 2.0, 3.7, 8.0, 16.0])
def test_the_ratio_of_updates_is_exact(utd: float) -> None:
    done = 0
    for step in range(1, 1001):
        due = updates_due(utd, step)
        assert due in (int(utd), int(utd) + 1)
        done += due
        assert done == int(Fraction(str(utd)) * step)
    assert updates_due(utd, 0) == updates_due(utd, -5) == 0


def test_networks_are_reset_where_the_schedule_says(
    tiny: Training, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = replace(tiny, reset_updates=40, reset_steps=(130, 300))
    found: dict[int, list[int]] = {place: [] for place in range(len(MIXED))}
    group = make(MIXED, training)

    def reset(_: HostProgram, state: Any, order: np.ndarray) -> Any:
        for place in order:
            found[int(place)].append(group.step + 1)
        return state

    monkeypatch.setattr(HostProgram, "reset", reset)
    group.advance(400)
    for place, each in enumerate(MIXED):
        wanted = TrainedResets.of(training).steps(each.setting.utd, 400)
        assert found[place] == wanted.tolist()
        assert len(found[place]) >= 5


def test_updates_are_counted(packed: dict) -> None:
    for each, found in packed.items():
        assert found[".updates"] == each.setting.utd * 500
        assert found[".steps"] == 600
        assert found[".agent.critic_optimizer.count"] == found[".updates"]


def test_truncation_is_not_termination(packed: dict, tiny: Training) -> None:
    """Pendulum never terminates: three episodes end, and every mask is 1."""
    group = make([run(0)], tiny)
    group.advance(600)
    assert int(group.state.replay.count[0]) == 600
    ends = int(group.state.replay.head[0]) - 600
    assert ends in (3, 4)
    masks = np.asarray(group.state.replay.masks)[0]
    starts = np.asarray(group.state.replay.starts)[0, :600]
    assert (masks[starts] == 1).all()


def test_the_first_cut_episode_is_not_logged(tiny: Training) -> None:
    group = make([run(0)], tiny)
    cut = int(group.truncate_at[0])
    assert 1 <= cut <= 200
    group.advance(cut + 199)
    assert np.isnan(group.episodes.last_return[0])
    group.advance(cut + 200)
    assert -2000 < group.episodes.last_return[0] < 0


def test_a_log_before_the_first_episode_is_refused(tiny: Training) -> None:
    task = replace(tiny.tasks[0], log_start=100)
    group = make([run(0)], replace(tiny, tasks=(task,)))
    with pytest.raises(ScalingError, match="log_start"):
        group.advance(200)


def test_logged_returns_are_those_of_the_rewards(tiny: Training) -> None:
    """The last logged value is the sum of rewards of the last complete episode."""
    group = make([run(2)], tiny)
    group.advance(600)
    starts = np.asarray(group.state.replay.starts)[0, :600]
    rewards = np.asarray(group.state.replay.rewards)[0][starts]
    cut = int(group.truncate_at[0])
    whole = rewards[cut : cut + 400].reshape(2, 200).sum(axis=1)
    assert group.log.returns[-1, 0] == pytest.approx(whole[-1], rel=1e-5)


def test_a_run_that_diverges_is_marked_and_harms_no_other(
    packed: dict, tiny: Training
) -> None:
    wild = run(7, learning_rate=1e30)
    group = make([MIXED[0], wild, MIXED[1]], tiny, capacity=6)
    group.advance(600)
    curves = group.curves()
    assert [curve.failed_at for curve in curves][::2] == [-1, -1]
    assert 100 <= curves[1].failed_at < 600
    assert_equal(result(group, 0), packed[MIXED[0]])
    assert_equal(result(group, 2), packed[MIXED[1]])


def test_a_group_whose_runs_have_all_failed_is_over(tiny: Training) -> None:
    group = make([run(0, learning_rate=1e30), run(1, learning_rate=1e30)], tiny)
    group.advance(600)
    assert group.done
    assert 100 <= group.step < 200
    assert all(100 <= curve.failed_at <= group.step for curve in group.curves())
    restored = make(group.runs, tiny)
    restored.restore(group.snapshot())
    restored.advance(600)
    assert restored.step == group.step


@pytest.mark.parametrize("broken", ["reward", "observation"])
def test_a_simulator_without_numbers_fails_its_run_alone(
    broken: str, packed: dict, tiny: Training
) -> None:
    group = make([MIXED[0], run(7), MIXED[1]], tiny, capacity=6)
    engine: Any = group.vector_env.envs[1]
    step, count = engine.step, 0

    def breaking(action: np.ndarray) -> tuple[np.ndarray, float, bool]:
        nonlocal count
        count += 1
        observation, reward, terminated = step(action)
        if count == 150 and broken == "reward":
            return observation, float("nan"), terminated
        if count == 150:
            return observation + np.float32("inf"), reward, terminated
        return observation, reward, terminated

    engine.step = breaking
    group.advance(600)
    assert [curve.failed_at for curve in group.curves()] == [-1, 149, -1]
    assert count == 150
    assert_equal(result(group, 0), packed[MIXED[0]])
    assert_equal(result(group, 2), packed[MIXED[1]])


def test_no_diagnostic_comes_before_validation_data(tiny: Training) -> None:
    group = make([run(0)], replace(tiny, validation_every=250))
    assert group.diagnostic_steps.tolist() == [400, 600]


def test_validation_is_never_trained_on(tiny: Training) -> None:
    """Other validation data, the same learner."""
    first, second = make([run(0)], tiny), make([run(0)], tiny)
    second.validation_env = make([run(1)], tiny).validation_env
    second.validation_env.reset()
    for group in (first, second):
        group.advance(600)
    a, b = result(first), result(second)
    for name in ("diagnostics", ".collector.validation"):
        assert not np.array_equal(a.pop(name), b.pop(name))
    assert_equal(b, a)


def test_the_replay_holds_what_the_training_file_states(tiny: Training) -> None:
    """The ends of episodes, which have 200 steps, have their own slots."""
    group, seen = make([run(0)], replace(tiny, replay=220)), []
    step = group.vector_env.step

    def watched(actions: np.ndarray, **options: Any) -> Any:
        steps = step(actions, **options)
        seen.append(float(steps.rewards[0]))
        return steps

    group.vector_env.step = watched  # type: ignore[method-assign]
    group.advance(600)
    assert group.state.replay.count.tolist() == [220]
    starts = np.asarray(group.state.replay.starts)[0]
    first = int(group.state.replay.first[0])
    places = starts[(first + np.arange(220)) % group.size("replay")]
    held = np.asarray(group.state.replay.rewards)[0][places]
    assert held.tolist() == seen[-220:]


def test_validation_acts_at_random_as_long_as_training_does(tiny: Training) -> None:
    """Actions are uniform over the range, from another stream than in training."""
    training = replace(tiny, start_training=300, validation_every=3)
    group = make(MIXED, training)
    group.advance(300)
    found = np.asarray(group.state.validation.actions)[:, :, 0]
    heads = np.asarray(group.state.validation.starts)[:, :100]
    for place in range(len(MIXED)):
        actions = found[place][heads[place]]
        assert actions.tolist() == group.validation_warmup[place, :, 0].tolist()
        assert abs(actions.mean()) < 0.25
        assert actions.std() == pytest.approx(3**-0.5, rel=0.2)
        assert not np.isin(actions, group.warmup[place]).any()
    group.advance(306)
    after = np.asarray(group.state.validation.actions)[
        0, np.asarray(group.state.validation.starts)[0, 100:102], 0
    ]
    assert not np.isin(after, group.validation_warmup).any()


def test_short_of_a_warmup_validation_begins_with_the_policy(tiny: Training) -> None:
    group = make([run(0)], replace(tiny, start_training=9, validation_every=10))
    assert group.validation_warmup.shape == (1, 1, 1)
    group.advance(20)
    assert group.state.validation.count.tolist() == [2]


GAMMA = 0.5


@pytest.mark.parametrize(
    ("reward", "options", "wanted"),
    [
        # One step, reward 1, terminal: Q = 1.
        (lambda s, a: 1.0, {}, 1.0),
        # For ever reward 1, truncated each 5 steps: Q = 1 / (1 - γ).
        (lambda s, a: 1.0, {"terminates": False, "time_limit": 5}, 1 / (1 - GAMMA)),
        # Two steps, reward 1 on the second: Q(first) = γ.
        (lambda s, a: float(s[0] == 1), {"length": 2, "time_limit": 2}, GAMMA),
    ],
    ids=["constant", "truncated", "delayed"],
)
def test_values_of_probe_environments(
    reward: Callable,
    options: dict[str, Any],
    wanted: float,
    probe: type,
    use_engine: Callable,
    tiny: Training,
) -> None:
    use_engine(lambda: probe(reward, **options))
    training = replace(
        tiny, discount=GAMMA, tau=0.05, init_temperature=1e-8, stagger=False
    )
    group = make([run(0, utd=2.0, learning_rate=3e-3)], training)
    # No entropy bonus: the temperature starts at zero and does not grow to matter.
    group.advance(600)
    agent = jax.tree.map(lambda x: x[0], group.state.agent)
    values = agent.values(
        agent.critics, np.zeros((5, 1), np.float32), np.linspace(-1, 1, 5)[:, None]
    )
    np.testing.assert_allclose(values, wanted, atol=0.1)


def test_a_probe_whose_reward_is_the_action(
    probe: type, use_engine: Callable, tiny: Training
) -> None:
    """The reward is -|a - 0.6|, and the policy's mean approaches 0.6."""
    use_engine(lambda: probe(lambda s, a: -abs(float(a[0]) - 0.6)))
    training = replace(tiny, init_temperature=1e-8, stagger=False)
    group = make([run(0, utd=4.0, learning_rate=3e-3)], training)
    group.advance(600)
    agent = jax.tree.map(lambda x: x[0], group.state.agent)
    action = agent.act(np.zeros(1, np.float32))
    assert float(action[0]) == pytest.approx(0.6, abs=0.2)


@pytest.mark.slow
def test_sac_learns_the_pendulum() -> None:
    """From about -1200 at random to above -400: stated in the training notes."""
    from value_scaling.records.training import Task

    training = Training(
        study="pendulum",
        tasks=(Task("Pendulum-v1", "gymnasium", 4000, 400, 400),),
        hidden=(64, 64),
        start_training=500,
    )
    runs = [
        Run("pendulum", "sweep", Setting("Pendulum-v1", 2.0, 64, 3e-3), seed)
        for seed in range(4)
    ]
    program = make_program(runs, training, capacity=4, max_env_steps=4000)
    group = HostGroup(runs, training, program)
    group.advance(4000)
    assert group.log.returns[0].mean() < -900
    assert group.log.returns[-1].mean() > -400


@pytest.fixture
def target(packed: dict) -> float:
    """Return a return that one of MIXED has at its first logged step."""
    return float(max(each["returns"][0] for each in packed.values()))


def solved_at(returns: np.ndarray, target: float) -> int:
    """Return the step at which a run of one seed ends; -1 to make every step."""
    for points, step in enumerate((400, 500), 1):
        if isotonic_fit(returns[:points])[-1] >= target:
            return step
    return -1


@pytest.mark.parametrize("stop", [0, 333, 450])
def test_a_stopped_run_leaves_the_others_as_they_are(
    stop: int, packed: dict, target: float, tiny: Training
) -> None:
    """It has a curve up to its stop, and the others are the same bit for bit."""
    first = make(MIXED, tiny, capacity=6, target=target)
    first.advance(stop)
    group = make(MIXED, tiny, capacity=6, target=target)
    group.restore(first.snapshot())
    group.advance(600)
    ends = [solved_at(packed[each]["returns"], target) for each in MIXED]
    assert 400 in ends
    assert -1 in ends
    for place, (curve, end) in enumerate(zip(group.curves(), ends, strict=True)):
        whole = packed[MIXED[place]]
        assert curve.stopped_at == end
        points = len(curve.log_steps)
        assert curve.log_steps[-1] == (600 if end < 0 else end)
        np.testing.assert_array_equal(curve.returns, whole["returns"][:points])
        own = whole["diagnostics"][: len(curve.diagnostic_steps)]
        np.testing.assert_array_equal(curve.diagnostics, own)
        if end < 0:
            assert_equal(result(group, place), whole)
        else:
            assert group.state.updates[place] < whole[".updates"]


def test_a_group_whose_runs_are_all_stopped_is_over(tiny: Training) -> None:
    group = make(MIXED, tiny, capacity=6, target=-1e9)
    group.advance(600)
    assert (group.step, group.done) == (400, True)
    again = make(MIXED, tiny, capacity=6, target=-1e9)
    again.restore(group.snapshot())
    again.advance(600)
    assert again.step == 400


def test_seeds_stop_together_and_failed_ones_are_left_out(tiny: Training) -> None:
    seeds = [run(0), run(1), run(2)]
    group = make(seeds, tiny, capacity=6, target=-1e9)
    engine: Any = group.vector_env.envs[1]
    step = engine.step
    engine.step = lambda action: (step(action)[0], float("nan"), False)
    group.advance(600)
    finished = collect(seeds[0].setting, group.curves(), {})
    assert finished.note == {"failed": {"1": 0}, "seeds": 3, "stopped_at": 400}
    assert finished.arrays[RETURNS].shape == (1, 3)
    assert finished.arrays["val.critic_loss"].shape == (2, 3)


def test_a_checkpoint_of_runs_that_never_stop_has_no_new_field(tiny: Training) -> None:
    assert "log.stopped_at" not in make([run(0)], tiny).arrays()
    stopping = make([run(0)], tiny, target=0.0)
    assert "log.stopped_at" in stopping.arrays()
    assert not stopping.matches(make([run(0)], tiny).arrays())
