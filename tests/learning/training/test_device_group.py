"""Groups of PQL: a run depends only on itself and can be stopped at any step."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import jax
import numpy as np
import pytest
from plain_agents import assert_equal
from planted_tasks import Chain, Slide, Walk

from value_scaling.learning.replay.chunks import start
from value_scaling.learning.training.device_group import DeviceGroup
from value_scaling.learning.training.device_program import BLOCK, DeviceProgram
from value_scaling.learning.training.registry import make_group, make_program
from value_scaling.learning.training.runs import Run
from value_scaling.records import ScalingError, Setting
from value_scaling.records.training import Task, Training
from value_scaling.stats.isotonic import isotonic_fit

WIDTH, STEPS = 8, 150
"""Number of environments, and of simulator steps of a run."""
TOTAL = WIDTH * STEPS
GAMMA = 0.5
TASKS = {
    "Walk": Walk(),
    # One step, reward 1, terminal: Q = 1.
    "Constant": Chain(length=1),
    # For ever reward 1, truncated each 5 steps: Q = 1 / (1 - γ).
    "Truncated": Chain(time_limit=5),
    # Two steps, reward 1 on the second: Q(first) = γ.
    "Delayed": Chain(reward=lambda place, action: place, length=2),
    # The same, cut in the middle of each three rewards.
    "Short": Chain(time_limit=2, blind=True),
    "Still": Chain(time_limit=1, blind=True),
    "Aim": Chain(reward=lambda place, action: -abs(action - 0.6), length=1),
    "Slide": Slide(),
}
PROGRAMS: dict[DeviceProgram, DeviceProgram] = {}
"""Compiled programs."""


@pytest.fixture(autouse=True)
def tasks(use_tasks: Callable) -> None:
    use_tasks(TASKS)


def training(name: str = "Walk", **changes: Any) -> Training:
    task = Task(name, "playground", TOTAL, log_start=25 * WIDTH, log_every=25 * WIDTH)
    base = Training(
        study="tiny",
        tasks=(task,),
        algorithm="pql",
        hidden=(16, 8),
        tau=0.05,
        start_training=10 * WIDTH,
        replay=TOTAL,
        validation_every=4,
        diagnostics_every=50 * WIDTH,
        num_envs=WIDTH,
    )
    return replace(base, **changes)


def run(
    seed: int, *, utd: float = 0.125, learning_rate: float = 1e-3, env: str = "Walk"
) -> Run:
    return Run("tiny", "sweep", Setting(env, utd, 16, learning_rate), seed)


def make(
    runs: Sequence[Run],
    settings: Training,
    *,
    capacity: int = 0,
    layout: str = "map",
    target: float | None = None,
) -> DeviceGroup:
    program = make_program(
        runs,
        settings,
        capacity=capacity or len(runs),
        max_env_steps=settings.tasks[0].steps,
        layout=layout,
    )
    program = PROGRAMS.setdefault(program, program)
    group = make_group(runs, settings, program, target=target)
    assert isinstance(group, DeviceGroup)
    return group


def result(group: DeviceGroup, place: int = 0) -> dict[str, np.ndarray]:
    """Return all arrays of a run."""
    tree = jax.tree.map(lambda x: np.asarray(x)[place], group.state)
    leaves = jax.tree_util.tree_flatten_with_path(tree)[0]
    return {
        **{jax.tree_util.keystr(path): leaf for path, leaf in leaves},
        "returns": group.log.returns[:, place],
        "diagnostics": group.log.diagnostics[:, place],
    }


MIXED = [run(0), run(1, utd=0.5), run(1, learning_rate=3e-3), run(5, utd=2**-5)]


@pytest.fixture(scope="module")
def packed() -> dict[Run, dict[str, np.ndarray]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "value_scaling.learning.envs.device_tasks.make_task",
            lambda _, task: TASKS[task],
        )
        group = make(MIXED, training(stagger=True), capacity=6)
        group.advance(TOTAL)
    return {each: result(group, place) for place, each in enumerate(MIXED)}


@pytest.mark.parametrize("place", range(len(MIXED)))
def test_a_run_does_not_depend_on_its_company(place: int, packed: dict) -> None:
    """Alone in a program for one run, it is the same bit for bit."""
    alone = make([MIXED[place]], training(stagger=True))
    alone.advance(TOTAL)
    assert_equal(result(alone), packed[MIXED[place]])


def test_a_run_does_not_depend_on_its_place(packed: dict) -> None:
    group = make(MIXED[::-1], training(stagger=True), capacity=6)
    group.advance(TOTAL)
    for place, each in enumerate(MIXED[::-1]):
        assert_equal(result(group, place), packed[each])


@pytest.mark.parametrize("stop", [0, 10, 47, BLOCK + 1, 149])
def test_a_restored_group_goes_on_to_the_bit(stop: int, packed: dict) -> None:
    first = make(MIXED, training(stagger=True), capacity=6)
    first.advance(stop * WIDTH)
    snapshot = {key: value.copy() for key, value in first.snapshot().items()}
    second = make(MIXED, training(stagger=True), capacity=6)
    assert second.matches(snapshot)
    second.advance(60 * WIDTH)  # whatever it was before
    second.restore(snapshot)
    assert second.step == first.step
    second.advance(TOTAL)
    for place, each in enumerate(MIXED):
        assert_equal(result(second, place), packed[each])


@pytest.mark.parametrize("rows", [40, STEPS + 3])
def test_pieces_cut_on_the_way_give_the_replay_back(rows: int) -> None:
    """This also holds if the ring wraps within a piece or between two."""
    settings = training(replay=(rows - 3) * WIDTH)
    group = make(MIXED[:2], settings)
    position, pieces = dict.fromkeys(group.REPLAYS, start(2)), []
    for until in (10, 30, 110, 115, 150):
        while group.step < until * WIDTH:
            group._collect()
        for name in group.REPLAYS:
            chunk = group.chunk_since(name, position[name])
            position[name] = group.position(name)
            pieces.append((name, chunk))
    assert len(pieces[0][1]["rewards"][0]) == 25  # to the first logged step
    arrays = group.arrays()
    assert sum(x.nbytes for x in arrays.values()) < sum(
        x.nbytes for x in group.snapshot().values()
    )
    other = make(MIXED[:2], settings)
    assert other.matches(arrays)
    other.restore_from(arrays, pieces)
    for place in range(2):
        assert_equal(result(other, place), result(group, place))


def test_a_snapshot_of_other_networks_or_rows_does_not_fit() -> None:
    own = make([run(0)], training())
    for changes in ({"hidden": (16, 9)}, {"replay": TOTAL // 2}):
        other = make([run(0)], training(**changes))
        assert not own.matches(other.snapshot())
        assert not own.matches(other.arrays())


def test_seeds_and_settings_differ(packed: dict) -> None:
    returns = [tuple(each["returns"]) for each in packed.values()]
    assert len(set(returns)) == len(returns)


def test_at_once_is_close_to_in_turn() -> None:
    """The layout for a GPU: the same algorithm, rounded otherwise."""
    turn, once = (make(MIXED, training(), layout=each) for each in ("map", "vmap"))
    for group in (turn, once):
        group.advance(25 * WIDTH)
    np.testing.assert_array_equal(turn.state.agent.updates, once.state.agent.updates)
    np.testing.assert_allclose(turn.log.returns[0], once.log.returns[0], rtol=1e-3)
    for name in ("observations", "actions", "rewards"):
        a, b = (getattr(group.state.replay, name) for group in (turn, once))
        np.testing.assert_allclose(a, b, atol=1e-3, err_msg=name)
    for a, b in zip(
        jax.tree.leaves(turn.state.agent.actor),
        jax.tree.leaves(once.state.agent.actor),
        strict=True,
    ):
        np.testing.assert_allclose(a, b, atol=1e-3)


@pytest.mark.parametrize("utd", [2**-9, 2**-12, 0.001, 0.3, 0.125, 1.0, 1.7])
def test_the_ratio_of_updates_is_exact(utd: float) -> None:
    group = make([run(0)], training())
    each = replace(MIXED[0], setting=replace(MIXED[0].setting, utd=utd))
    due = group._due(each, 0, 5000)
    learned = np.arange(1, 5001) * WIDTH - group.training.start_training
    exact = [int(Fraction(repr(utd)) * max(0, int(n))) for n in learned]
    np.testing.assert_array_equal(np.cumsum(due), exact)
    assert max(due) - min(due[10:]) <= 1  # spread evenly


def test_updates_and_transitions_are_counted(packed: dict) -> None:
    for each, found in packed.items():
        wanted = int(each.setting.utd * (TOTAL - 10 * WIDTH))
        assert found[".agent.updates"] == wanted
        assert found[".agent.critic_optimizer[1].count"] == wanted
        assert found[".agent.actor_optimizer[1].count"] == wanted // 2
        assert found[".steps"] == found[".replay.count"] == STEPS
        assert found[".agent.normaliser.count"] == pytest.approx(TOTAL)
    group = make(MIXED, training(stagger=True), capacity=6)
    assert group.updates(TOTAL) == sum(x[".agent.updates"] for x in packed.values())


def test_actions_are_random_first_and_then_noisy_by_rung() -> None:
    """The only observation is 0: the policy's action is one number at each step."""
    group = make([run(0, env="Still", utd=2**-12)], training("Still"))
    group.advance(TOTAL)
    actions = np.asarray(group.state.replay.actions)[0, :STEPS, :, 0]
    ladder = np.asarray(group.program.config.noise_scales())
    for part, count in ((ladder[:WIDTH], WIDTH), (ladder[WIDTH:], WIDTH // 4)):
        np.testing.assert_allclose(part, np.linspace(0.05, 0.8, count), rtol=1e-6)
    warm, later = actions[:10], actions[10:]
    assert np.abs(warm).max() <= 1
    assert 0.45 < warm.std() < 0.7  # of a uniform number: 0.58
    spread = later[:, :3].std(axis=0)  # where hardly any action is clipped
    np.testing.assert_allclose(spread, ladder[:3], rtol=0.25)
    assert (np.diff(later.std(axis=0)[::2]) > 0).all()


def episodes(group: DeviceGroup) -> list[tuple[int, int, float]]:
    """Return (simulator step of its end, environment, return) of each episode."""
    rewards, ends = (
        np.asarray(x)[0] for x in (group.state.replay.rewards, group.state.replay.ends)
    )
    found, total = [], np.zeros(WIDTH)
    for step in range(STEPS):
        total += rewards[step]
        for each in np.flatnonzero(ends[step] != -1):
            found.append((step + 1, int(each), total[each]))
            total[each] = 0.0
    return found


@pytest.mark.parametrize("stagger", [False, True])
def test_logged_returns_are_means_of_the_episodes_since(stagger: bool) -> None:
    group = make([run(2)], training(stagger=stagger))
    group.advance(TOTAL)
    ended = episodes(group)
    if stagger:
        firsts = {each: next(x for x in ended if x[1] == each) for each in range(WIDTH)}
        ended = [x for x in ended if x not in firsts.values()]
    for place, step in enumerate(group.log_steps):
        since, until = step // WIDTH - 25, step // WIDTH
        own = [total for at, _, total in ended if since < at <= until]
        assert group.log.returns[place, 0] == pytest.approx(np.mean(own), rel=1e-5)


def test_a_log_before_the_first_episode_is_refused() -> None:
    settings = training("Slide")
    group = make([run(0, env="Slide")], settings)
    with pytest.raises(ScalingError, match=f"log_start of Slide to {2 * 50 * WIDTH}"):
        group.advance(TOTAL)


def test_a_run_that_diverges_is_marked_and_harms_no_other(packed: dict) -> None:
    wild = run(7, learning_rate=1e30)
    group = make([MIXED[0], wild, MIXED[1]], training(stagger=True), capacity=6)
    group.advance(TOTAL)
    curves = group.curves()
    assert [curve.failed_at for curve in curves][::2] == [-1, -1]
    assert 10 * WIDTH <= curves[1].failed_at < TOTAL
    assert curves[1].failed_at % WIDTH == 0
    assert np.isnan(curves[1].returns[-1])
    assert_equal(result(group, 0), packed[MIXED[0]])
    assert_equal(result(group, 2), packed[MIXED[1]])


def test_a_stopped_run_harms_no_other(packed: dict) -> None:
    """It ends at a logged step, not before the first diagnostics."""
    fits = [isotonic_fit(packed[each]["returns"][:2])[-1] for each in MIXED]
    best, target = int(np.argmax(fits)), float(max(fits)) - 1e-3
    group = make(MIXED, training(stagger=True), capacity=6, target=target)
    group.advance(60 * WIDTH)
    again = make(MIXED, training(stagger=True), capacity=6, target=target)
    again.restore(group.snapshot())
    again.advance(TOTAL)
    curves = again.curves()
    assert curves[best].stopped_at == 50 * WIDTH
    np.testing.assert_array_equal(
        curves[best].returns, packed[MIXED[best]]["returns"][:2]
    )
    others = [i for i, curve in enumerate(curves) if curve.stopped_at < 0]
    assert others
    for place in others:
        assert_equal(result(again, place), packed[MIXED[place]])


def test_validation_is_never_trained_on() -> None:
    """Other validation data, the same learner."""
    first, second = make([run(0)], training()), make([run(0)], training())
    for group in (first, second):
        group.advance(30 * WIDTH)
    rows = second.state.validation
    changed = rows.replace(rewards=rows.rewards + 1.0)
    second.state = second.state.replace(validation=changed)
    for group in (first, second):
        group.advance(TOTAL)
    a, b = result(first), result(second)
    assert not np.array_equal(a.pop("diagnostics"), b.pop("diagnostics"))
    assert not np.array_equal(
        a.pop(".validation.rewards"), b.pop(".validation.rewards")
    )
    assert_equal(b, a)


def test_validation_has_environments_of_its_own() -> None:
    group = make([run(0)], training())
    group.advance(50 * WIDTH)
    firsts = [
        set(np.unique(np.asarray(rows.observations)[0, :50, :, 0]).tolist())
        for rows in (group.state.replay, group.state.validation)
    ]
    assert min(len(each) for each in firsts) > 10
    assert not firsts[0] & firsts[1]


def test_diagnostics_are_finite_and_begin_after_the_warm_up() -> None:
    group = make([run(0)], training())
    group.advance(TOTAL)
    assert group.diagnostic_steps.tolist() == [50 * WIDTH, 100 * WIDTH, 150 * WIDTH]
    assert np.isfinite(group.log.diagnostics).all()


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Constant", 1.0),
        ("Truncated", 1 / (1 - GAMMA)),
        ("Short", 1 / (1 - GAMMA)),
        ("Delayed", GAMMA),
    ],
)
def test_values_of_probe_environments(name: str, wanted: float) -> None:
    settings = training(name, discount=GAMMA)
    group = make([run(0, env=name, utd=1.0, learning_rate=3e-3)], settings)
    group.advance(TOTAL)
    agent = jax.tree.map(lambda x: x[0], group.state.agent)
    values = agent.values(
        agent.critics, np.zeros((5, 1), np.float32), np.linspace(-1, 1, 5)[:, None]
    )
    np.testing.assert_allclose(values, wanted, atol=0.1)


