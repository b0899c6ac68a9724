"""n-step transitions of many environments, compared with a loop over episodes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from value_scaling.learning.replay import n_step_buffer
from value_scaling.learning.replay.n_step_buffer import NStepBuffer

STEPS, ENVIRONMENTS, LIMIT, GAMMA = 60, 4, 5, 0.9

insert = jax.jit(n_step_buffer.insert)
take = jax.jit(n_step_buffer.take, static_argnums=3)


def history() -> list[dict[str, np.ndarray]]:
    """Return simulator steps whose numbers encode their place.

    An observation is [environment, step], and the last one of an episode is
    [environment, step, -1].
    """
    rng = np.random.default_rng(0)
    lengths = rng.integers(0, LIMIT, ENVIRONMENTS)  # as if they had begun before
    steps = []
    for step in range(STEPS):
        lengths += 1
        truncated = lengths >= LIMIT
        terminated = rng.random(ENVIRONMENTS) < 0.15
        truncated &= ~terminated
        lengths[truncated | terminated] = 0
        everyone = np.arange(ENVIRONMENTS)
        steps.append(
            {
                "observations": np.stack([everyone, np.full(4, step), 0 * everyone], 1),
                "actions": np.stack([everyone, np.full(4, step)], 1),
                "rewards": rng.normal(size=ENVIRONMENTS),
                "terminated": terminated,
                "truncated": truncated,
                "next_observations": np.stack(
                    [everyone, np.full(4, step + 1), -1.0 * (truncated | terminated)], 1
                ),
            }
        )
    return [
        {k: v if v.dtype == bool else v.astype(np.float32) for k, v in each.items()}
        for each in steps
    ]


HISTORY = history()


def filled(rows: int, steps: int = STEPS) -> NStepBuffer:
    replay = n_step_buffer.empty(rows, ENVIRONMENTS, 3, 2, LIMIT)
    for each in HISTORY[:steps]:
        replay = insert(replay, **each)
    return replay


def looped(step: int, environment: int, n: int) -> tuple[float, float, np.ndarray]:
    """Return the return, discount and next observation by a loop along the episode."""
    total = 0.0
    for k in range(n):
        here = HISTORY[step + k]
        total += GAMMA**k * here["rewards"][environment]
        if here["terminated"][environment]:
            return total, 0.0, here["next_observations"][environment]
        if here["truncated"][environment]:
            break
    return total, GAMMA ** (k + 1), here["next_observations"][environment]


@pytest.mark.parametrize("n", [1, 3, 7])
@pytest.mark.parametrize("rows", [STEPS + 5, 17])
def test_every_transition_is_that_of_a_loop(rows: int, n: int) -> None:
    """The replay holds everything, or is a ring that has wrapped several times."""
    replay = filled(rows)
    held = int(n_step_buffer.complete(replay, n))
    assert held == min(rows, STEPS) - n
    ages, environments = np.meshgrid(
        np.arange(held), np.arange(ENVIRONMENTS), indexing="ij"
    )
    batch = take(replay, ages.ravel(), environments.ravel(), n, jnp.float32(GAMMA))
    first = max(0, STEPS - rows)
    ends = 0
    for place, (age, environment) in enumerate(
        zip(ages.ravel(), environments.ravel(), strict=True)
    ):
        step = first + age
        total, discount, following = looped(step, environment, n)
        np.testing.assert_array_equal(batch.observations[place], [environment, step, 0])
        np.testing.assert_array_equal(batch.actions[place], [environment, step])
        assert batch.rewards[place] == pytest.approx(total, abs=1e-5)
        assert batch.discounts[place] == pytest.approx(discount, rel=1e-6)
        if discount:
            np.testing.assert_array_equal(batch.next_observations[place], following)
            ends += following[2] < 0
    assert ends >= 10  # truncations were among them


def test_samples_are_uniform_over_what_is_complete() -> None:
    replay = filled(17)
    batch = n_step_buffer.sample(
        replay, jax.random.key(0), 14 * ENVIRONMENTS * 200, 3, jnp.float32(GAMMA)
    )
    found = np.asarray(batch.observations)[:, :2].astype(int)
    _, counts = np.unique(found, axis=0, return_counts=True)
    assert found[:, 1].min() == STEPS - 17
    assert found[:, 1].max() == STEPS - 1 - 3
    assert len(counts) == 14 * ENVIRONMENTS
    assert np.abs(counts - 200).max() < 5 * 200**0.5


@pytest.mark.parametrize("size", [2, 4, 10])
def test_the_newest_are_of_the_last_rows_and_of_every_environment(size: int) -> None:
    batch = n_step_buffer.newest(filled(17), size, 3, jnp.float32(GAMMA))
    found = np.asarray(batch.observations)[:, :2].astype(int)
    assert len(np.unique(found, axis=0)) == size
    assert found[:, 1].min() == STEPS - 3 - -(-size // ENVIRONMENTS)
    assert found[:, 1].max() == STEPS - 1 - 3
    assert len(set(found[:, 0])) == min(size, ENVIRONMENTS)


def test_the_newest_of_a_few_rows_repeat_the_oldest() -> None:
    batch = n_step_buffer.newest(filled(17, steps=4), 12, 3, jnp.float32(GAMMA))
    np.testing.assert_array_equal(batch.observations[:, 1], 0.0)
