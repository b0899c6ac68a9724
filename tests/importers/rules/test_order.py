"""Steps that go back or repeat."""

from typing import Any

import numpy as np
import pytest

from value_scaling.importers.rules.order import in_order


def ordered(rule: Any, ties: Any, *pairs: tuple[float, float]) -> list:
    steps, values = np.array(pairs).T
    found = in_order(steps, values, rule, ties=ties)
    return list(zip(found.steps, found.values, strict=True))


RESUMED = [(1, 1), (2, 2), (3, 3), (4, 4), (3, 30), (4, 40), (5, 50)]
"""A run that was killed after step 4 and went on from a checkpoint after step 2."""


def test_the_later_part_of_a_resumed_run_counts() -> None:
    assert ordered("last", "mean", *RESUMED) == [
        (1, 1),
        (2, 2),
        (3, 30),
        (4, 40),
        (5, 50),
    ]


def test_the_earlier_part_counts() -> None:
    assert ordered("first", "mean", *RESUMED) == [
        (1, 1),
        (2, 2),
        (3, 3),
        (4, 4),
        (5, 50),
    ]


def test_the_mean_counts() -> None:
    assert ordered("mean", "mean", *RESUMED)[2:4] == [(3, 16.5), (4, 22)]


def test_what_the_resumed_run_did_not_log_again_is_gone() -> None:
    """Steps 3 and 4 belong to a network that was discarded at step 2.5."""
    found = ordered("last", "mean", (1, 1), (3, 3), (4, 4), (2.5, 9), (5, 5))
    assert found == [(1, 1), (2.5, 9), (5, 5)]


def test_twice_resumed() -> None:
    found = in_order(
        np.array([1.0, 2, 3, 2, 3, 4, 3, 4, 5]),
        np.arange(9.0),
        "last",
        ties="mean",
    )
    assert found.steps.tolist() == [1, 2, 3, 4, 5]
    assert found.values.tolist() == [0, 3, 6, 7, 8]
    assert (found.back, found.lost) == (2, 4)


def test_exact_repeats_are_taken_once_under_every_rule() -> None:
    pairs = [(1, 1), (2, 2), (1, 1), (2, 2), (3, 3)]
    for rule in ("last", "first", "mean", "refuse"):
        assert ordered(rule, "rule", *pairs) == [(1, 1), (2, 2), (3, 3)]


def test_episodes_that_end_together_are_averaged() -> None:
    assert ordered("last", "mean", (1, 1), (2, 2), (2, 4)) == [(1, 1), (2, 3)]


@pytest.mark.parametrize(("rule", "value"), [("last", 4), ("first", 2), ("mean", 3)])
def test_repeats_in_a_sorted_table(rule: str, value: float) -> None:
    found = ordered(rule, "rule", (1, 1), (2, 2), (2, 4), (3, 3))
    assert found == [(1, 1), (2, value), (3, 3)]


def test_unsorted_rows_of_a_table() -> None:
    found = ordered("mean", "rule", (3, 3), (1, 1), (2, 2))
    assert found == [(1, 1), (2, 2), (3, 3)]