def test_a_probe_whose_reward_is_the_action() -> None:
    """Reward -|a - 0.6|: the policy goes there."""
    group = make([run(0, env="Aim", utd=1.0, learning_rate=3e-3)], training("Aim"))
    group.advance(TOTAL)
    agent = jax.tree.map(lambda x: x[0], group.state.agent)
    action = agent.act(np.zeros(1, np.float32))
    assert float(action[0]) == pytest.approx(0.6, abs=0.2)


@pytest.mark.slow
def test_pql_learns_to_hold_a_mass_in_the_middle() -> None:
    """Of 50 at best, from about 8 at random to above 42, exploration included."""
    width = 64
    settings = training(
        "Slide",
        tasks=(Task("Slide", "playground", width * 500, width * 100, width * 50),),
        hidden=(64, 64),
        discount=0.95,
        stagger=True,
        start_training=16 * width,
        replay=width * 500,
        diagnostics_every=width * 250,
        num_envs=width,
    )
    runs = [
        Run("t", "sweep", Setting("Slide", 2**-5, 256, 1e-3), seed) for seed in (0, 1)
    ]
    group = make(runs, settings)
    group.advance(width * 500)
    returns = group.log.returns
    assert (returns[0] < 15).all()
    assert (returns[-1] > 42).all()


@pytest.mark.parametrize(
    ("replay", "rows"), [(TOTAL, TOTAL // WIDTH), (99, 99 // WIDTH)]
)
def test_the_replay_holds_whole_simulator_steps_and_no_more(
    replay: int, rows: int
) -> None:
    """Beside the last rows, whose n steps are not over."""
    told = training(replay=replay)
    program = make_program([run(0)], told, capacity=1, max_env_steps=TOTAL)
    assert program.replay_size - told.n_step == rows
    assert rows * WIDTH <= replay
