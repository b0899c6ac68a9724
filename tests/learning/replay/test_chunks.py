"""Chunks of a replay, cut and pasted into another one, give the same bits."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from value_scaling.learning.replay import chunks, replay_buffer
from value_scaling.learning.replay.chunks import Position

RUNS = 3


class Written:
    """Replays of three runs, in which random episodes are stored."""

    def __init__(self, slots: int, seed: int = 0) -> None:
        self.rng = np.random.default_rng(seed)
        start = jnp.zeros((RUNS, 2))
        self.memory = jax.vmap(replay_buffer.empty, (None, 0, None))(slots, start, 1)
        self.heads, self.transitions = np.zeros(RUNS, int), 0

    @property
    def position(self) -> Position:
        return Position(self.heads.copy(), self.transitions)

    def write(self, steps: int) -> None:
        for _ in range(steps):
            ended = self.rng.random(RUNS) < [0.0, 0.2, 0.9]
            new = replay_buffer.Transition(
                action=self.rng.normal(size=(RUNS, 1)),
                reward=self.rng.normal(size=RUNS),
                mask=self.rng.integers(0, 2, RUNS).astype(float),
                next_observation=self.rng.normal(size=(RUNS, 2)),
                ended=ended.astype(float),
                observation=self.rng.normal(size=(RUNS, 2)),
            )
            self.memory = insert(self.memory, jax.tree.map(jnp.float32, new))
            self.heads += 1 + ended
            self.transitions += 1


insert = jax.jit(jax.vmap(replay_buffer.insert))


def copy(memory: replay_buffer.ReplayBuffer) -> replay_buffer.ReplayBuffer:
    """Return a replay with the state saved beside the chunks, without contents."""
    marks = {name: getattr(memory, name) for name in ("head", "first", "count")}
    blank = jax.tree.map(jnp.zeros_like, memory)
    return blank.replace(**{name: jnp.array(x) for name, x in marks.items()})  # type: ignore[attr-defined]


def assert_same(
    found: replay_buffer.ReplayBuffer, wanted: replay_buffer.ReplayBuffer
) -> None:
    for name in ("observations", "actions", "rewards", "masks", "starts"):
        np.testing.assert_array_equal(
            getattr(found, name), getattr(wanted, name), err_msg=name
        )


@pytest.mark.parametrize("piece", [1024, 8])
@pytest.mark.parametrize(
    ("slots", "writes"),
    [
        (500, (40, 60, 0, 1)),  # it never wraps
        (50, (20, 30, 25, 90, 3)),  # it wraps between, within and more than once
        (8, (3, 3, 3, 3)),
    ],
)
def test_chunks_in_order_are_the_whole(
    slots: int, writes: tuple, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay_buffer.ReplayBuffer, "SLOTS_PER_TRANSFER", piece)
    written, cuts, since = Written(slots), [], chunks.start(RUNS)
    for steps in writes:
        written.write(steps)
        cuts.append(chunks.read_chunk(written.memory, since, written.position))
        since = written.position
    np.testing.assert_array_equal(written.memory.head, written.heads % slots)
    found = copy(written.memory)
    for cut in cuts:
        found = chunks.write_chunk(found, cut)
    assert_same(found, written.memory)


def test_chunks_that_were_written_over_are_not_needed() -> None:
    written, cuts, since = Written(30), [], chunks.start(RUNS)
    for _ in range(12):
        written.write(10)
        cuts.append(chunks.read_chunk(written.memory, since, written.position))
        since = written.position
    now = since.transitions
    needed = [
        cut
        for cut in cuts
        if not chunks.is_overwritten(int(cut["transitions"]), now, 30)
    ]
    assert len(needed) == 3
    found = copy(written.memory)
    for cut in needed:
        found = chunks.write_chunk(found, cut)
    assert_same(found, written.memory)


def test_a_chunk_is_as_large_as_what_was_written() -> None:
    written = Written(5000)
    written.write(200)
    before = written.position
    written.write(10)
    cut = chunks.read_chunk(written.memory, before, written.position)
    width = (written.heads - before.heads).max() + 1
    assert cut["observations"].shape == (RUNS, width, 2)
    assert 11 <= width <= 21
    assert cut["starts"].shape == (RUNS, 10)


def test_only_what_was_written_leaves_the_device(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Bytes that are fetched do not grow with the replay."""
    fetched = []
    real = jax.device_get

    def get(tree: object) -> object:
        fetched.append(sum(x.nbytes for x in jax.tree.leaves(tree)))
        return real(tree)

    monkeypatch.setattr(chunks.jax, "device_get", get)
    for slots in (4_000, 40_000):
        written = Written(slots)
        written.write(3)
        chunks.read_chunk(written.memory, chunks.start(RUNS), written.position)
    half = len(fetched) // 2
    assert fetched[:half] == fetched[half:]
