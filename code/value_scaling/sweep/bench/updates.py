"""Updates per second of packed runs, their compilation time, and their memory."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from value_scaling.learning.agents.bro import BROConfig
from value_scaling.learning.agents.pql import PQLConfig
from value_scaling.learning.agents.sac import SACConfig
from value_scaling.learning.agents.scalars import Scalars
from value_scaling.learning.backend import critic_layout, layout
from value_scaling.learning.envs import device_tasks
from value_scaling.learning.training.device_program import BLOCK, DeviceProgram
from value_scaling.learning.training.host_program import HostProgram
from value_scaling.records import ScalingError
from value_scaling.sweep.bench.shapes import Shapes
from value_scaling.sweep.bench.stand_ins import NAME, MassesProgram

OBSERVATION, ACTION = 17, 6
"""Sizes of HalfCheetah."""
FILLED = 64
"""Number of transitions in each replay before learning starts."""
PLAYGROUND_TASK = "CheetahRun"
Row = dict[str, Any]


def peak(shapes: Shapes) -> Row:
    """Measure the FLOP/s of products of square matrices.

    Precisions are JAX's default for float32 (TF32 on GPUs that have it), full float32,
    and bfloat16.
    """
    side = shapes.matrix
    found: Row = {"matrix": side}
    for name, kind, precision in (
        ("default", jnp.float32, None),
        ("float32", jnp.float32, "highest"),
        ("bfloat16", jnp.bfloat16, None),
    ):
        values = jax.random.normal(jax.random.key(0), (side, side), kind)
        product = jax.jit(partial(jnp.matmul, precision=precision))
        each = _seconds(partial(product, values, values), shapes.seconds)
        found[f"{name}_flops"] = 2 * side**3 / each
    return found


def sac(shapes: Shapes) -> Iterator[Row]:
    """Measure packed SAC, with a row for each number of runs and each σ."""
    config = SACConfig(hidden=shapes.sac_hidden, critic_layout=critic_layout(layout()))
    for runs in shapes.sac_runs:
        yield from _on_host(config, shapes.sac_batch, runs, shapes)


def bro(shapes: Shapes) -> Iterator[Row]:
    """Measure packed BRO with its optimistic actor, as `sac` does."""
    config = BROConfig(
        critic_width=shapes.bro_critic,
        actor_width=shapes.bro_actor,
        critic_layout=critic_layout(layout()),
    )
    for runs in shapes.bro_runs:
        yield from _on_host(config, shapes.bro_batch, runs, shapes)


def pql(shapes: Shapes) -> Iterator[Row]:
    """Measure packed PQL on the stand-in, and on MuJoCo Playground if installed."""
    yield from _pql(shapes, MassesProgram, NAME)
    try:
        device_tasks.make_task("playground", PLAYGROUND_TASK)
    except ScalingError as error:
        yield {"left_out": PLAYGROUND_TASK, "reason": str(error)}
        return
    yield from _pql(shapes, DeviceProgram, PLAYGROUND_TASK)


def _on_host(config: Any, batch: int, runs: int, shapes: Shapes) -> Iterator[Row]:
    """Measure a program that gets one transition of each run at a time."""
    program = HostProgram(
        config=config,
        observation_size=OBSERVATION,
        action_size=ACTION,
        batch_size=batch,
        capacity=runs,
        replay_size=shapes.replay,
        validation_size=16,
        layout=layout(),
    )
    rng = np.random.default_rng(0)
    first = rng.normal(size=(runs, OBSERVATION)).astype(np.float32)
    state = program.start(*_start(runs, rng), (first, first))
    packed = rng.uniform(-1, 1, (runs, ACTION + 3 + 2 * OBSERVATION))
    packed[:, ACTION + 1 : ACTION + 3] = 1.0, 0.0  # no episode ends
    packed = packed.astype(np.float32)

    def step(utd: int) -> Any:
        nonlocal state
        counts = np.full(runs, utd)
        state = program.step(state, packed, counts, np.arange(runs))
        np.asarray(state.collector.training)  # the environments need it on the host
        return state

    clock = time.perf_counter()
    jax.block_until_ready(step(0))
    compiled = time.perf_counter() - clock
    for _ in range(FILLED):
        step(0)
    size = program.model_size
    for utd in shapes.utds:
        each = _seconds(partial(step, utd), shapes.seconds)
        yield _row(runs, utd, runs * utd / each, size, batch, compiled, state) | {
            "environment_steps_per_second": runs / each
        }


def _pql(shapes: Shapes, kind: type[DeviceProgram], task: str) -> Iterator[Row]:
    environments = shapes.pql_environments
    validation_environments = max(1, environments // 16)
    config = PQLConfig(
        hidden=shapes.pql_hidden,
        environments=environments,
        validation_environments=validation_environments,
        critic_layout=critic_layout(layout()),
    )
    for runs in shapes.pql_runs:
        program = kind(
            config=config,
            engine="playground",
            task=task,
            observation_size=0,
            action_size=0,
            environments=environments,
            validation_environments=validation_environments,
            n_step=3,
            batch_size=shapes.pql_batch,
            capacity=runs,
            replay_size=max(BLOCK, shapes.replay // environments),
            layout=layout(),
        )
        program = _with_sizes(program)
        state = program.start(
            *_start(runs, np.random.default_rng(0)),
            jnp.full(runs, True),
        )

        def block(
            utd: int, length: int = BLOCK, program: Any = program, runs: int = runs
        ) -> Any:
            nonlocal state
            counts = np.full((runs, length), utd)
            state = program.advance(state, counts, warmup=0, order=np.arange(runs))
            return state

        clock = time.perf_counter()
        jax.block_until_ready(block(0, 4))
        compiled = time.perf_counter() - clock
        size = program.model_size
        for utd in shapes.utds:
            each = _seconds(partial(block, utd), shapes.seconds)
            done, batch = runs * BLOCK * utd / each, shapes.pql_batch
            yield _row(runs, utd, done, size, batch, compiled, state) | {
                "task": task,
                "environment_steps_per_second": runs * BLOCK * environments / each,
            }


def _with_sizes(program: DeviceProgram) -> DeviceProgram:
    task = program.env
    return replace(
        program,
        observation_size=task.observation_size,
        action_size=task.action_size,
    )


def _start(runs: int, rng: np.random.Generator) -> tuple[np.ndarray, Scalars]:
    keys = rng.integers(0, 2**32, (runs, 2), dtype=np.uint32)
    one: Any = np.ones(runs, np.float32)
    return keys, Scalars(3e-4 * one, 0.99 * one, 5e-3 * one, -one)


def _row(
    runs: int,
    utd: int,
    rate: float,
    size: float,
    batch: int,
    compiled: float,
    state: Any,
) -> Row:
    leaves = jax.tree.leaves(state)
    memory = jax.local_devices()[0].memory_stats() or {}
    return {
        "runs": runs,
        "utd": utd,
        "updates_per_second": rate,
        "critic_parameters": size,
        "batch_size": batch,
        # FLOPs of an update as the paper counts them.
        "flops_per_second": rate * 10 * size * batch,
        "compile_seconds": compiled,
        "state_bytes": sum(x.nbytes for x in leaves),
        "peak_memory_bytes": memory.get("peak_bytes_in_use"),  # None on a CPU
        "layout": layout(),
    }


def _seconds(call: Callable[[], Any], least: float) -> float:
    """Return the mean seconds of one call, from at least `least` seconds of calls."""
    for _ in range(3):
        jax.block_until_ready(call())
    calls, clock = 0, time.perf_counter()
    while (spent := time.perf_counter() - clock) < least:
        # A call may return before its work is done, and queued calls take memory.
        jax.block_until_ready(call())
        calls += 1
    return spent / max(1, calls)
