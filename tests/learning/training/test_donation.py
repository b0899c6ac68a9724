"""No program copies what it changes: donated buffers are reused."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from planted_tasks import Walk

from value_scaling.learning.agents.scalars import Scalars
from value_scaling.learning.mapping import LAYOUTS
from value_scaling.learning.replay import chunks
from value_scaling.learning.training.device_program import BLOCK, DeviceProgram
from value_scaling.learning.training.host_group import HostGroup
from value_scaling.learning.training.host_program import HostProgram
from value_scaling.learning.training.registry import make_program
from value_scaling.learning.training.runs import Run
from value_scaling.records import Setting
from value_scaling.records.training import Task, Training

RUNS, CAPACITY = 3, 3
STEPS = 160_000
ALIAS = re.compile(r"input_output_alias=\{(.*?)\}, entry_computation_layout")

Case = tuple[Any, tuple[Any, ...], tuple[int, ...]]
"""A jitted function, its arguments, and the positions of the donated ones."""


def shapes(tree: Any) -> Any:
    return jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype), tree)


def vector(kind: Any, *shape: int) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(shape, kind)


def host_cases(tiny: Training, algorithm: str, layout: str) -> dict[str, Case]:
    """Return every jitted function of `HostProgram`, and those of `chunks`."""
    name = "CartPole-v1" if algorithm == "dqn" else "Pendulum-v1"
    task = replace(tiny.tasks[0], name=name)
    training = replace(tiny, algorithm=algorithm, replay=STEPS, tasks=(task,))
    setting = Setting(name, 1.0, 16, 1e-3)
    runs = [Run("tiny", "sweep", setting, seed) for seed in range(RUNS)]
    program = make_program(
        runs, training, capacity=CAPACITY, max_env_steps=STEPS, layout=layout
    )
    group = HostGroup(runs, training, program)
    state = shapes(group.state)
    own, replay, validation = state.without_replays(), state.replay, state.validation
    o, a = program.observation_size, program.action_size
    order, active = vector(jnp.int32, CAPACITY), vector(jnp.int32)
    packed = vector(jnp.float32, CAPACITY, a + 3 + 2 * o)
    observations = vector(jnp.float32, CAPACITY, o)
    counts = vector(jnp.int32, CAPACITY)
    scalars = state.agent.scalars
    keys = vector(jnp.uint32, CAPACITY, 2)
    return {
        "_start": (program._start, (keys, scalars, (observations, observations)), ()),
        "_step": (
            program._step,
            (own, replay, packed, counts, order, active),
            (0, 1),
        ),
        "_step_validation": (
            program._step_validation,
            (own, validation, packed, order, active),
            (1,),
        ),
        "_reset": (program._reset, (own, order, active), (0,)),
        "_begin": (program._begin, (own, replay, observations), (0, 1)),
        "_begin_validation": (
            program._begin_validation,
            (own, validation, observations),
            (1,),
        ),
        "_diagnose": (
            program._diagnose,
            (state, order, active),
            (),
        ),
        "chunks._set": pasted(replay, replay.FIELDS_TO_HEAD),
    }


def pasted(replay: Any, names: tuple[str, ...]) -> Case:
    """Return the function that writes a piece of a chunk to replays, with arguments."""
    contents = {name: getattr(replay, name) for name in names}
    piece = {
        name: vector(x.dtype, CAPACITY, replay.SLOTS_PER_TRANSFER, *x.shape[2:])
        for name, x in contents.items()
    }
    places = vector(jnp.int32, CAPACITY, replay.SLOTS_PER_TRANSFER)
    return chunks._set, (contents, places, piece), (0,)


def device_cases(layout: str) -> dict[str, Case]:
    """Return every jitted function of `DeviceProgram`, and those of `chunks`."""
    training = Training(
        study="tiny",
        tasks=(Task("walk", "playground", 8000, 400, 80),),
        algorithm="pql",
        seeds=RUNS,
        hidden=(8,),
        start_training=64,
        replay=STEPS,
        validation_every=4,
        diagnostics_every=80,
        num_envs=8,
    )
    runs = [
        Run("tiny", "sweep", Setting("walk", 1.0, 16, 1e-3), seed)
        for seed in range(RUNS)
    ]
    program = make_program(
        runs, training, capacity=CAPACITY, max_env_steps=STEPS, layout=layout
    )
    state = program.shapes()
    order, active = vector(jnp.int32, CAPACITY), vector(jnp.int32)
    one = vector(jnp.float32, CAPACITY)
    counts = vector(jnp.int32, CAPACITY, BLOCK)
    return {
        "_start": (
            program._start,
            (
                vector(jnp.uint32, CAPACITY, 2),
                Scalars(one, one, one, one),
                vector(bool, CAPACITY),
            ),
            (),
        ),
        "_advance": (
            program._advance,
            (state, counts, vector(jnp.int32), vector(jnp.int32), order, active),
            (0,),
        ),
        "_diagnose": (program._diagnose, (state, order, active), ()),
        "chunks._set": pasted(state.replay, state.replay.FIELDS_BY_TRANSITION),
    }


def jitted(program: type) -> set[str]:
    """Return the names of a program's compiled functions."""
    return {
        name for each in program.__mro__ for name, value in vars(each).items()
        if isinstance(value, cached_property) and name.startswith("_")
    }  # fmt: skip


def check(name: str, case: Case) -> None:
    """Compile, and compare aliased with donated buffers, leaf by leaf."""
    function, arguments, given_up = case
    lowered = function.lower(*arguments)
    donated = [
        leaf.shape
        for place in given_up
        for leaf in jax.tree.leaves(lowered.args_info[0][place])
        if leaf.donated
    ]
    leaves = [x for place in given_up for x in jax.tree.leaves(arguments[place])]
    assert len(donated) == len(leaves), f"{name} does not give up what it replaces"
    others = [
        leaf
        for place, argument in enumerate(lowered.args_info[0])
        if place not in given_up
        for leaf in jax.tree.leaves(argument)
    ]
    assert not any(leaf.donated for leaf in others)
    compiled = lowered.compile()
    head = compiled.as_text().splitlines()[0]
    found = ALIAS.search(head)
    aliases = re.findall(r"\{[\d, ]*\}: \(", found[1]) if found else []
    assert len(aliases) == len(leaves), f"{name}: {len(leaves)} given up"
    size = sum(int(np.prod(x.shape)) * x.dtype.itemsize for x in leaves)
    memory = compiled.memory_analysis()
    assert memory.alias_size_in_bytes >= size
    # Other outputs and temporary memory are smaller than a second replay.
    replay = [x for x in leaves if x.size >= STEPS // 8 * RUNS]
    if replay:
        fresh = memory.output_size_in_bytes - memory.alias_size_in_bytes
        whole = sum(x.size * x.dtype.itemsize for x in replay)
        assert fresh + memory.temp_size_in_bytes < whole, name


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    "algorithm",
    [
        "sac",
        pytest.param("bro", marks=pytest.mark.slow),
        pytest.param("td3", marks=pytest.mark.slow),
        "dqn",
    ],
)
def test_every_buffer_that_is_given_up_is_used_again(
    tiny: Training, algorithm: str, layout: str
) -> None:
    cases = host_cases(replace(tiny, hidden=(8, 8)), algorithm, layout)
    assert cases.keys() >= jitted(HostProgram)
    for name, case in cases.items():
        check(name, case)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_so_it_is_on_the_device(layout: str, use_tasks: Callable) -> None:
    use_tasks({"walk": Walk()})
    cases = device_cases(layout)
    assert cases.keys() >= jitted(DeviceProgram)
    for name, case in cases.items():
        check(name, case)
