"""Planted differences are found, and equal sides agree."""

import numpy as np
import pytest
from tests.agreement.conftest import planted

from agreement.curves import Side
from agreement.verdict import Difference, at_shared_steps, compare, summarise


def sides(ours: Side, peer: Side) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    both = {"ours": (ours.steps, ours.returns), "peer": (peer.steps, peer.returns)}
    return dict(at_shared_steps(both))


def test_equal_sides_agree_in_most_draws() -> None:
    pairs = [
        compare(
            f"row{n}",
            sides(planted(half=1500, seed=2 * n), planted(half=1500, seed=2 * n + 1)),
        )
        for n in range(20)
    ]
    assert sum(pair.agrees for pair in pairs) >= 15
    assert all(0 < pair.log_data.half_width < 0.2 for pair in pairs)


def test_a_planted_factor_of_data_is_found() -> None:
    found = compare(
        "row", sides(planted(half=1000, seed=0), planted(half=2000, seed=1))
    )
    assert found.log_data.low < np.log(0.5) < found.log_data.high
    assert not found.log_data.includes_zero
    assert not found.agrees


def test_a_planted_difference_of_final_returns_is_found() -> None:
    ours, peer = planted(half=800, seed=0), planted(half=800, seed=1)
    lower = Side(peer.steps, np.minimum(peer.returns, 80.0))
    found = compare("row", sides(ours, lower))
    assert found.final.value == pytest.approx(
        ours.returns[-4:].mean() - lower.returns[-4:].mean()
    )
    assert found.final.low > 0
    assert not found.agrees


def test_levels_lie_between_the_first_return_and_the_lower_top() -> None:
    ours, peer = planted(half=800, seed=0), planted(half=800, seed=1, top=50.0)
    found = compare("row", sides(ours, peer))
    assert 0 < found.levels[0] < found.levels[1] < found.levels[2] < 50
    assert found.gain == pytest.approx(50, abs=3)


def test_the_order_of_seeds_and_of_sides_only_changes_the_sign() -> None:
    ours, peer = planted(half=1000, seed=0), planted(half=1300, seed=1)
    there = compare("row", sides(ours, peer))
    back = compare("row", sides(peer, ours))
    assert back.log_data.value == pytest.approx(-there.log_data.value)
    assert back.final.value == pytest.approx(-there.final.value)


def test_only_steps_of_both_sides_are_compared() -> None:
    ours = planted(half=1000, seed=0)
    rare = Side(ours.steps[1::2], ours.returns[1::2, :6])
    both = sides(ours, rare)
    assert both["ours"][0].tolist() == both["peer"][0].tolist() == rare.steps.tolist()
    assert both["ours"][1].shape == (20, 10)
    assert both["peer"][1].shape == (20, 6)


def test_a_side_that_never_rises_has_no_interval_of_data() -> None:
    flat = np.zeros((40, 10))
    flat[0] = -1.0
    rng = np.random.default_rng(0)
    noise = flat + rng.normal(size=flat.shape)
    ours = planted(half=1000, seed=0)
    found = compare("row", sides(ours, Side(ours.steps, noise)))
    assert not found.agrees


def test_no_interval_is_no_agreement() -> None:
    assert not Difference(0.0, float("nan"), float("nan")).includes_zero


def test_the_summary_is_the_mean_over_seeds_inside_its_interval() -> None:
    own = planted(half=1000, seed=0)
    found = summarise("row", "ours", own.steps, own.returns)
    assert found.mean == pytest.approx(own.returns.mean(axis=1))
    assert (found.low <= found.mean).all()
    assert (found.mean <= found.high).all()
    assert found.final == pytest.approx(own.returns[-4:].mean())
