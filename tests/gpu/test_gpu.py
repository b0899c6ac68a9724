"""Assumptions of the code about a GPU, and statements of the docs about it."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from value_scaling.learning.agents.registry import HOST_AGENTS, make_config
from value_scaling.learning.agents.sac import SACConfig
from value_scaling.learning.backend import critic_layout, layout
from value_scaling.learning.training.host_program import HostProgram
from value_scaling.learning.training.runs import Run
from value_scaling.records import Setting
from value_scaling.records.training import Task, Training
from value_scaling.sweep.bench import resume
from value_scaling.sweep.bench.shapes import TOY
from value_scaling.sweep.bench.stand_ins import MASSES, NAME, MassesGroup

pytestmark = pytest.mark.gpu

STEPS = 200
START = 40
TRAINING = Training(
    study="tiny",
    tasks=(Task(NAME, "gymnasium", steps=400, log_start=100, log_every=100),),
    hidden=(64, 64),
    start_training=START,
    replay=50_000,
    validation_every=10,
    diagnostics_every=1000,
)
RUNS = [
    Run("tiny", "sweep", Setting(NAME, utd, 32, rate), seed)
    for utd, rate, seed in ((1.0, 1e-3, 0), (3.0, 1e-3, 1), (0.25, 3e-3, 2))
]


@pytest.fixture
def program() -> HostProgram:
    """A program of SAC for up to three runs, not compiled."""
    return program_of(
        SACConfig(hidden=TRAINING.hidden, critic_layout=critic_layout(layout()))
    )


def program_of(config: Any) -> HostProgram:
    return HostProgram(
        config=config,
        observation_size=2 * MASSES,
        action_size=MASSES,
        batch_size=32,
        capacity=len(RUNS),
        replay_size=TRAINING.replay,
        validation_size=1000,
        layout=layout(),
    )


def trained(runs: list[Run], program: HostProgram, steps: int = STEPS) -> MassesGroup:
    group = MassesGroup(runs, TRAINING, program)
    group.advance(steps)
    return group


def test_runs_are_computed_at_once(gpu: str) -> None:
    assert jax.default_backend() == "gpu"
    assert layout() == "vmap"


@pytest.mark.parametrize(("precision", "most"), [(None, 5e-3), ("highest", 2e-6)])
def test_products_round_as_the_docs_say(
    gpu: str, precision: str | None, most: float
) -> None:
    """They round like TF32 (10 bits) by default, and like float32 on request."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 512, 512)).astype(np.float32)
    exact = a.astype(float) @ b.astype(float)
    found = np.asarray(jnp.matmul(a, b, precision=precision), float)
    error = np.abs(found - exact).max() / np.abs(exact).max()
    assert error < most


def test_the_default_is_tf32_where_the_gpu_has_it(gpu: str) -> None:
    """The estimates of `scaling plan` depend on this."""
    capability = float(getattr(jax.devices()[0], "compute_capability", 0))
    if capability < 8.0:
        pytest.skip(f"compute capability {capability}: no TF32 on this GPU")
    a = np.full((256, 256), 1 + 2.0**-13, np.float32)  # one bit more than TF32 has
    sums = [
        float(np.asarray(jnp.matmul(a, a, precision=precision))[0, 0])
        for precision in (None, "highest")
    ]
    exact = 256 * (1 + 2.0**-13) ** 2
    assert abs(sums[1] - exact) < 1e-3
    assert abs(sums[0] - exact) > 1e-2


def test_a_process_takes_its_share_of_the_memory(gpu: str) -> None:
    """A process gets 92% by default, of which groups fill 90% (`sweep.host`)."""
    script = (
        "import json, jax; from value_scaling.sweep.host import memory; "
        "stats = jax.local_devices()[0].memory_stats(); "
        "available = memory.available_memory() * memory.GIB; "
        "print(json.dumps([stats['bytes_limit'], available]))"
    )
    limits = []
    for share in ("0.3", "0.6"):
        variables = {"XLA_PYTHON_CLIENT_MEM_FRACTION": share}
        done = subprocess.run(
            [sys.executable, "-c", script],
            env=os.environ | variables,
            capture_output=True,
            text=True,
            check=True,
        )
        limit, room = json.loads(done.stdout.splitlines()[-1])
        assert room == pytest.approx(0.9 * limit)
        limits.append(limit)
    assert limits[1] == pytest.approx(2 * limits[0], rel=0.02)


def test_a_step_makes_no_second_copy_of_a_replay(
    device: str, program: HostProgram
) -> None:
    group = trained(RUNS, program, START + 2)
    before = group.state.replay.observations
    place = before.unsafe_buffer_pointer()
    old = jax.tree.leaves(group.state.replay)
    group.advance(START + 3)
    assert group.state.replay.observations.unsafe_buffer_pointer() == place
    assert all(leaf.is_deleted() for leaf in old)


