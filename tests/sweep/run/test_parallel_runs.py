"""A study of PQL, from its files to its archive, on a task given by a formula."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from value_scaling.learning.replay.n_step_buffer import empty
from value_scaling.learning.training.device_group import DeviceGroup
from value_scaling.records import ScalingError, Study
from value_scaling.records.training import Training
from value_scaling.store.archives.read import read_runs
from value_scaling.store.files.atomic import digest_file
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import load_study
from value_scaling.store.studies.training import load_training
from value_scaling.sweep.cost import costs, group_memory
from value_scaling.sweep.cost.gpu_estimate import H100, Rates, on_gpu
from value_scaling.sweep.cost.speed import measure_speed
from value_scaling.sweep.plan.sets import SetPlan, plan_set
from value_scaling.sweep.plan.settings import settings_of_set
from value_scaling.sweep.run.context import TrainingContext
from value_scaling.sweep.run.one_process import train_set
from value_scaling.sweep.run.train_group import train_group

TRAINING = """
algorithm = "pql"
seeds = 2
hidden = [8, 4]
num_envs = 16
start_training = 64
replay = 800
stagger = true
validation_every = 8
diagnostics_every = 320

[steps_by_utd]
"1/1024" = 1.5

[[tasks]]
name = "Pole"
engine = "playground"
steps = 1600
log_start = 480
log_every = 160
"""
PROVENANCE: dict[str, Any] = {"commit": "abc", "packages": {}, "cpu": "one"}


class Pole:
    """A point that is pushed along a line; the reward is 1 minus its distance."""

    observation_size = 2
    action_size = 1
    discrete = False
    time_limit = 10

    def reset(self, key: jax.Array) -> tuple:
        own = jax.random.wrap_key_data(key)
        state = jax.random.uniform(own, (2,), minval=-1.0)
        return state, state

    def step(self, state: Any, action: jax.Array) -> tuple:
        after = state + 0.1 * jnp.stack([state[1], action[0]])
        return after, 1 - jnp.abs(after[0]), jnp.abs(after[0]) > 1.5, after


@pytest.fixture(autouse=True)
def task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "value_scaling.learning.envs.device_tasks.make_task",
        lambda engine, task: Pole(),
    )


@pytest.fixture
def make_wide(write_study: Callable[..., Folders]) -> Callable[[Path], Folders]:
    def make(root: Path) -> Folders:
        return write_study(
            root,
            "wide",
            TRAINING,
            algorithm="PQL",
            utds=[2**-10, 2**-7],
            proposed=[2**-14, 2**-7],
            env="Pole",
            batch_sizes=[8, 16],
            sets=("sweep",),
        )

    return make


@pytest.fixture
def wide(make_wide: Callable[[Path], Folders], tmp_path: Path, cache: Path) -> Folders:
    return make_wide(tmp_path)


def plan(folders: Folders) -> SetPlan:
    study = load_study("wide", folders)
    return plan_set(study, "sweep", load_training(study, folders), folders)


def context(planned: SetPlan, **options: Any) -> TrainingContext:
    return TrainingContext(planned.folder, planned.training, PROVENANCE, **options)


def test_an_archive_is_the_same_after_stops(
    wide: Folders,
    make_wide: Callable[[Path], Folders],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """It is written and read back, with every digit of σ."""
    planned = plan(wide)
    assert train_set(planned, context(planned))
    study = load_study("wide", wide)
    runs = read_runs(wide.archive(study, "sweep"), study, "sweep")
    assert not runs.missing
    assert {curves.setting.utd for curves in runs.curves} == {2**-10, 2**-7}
    for curves in runs.curves:
        last = 2400 if curves.setting.utd == 2**-10 else 1600
        np.testing.assert_array_equal(curves.steps, np.arange(480, last + 1, 160))
        assert np.isfinite(curves.returns).all()
        assert (curves.returns[:, 0] != curves.returns[:, 1]).any()

    another = plan(make_wide(tmp_path_factory.mktemp("another")))
    for until in (200, 1000, 1300):  # the last two after the replay has wrapped
        for group in another.groups:
            train_group(
                group, context(another), {}, progress=lambda share: None, until=until
            )
        states = list((another.folder / "checkpoints").glob("*.npz"))
        assert len(states) == len(another.groups)
    assert train_set(another, context(another))
    assert digest_file(another.archive) == digest_file(planned.archive)
    assert not list((another.folder / "checkpoints").glob("*.npz"))


def test_checkpoints_grow_with_the_steps_since_the_last(wide: Folders) -> None:
    planned = plan(wide)
    group, sizes = planned.groups[0], []
    for until in (400, 800, 1200):
        train_group(group, context(planned), {}, progress=lambda _: None, until=until)
        (log,) = (planned.folder / "checkpoints").glob("*.log")
        newest = sorted(log.iterdir())[-2:]  # one of each replay
        sizes.append(sum(file.stat().st_size for file in newest))
    assert max(sizes) < 1.5 * min(sizes)


def test_the_plan_of_pql_counts_what_is_done_on_the_device(wide: Folders) -> None:
    planned = plan(wide)
    groups, training = planned.groups, planned.training
    count = costs.count(groups, training)
    assert count.runs == 16
    assert count.steps == 8 * (2400 + 1600)
    assert count.updates == 8 * (int((2400 - 64) / 1024) + int((1600 - 64) / 128))
    speed = measure_speed(groups, training)["Pole"]
    assert speed.engine_step >= 0
    assert speed.update + speed.update_sample > 0
    assert speed.of(groups[0], training) > 0
    program = group_memory.program_of(groups[0], training)
    group = DeviceGroup(groups[0].runs, training, program)
    real = sum(x.nbytes for x in jax.tree.leaves(group.state))
    assert group_memory.memory(groups[0], training) * 2**30 == real
    # Twin critics: 3 -> 8 -> 4 -> 1.
    assert program.model_size == 2 * (3 * 8 + 8 + 8 * 4 + 4 + 4 + 1)
    free = {"pql": Rates(launch=0.0, flops=1e30, turn=0.0)}
    gpu = replace(H100, measured=free, device_steps=1000.0)
    found = on_gpu(groups, training, gpu)
    assert found.hours == pytest.approx(count.steps / 1000 / 3600)


def test_the_bundled_replay_holds_each_observation_once() -> None:
    """5e6 transitions of WalkerWalk, as `playground` has them."""
    rows = jax.eval_shape(lambda: empty(1224, 4096, 24, 6, 1000))
    size = sum(np.prod(x.shape) * 4 for x in jax.tree.leaves(rows))
    assert size == pytest.approx(5e6 * (24 + 6 + 2) * 4, rel=0.02)


@pytest.fixture
def study(wide: Folders) -> Study:
    return load_study("wide", wide)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"playground"', '"gymnasium"', "one of playground for pql"),
        ('"pql"', '"sac"', "num_envs: found a value.*sac ignores it"),
        ("num_envs = 16", "num_envs = 0", "num_envs: found 0"),
        ("num_envs = 16", "num_envs = 15", "multiple of num_envs = 15"),
        ("start_training = 64", "start_training = 32", "n_step · num_envs = 48"),
        ("replay = 800", "replay = 40", "replay: found 40"),
        ('"1/1024"', '"often"', "a number or a fraction"),
        ('"1/1024"', '"1/0"', "a number or a fraction"),
    ],
)
def test_a_wrong_training_file_is_refused(
    old: str, new: str, message: str, study: Study, wide: Folders
) -> None:
    path = wide.studies / "training" / "wide.toml"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(ScalingError, match=message):
        load_training(study, wide)


def test_steps_may_depend_on_a_fraction(study: Study, wide: Folders) -> None:
    training = load_training(study, wide)
    steps = {
        setting.utd: training.steps(setting)
        for setting in settings_of_set(study, "sweep", None)
    }
    assert steps == {2**-10: 2400, 2**-7: 1600}


def test_bundled_settings_are_those_of_pql(wide: Folders) -> None:
    """pql/cfg/algo/pql_algo.yaml at 93c2b58; σ in updates for one transition."""
    study = load_study("playground", wide)
    training = load_training(study, wide)
    assert training == Training(
        study="playground",
        tasks=training.tasks,
        algorithm="pql",
        num_envs=4096,
        hidden=(512, 256, 128),
        discount=0.99,
        n_step=3,
        tau=0.05,
        reward_scale=1.0,
        replay=5_000_000,
        start_training=32 * 4096,
        seeds=training.seeds,
        stagger=True,
        validation_every=16,
        diagnostics_every=500 * 4096,
    )
    assert [utd * 4096 for utd in study.sweep_utds] == [1, 2, 4, 8, 16]
    assert [utd * 4096 for utd in study.proposal_utds] == [0.5, 1, 2, 4, 8, 16, 32]
    for setting in study.grid:
        assert training.steps(setting) == 8000 * 4096
