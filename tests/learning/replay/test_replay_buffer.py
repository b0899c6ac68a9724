"""The replay compared with a plain list, with transitions that encode their number."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from value_scaling.learning.replay import replay_buffer

Held = dict[float, tuple[float, float, float]]


def fill(
    slots: int, steps: int, *, seed: int, most: int = 10**6
) -> tuple[replay_buffer.ReplayBuffer, list[tuple]]:
    """Insert transitions t of observation, action and reward t, with some resets."""
    rng = np.random.default_rng(seed)
    now, written = 0.0, []
    memory = replay_buffer.empty(slots, jnp.array([now]), 1)
    insert = jax.jit(partial(replay_buffer.insert, most=most))
    for _ in range(steps):
        ended, mask = rng.random() < 0.3, float(rng.random() < 0.5)
        following = now + 1.0
        after = following + (1000.0 if ended else 0.0)
        memory = insert(
            memory,
            replay_buffer.Transition(
                action=jnp.array([now]),
                reward=jnp.array(now),
                mask=jnp.array(mask),
                next_observation=jnp.array([following]),
                ended=jnp.array(float(ended)),
                observation=jnp.array([after]),
            ),
        )
        written.append((now, mask, following, ended))
        now = after
    return memory, written


def held(memory: replay_buffer.ReplayBuffer) -> replay_buffer.Batch:
    """Return everything in the replay, oldest first."""
    one = jax.tree.map(lambda x: x[None], memory)
    return replay_buffer.take(one, jnp.int32(0), jnp.arange(int(memory.count)))


@pytest.mark.parametrize(("slots", "steps"), [(200, 90), (40, 90), (7, 50), (64, 64)])
def test_what_is_held_is_what_was_written_last(slots: int, steps: int) -> None:
    memory, written = fill(slots, steps, seed=slots)
    batch, count = held(memory), int(memory.count)
    # Each transition takes a slot, and another at an episode's end; one is current.
    room, expected = slots - 1, []
    for row in reversed(written):
        room -= 1 + row[3]
        if room < 0:
            break
        expected.append(row)
    expected.reverse()
    assert count in (len(expected), len(expected) + 1)  # an end may just have fit
    newest = written[-count:]
    np.testing.assert_array_equal(batch.observations[:, 0], [r[0] for r in newest])
    np.testing.assert_array_equal(batch.actions[:, 0], [r[0] for r in newest])
    np.testing.assert_array_equal(batch.rewards, [r[0] for r in newest])
    np.testing.assert_array_equal(batch.masks, [r[1] for r in newest])
    np.testing.assert_array_equal(batch.next_observations[:, 0], [r[2] for r in newest])


def test_nothing_is_lost_with_two_slots_a_step() -> None:
    memory, written = fill(2 * 80 + 2, 80, seed=1)
    assert int(memory.count) == len(written) == 80


@pytest.mark.parametrize("most", [1, 2, 30, 57])
def test_no_more_is_held_than_stated(most: int) -> None:
    """There are slots for an end after each transition, so none is lost early."""
    for steps in (most, 3 * most + 11):
        memory, written = fill(2 * most + 2, steps, seed=most, most=most)
        assert int(memory.count) == min(most, steps)
        np.testing.assert_array_equal(
            held(memory).rewards, [row[0] for row in written[-most:]]
        )


def test_sampling_is_uniform_over_transitions() -> None:
    memory, _ = fill(20, 60, seed=2)
    one = jax.tree.map(lambda x: x[None], memory)
    draw = jax.jit(partial(replay_buffer.sample, batch_size=20_000))
    rewards = np.asarray(draw(one, jnp.int32(0), jax.random.key(0)).rewards)
    values, counts = np.unique(rewards, return_counts=True)
    assert set(values) == set(np.asarray(held(memory).rewards))
    expected = 20_000 / len(values)
    chi_square = ((counts - expected) ** 2 / expected).sum()
    assert chi_square < 3 * len(values)


def test_newest_counts_back_from_the_last() -> None:
    memory, written = fill(50, 30, seed=3)
    one = jax.tree.map(lambda x: x[None], memory)
    rewards = replay_buffer.newest(one, jnp.int32(0), 5).rewards
    np.testing.assert_array_equal(rewards, [r[0] for r in written[:-6:-1]])