def test_memory_does_not_grow_with_steps(gpu: str, program: HostProgram) -> None:
    group = trained(RUNS, program, START + 20)

    def used() -> int:
        jax.block_until_ready(group.state)
        return int(jax.local_devices()[0].memory_stats()["bytes_in_use"])

    first = used()
    group.advance(START + 60)
    replay = group.state.replay.observations.nbytes
    assert used() - first < replay / 10


def test_a_run_comes_to_the_same_beside_others_and_alone(
    device: str, program: HostProgram
) -> None:
    """Only rounding may differ, as in the tests of layouts on a CPU."""
    together = trained(RUNS, program)
    for place, run in enumerate(RUNS):
        alone = trained([run], program)
        np.testing.assert_array_equal(
            np.asarray(alone.state.updates)[0],
            np.asarray(together.state.updates)[place],
        )
        pairs = zip(
            jax.tree.leaves(alone.state.agent),
            jax.tree.leaves(together.state.agent),
            strict=True,
        )
        for one, other in pairs:
            np.testing.assert_allclose(
                np.asarray(one)[0], np.asarray(other)[place], rtol=2e-2, atol=2e-3
            )


def test_one_program_is_compiled_once_for_all_groups(
    device: str, program: HostProgram
) -> None:
    """The groups differ in their number of runs, σ and η."""
    for runs in (RUNS, RUNS[:1], RUNS[1:]):
        trained(runs, program, START + 12)
    for step in (program._start, program._step, program._step_validation):
        assert step._cache_size() == 1


@pytest.mark.parametrize("algorithm", ["td3", "bro", "bro_minimal"])
def test_every_agent_reuses_its_memory_and_its_program(
    device: str, algorithm: str
) -> None:
    """Groups of other σ and sizes share a program, whose steps are donated."""
    training = replace(TRAINING, algorithm=algorithm, hidden=(16, 16))
    config = make_config(HOST_AGENTS, training, critic_layout=critic_layout(layout()))
    program = program_of(config)
    for runs in (RUNS, RUNS[:1]):
        group = MassesGroup(runs, training, program)
        group.advance(START + 12)
        old = jax.tree.leaves(group.state.replay)
        before = jax.tree.leaves(group.state.agent.parameters)
        group.advance(START + 13)
        assert all(leaf.is_deleted() for leaf in (*old, *before))
        assert all(
            np.isfinite(np.asarray(leaf)).all()
            for leaf in jax.tree.leaves(group.state.agent.parameters)
        )
    assert program._step._cache_size() == 1


def test_groups_in_turn_end_as_if_alone(device: str, program: HostProgram) -> None:
    """To the bit: one group steps its environments while the other updates."""
    alone, both = (
        [MassesGroup([run], TRAINING, program) for run in RUNS] for _ in "ab"
    )
    for group in alone:
        group.advance(START + 40)
    for step in range(1, START + 41):
        for group in both:
            group.advance(step)
    for one, other in zip(alone, both, strict=True):
        assert resume.compared(one.snapshot(), other.snapshot())["equal"]


def test_a_step_copies_nothing_back_but_the_actions(
    gpu: str, program: HostProgram
) -> None:
    group = trained(RUNS, program, START + 2)
    packed = np.zeros((len(RUNS), MASSES + 3 + 4 * MASSES), np.float32)
    arguments = packed, np.ones(len(RUNS)), np.arange(len(RUNS))
    with jax.transfer_guard_device_to_host("disallow"):
        state = program.step(group.state, *arguments)
        jax.block_until_ready(state)
        with pytest.raises(Exception, match=r"[Dd]isallowed"):
            np.asarray(state.collector.training)
    copied: list[Any] = []
    original = program._pad
    object.__setattr__(program, "_pad", lambda x: copied.append(x) or original(x))
    program.step(state, *arguments)
    assert sum(np.asarray(x).nbytes for x in copied) < 4096  # to the device


@pytest.mark.parametrize("algorithm", resume.ALGORITHMS)
def test_a_killed_run_goes_on_to_the_same_end(
    device: str, tmp_path: Path, algorithm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resume, "ALGORITHMS", (algorithm,))
    command = [
        sys.executable,
        "-m",
        "value_scaling.sweep.bench.child",
        "train",
        "--toy",
    ]
    (row,) = resume.rows(TOY, tmp_path, command)
    assert row["resumed_at_step"] == row["killed_after_step"] > 0
    assert row["equal"], row
