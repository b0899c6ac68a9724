"""A group of PQL runs, each of which steps many environments; as `group.Group` is.

Steps are counted in transitions: a simulator step of N environments is N of them. So σ
is critic updates for one transition, and the paper's axis C/D.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import jax
import numpy as np

from value_scaling.learning.agents.registry import DEVICE_AGENTS, make_config
from value_scaling.learning.agents.scalars import Scalars
from value_scaling.learning.backend import twins
from value_scaling.learning.envs import device_tasks
from value_scaling.learning.replay import row_chunks
from value_scaling.learning.replay.chunks import Position
from value_scaling.learning.training.base_group import BaseGroup
from value_scaling.learning.training.parallel_program import BLOCK, ParallelProgram
from value_scaling.learning.training.runs import Run
from value_scaling.learning.training.snapshots import Arrays
from value_scaling.records.schedule import updates_done
from value_scaling.records.training import Training


def make_program(
    runs: Sequence[Run],
    training: Training,
    *,
    capacity: int,
    longest: int,
    layout: str = "map",
) -> ParallelProgram:
    """Return the program for PQL runs of one environment and batch size.

    Args:
        capacity: runs that it holds.
        longest: most environment steps of a run in it.
        layout: see `mapping.LAYOUTS`.
    """
    (name, batch_size), *others = {
        (run.setting.env, run.setting.batch_size) for run in runs
    }
    assert not others, "a group has one environment and one batch size"
    engine, count = training.task(name).engine, training.num_envs
    task = device_tasks.make_task(engine, name)
    return ParallelProgram(
        config=make_config(DEVICE_AGENTS, training, twins=twins(layout)),
        engine=engine,
        task=name,
        observation_size=task.observation_size,
        action_size=task.action_size,
        environments=count,
        validation_environments=max(1, count // training.validation_every),
        n_step=training.n_step,
        batch_size=batch_size,
        capacity=capacity,
        # The last rows, whose n steps are not over, come on top.
        rows=min(-(-longest // count), training.replay // count) + training.n_step,
        layout=layout,
    )


class ParallelGroup(BaseGroup):
    """Runs that step many environments each, on the device throughout."""

    rings = ("memory", "validation")

    def __init__(
        self, runs: Sequence[Run], training: Training, program: ParallelProgram
    ) -> None:
        super().__init__(runs, training)
        self.program = program
        self.width, count = program.environments, len(runs)
        self.warmup = -(-training.start_training // self.width)

        def of_each(values: list[float]) -> Any:
            return np.array(values, np.float32)

        self.device = program.start(
            np.stack([run.key() for run in runs]),
            Scalars(
                learning_rate=of_each([run.setting.learning_rate for run in runs]),
                discount=of_each([training.discount] * count),
                tau=of_each([training.tau] * count),
                target_entropy=of_each([0.0] * count),  # of no use here
            ),
            stagger=training.stagger,
        )

    def _advance(self) -> None:
        first, end = self.step // self.width, self._next_stop() // self.width
        order = np.flatnonzero(self.active)
        self.device = self.program.advance(
            self.device,
            np.array([self._due(run, first, end) for run in self.runs]),
            warmup=self.warmup,
            order=order,
            active=len(order),
        )
        self.step = end * self.width
        failed_at = np.asarray(self.device.failed_at)[: len(self.runs)]
        self._fail(failed_at >= 0, failed_at * self.width)
        if self.step in self.log_steps:
            self._log()
        if self.step in self.diagnostic_steps:
            order = np.flatnonzero(self.active)
            values = self.program.diagnose(self.device, order, len(order))
            self._log_diagnostics(values[: len(self.runs)])

    def _next_stop(self) -> int:
        """Return the step up to which the program is called next."""
        stops = [self.step + BLOCK * self.width, self.total]
        for steps in (self.log_steps, self.diagnostic_steps):
            stops += steps[steps > self.step][:1].tolist()
        return min(stops)

    def _due(self, run: Run, first: int, end: int) -> list[int]:
        """Return the updates after each simulator step, so that σ holds exactly."""
        start = self.training.start_training
        done = [
            updates_done(run.setting.utd, step * self.width - start)
            for step in range(first, end + 1)
        ]
        return np.diff(done).tolist()

    def _log(self) -> None:
        count = len(self.runs)
        total, ended, last = (
            np.asarray(x)[:count]
            for x in (
                self.device.window_sum,
                self.device.window_count,
                self.device.last_return,
            )
        )
        row = np.where(ended > 0, total / np.maximum(ended, 1), last)
        self._log_returns(
            row,
            episode_steps=self.program.device_task.time_limit * self.width,
            missing=np.isnan(row) & (ended == 0),
        )
        self.device = self.device.replace(  # type: ignore[attr-defined]
            window_sum=jax.numpy.zeros_like(self.device.window_sum),
            window_count=jax.numpy.zeros_like(self.device.window_count),
        )

    def slots(self, ring: str) -> int:
        """Return the rows of a replay; of both `rings` the same."""
        return self.program.rows

    def position(self, ring: str) -> Position:
        """Return how far a replay has been written, in rows."""
        return Position(np.zeros(len(self.runs), int), self.step // self.width)

    def cut(self, ring: str, since: Position) -> Arrays:
        now = self.position(ring)
        rows = getattr(self.device, ring)
        return row_chunks.cut(rows, since.transitions, now.transitions)

    def state(self) -> Arrays:
        host = {f"host.{key}": value.copy() for key, value in self.host.items()}
        return {
            "step": np.array(self.step),
            "rows": np.array(self.program.rows),
            **{name: np.array(leaf) for name, leaf in self._small()},
            **host,
        }

    def fits(self, state: Arrays) -> bool:
        own = self.state()
        return own.keys() <= state.keys() and all(
            (value.shape, value.dtype) == (state[name].shape, state[name].dtype)
            and (name != "rows" or value == state[name])
            for name, value in own.items()
        )

    def restore_from(
        self,
        state: Arrays,
        pieces: Iterable[tuple[str, Arrays]],
    ) -> None:
        self.step = int(state["step"])
        self.host = {key: state[f"host.{key}"].copy() for key in self.host}
        for ring in self.rings:
            self._put(ring, row_chunks.without(getattr(self.device, ring)))
        small = {name for name, _ in self._small()}

        def leaf(path: Any, old: Any) -> Any:
            name = _name(path)
            return jax.numpy.asarray(state[name]) if name in small else old

        self.device = jax.tree_util.tree_map_with_path(leaf, self.device)
        for ring, chunk in pieces:
            self._put(ring, row_chunks.paste(getattr(self.device, ring), chunk))

    def _put(self, ring: str, rows: Any) -> None:
        self.device = self.device.replace(**{ring: rows})  # type: ignore[attr-defined]

    def _small(self) -> list[tuple[str, Any]]:
        """Return what is on the device but the rows of replays, by name."""
        rows = {
            f"device.{ring}.{field}"
            for ring in self.rings
            for field in row_chunks.FIELDS
        }
        found = jax.tree_util.tree_flatten_with_path(self.device)[0]
        return [(_name(path), leaf) for path, leaf in found if _name(path) not in rows]


def _name(path: Any) -> str:
    return f"device{jax.tree_util.keystr(path)}"
