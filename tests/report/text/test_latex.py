"""Numbers and text as LaTeX."""

import numpy as np
import pytest

from value_scaling.records import Estimate
from value_scaling.report.text.latex import (
    bounds,
    count,
    escape,
    number,
    percent,
    prose,
    with_bounds,
)


def of(value: float, low: float, high: float) -> Estimate:
    return Estimate(*(np.asarray(part) for part in (value, low, high)))


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.42431, 3, "$0.424$"),
        (-0.04, 3, "$-0.0400$"),
        (0, 3, "$0$"),
        (9.996, 3, "$10.0$"),
        (99.96, 3, "$100$"),
        (1234.0, 3, "$1230$"),
        (84_891.7, 3, r"$84\,900$"),
        (210_501.0, 3, r"$2.11\times 10^{5}$"),
        (2.616e-9, 3, r"$2.62\times 10^{-9}$"),
        (99_990.0, 3, r"$1.00\times 10^{5}$"),
        (float("nan"), 3, "--"),
        (float("inf"), 3, "--"),
    ],
)
def test_number(value: float, digits: int, text: str) -> None:
    assert number(value, digits) == text


def test_count_is_never_rounded() -> None:
    assert count(1_234_567) == r"$1\,234\,567$"
    assert count(840) == "$840$"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.104, r"$10\%$"),
        (-0.001, r"$0\%$"),
        (1.5, r"$150\%$"),
        (168.7, r"${>}1000\%$"),
        (float("nan"), "--"),
    ],
)
def test_percent(value: float, text: str) -> None:
    assert percent(value) == text


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (of(0.4243, 0.35735, 0.4884), "$[0.357, 0.488]$"),
        (of(0.0505, -0.107, 0.208), "$[-0.107, 0.208]$"),
        (of(2.17e5, 2.99e4, 3.07e5), r"$[0.30, 3.07]\times 10^{5}$"),
        (of(2.6e-9, 8.1e-23, 3.9e-3), r"$[8.10\times 10^{-23}, 0.00390]$"),
        (of(0.5, np.nan, np.nan), "--"),
    ],
)
def test_bounds_have_the_decimals_of_the_largest(values: Estimate, text: str) -> None:
    assert bounds(values) == text


def test_a_value_and_its_interval_share_decimals_and_power() -> None:
    full = with_bounds(of(2.17e5, 2.99e4, 3.07e5))
    assert full == r"$2.17\times 10^{5}$ $[0.30, 3.07]\times 10^{5}$"
    assert with_bounds(of(0.5, np.nan, np.nan)) == "$0.500$"
    assert with_bounds(of(np.nan, np.nan, np.nan)) == "--"


def test_escape_and_prose() -> None:
    assert escape("50% & a_b #1 {x} ~^") == (
        r"50\% \& a\_b \#1 \{x\} \textasciitilde{}\textasciicircum{}"
    )
    assert prose("D_J ≥ 0, D_min_x") == r"$D_J$ $\geq$ 0, $D^{\min}$\_x"
    assert prose("sigma*(F) of a*b") == r"$\sigma^*$(F) of a$^{*}$b"
