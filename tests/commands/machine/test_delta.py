"""`scaling delta`: δ by hand arithmetic from numbers, and what it refuses."""

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from value_scaling.commands.machine import measured_delta
from value_scaling.records.compute import Price


def said(out: str, name: str) -> float:
    (line,) = (line for line in out.splitlines() if line.startswith(name))
    return float(line.split()[-1])


def test_two_numbers(scaling) -> None:
    """5e13 FLOPs a second and 5000 steps a second: 1e10 FLOPs a step."""
    outcome = scaling("delta", "--flops-per-second", 5e13, "--steps-per-second", 5000)
    assert (outcome.code, outcome.err) == (0, "")
    assert said(outcome.out, "δ") == 1e10
    assert said(outcome.out, "seconds a step") == 2e-4
    assert "Assumed:\n- Updates and environment steps alternate" in outcome.out


@pytest.mark.parametrize(
    "step", [("--step-seconds", 2e-3), ("--steps-per-second", 500)]
)
def test_two_times(step: tuple, scaling) -> None:
    """10·1.5e5·256 FLOPs in 1 ms are 3.84e11 a second; times 2 ms, 7.68e8."""
    update = ("--update-seconds", 1e-3, "--batch-size", 256, "--model-size", 1.5e5)
    outcome = scaling("delta", *update, *step, "--json")
    assert (outcome.code, outcome.err) == (0, "")
    found = json.loads(outcome.out)
    assert found["delta"] == pytest.approx(7.68e8)
    assert found["flops_per_second"] == pytest.approx(3.84e11)
    assert found["step_seconds"] == pytest.approx(2e-3)
    assert found["assumes"]


FLOPS, STEPS = ("--flops-per-second", 1e12), ("--steps-per-second", 1e3)
UPDATE = ("--update-seconds", 1e-3, "--batch-size", 256, "--model-size", 1e5)


@pytest.mark.parametrize(
    "options",
    [
        (),
        FLOPS,
        STEPS,
        UPDATE,
        (*STEPS, *UPDATE[:4]),
        (*FLOPS, *STEPS, "--step-seconds", 1e-3),
        (*FLOPS, *STEPS, *UPDATE),
        (*FLOPS, *STEPS, "--batch-size", 256),
    ],
)
def test_too_little_or_too_much(options: tuple, refused) -> None:
    message = refused("delta", *options)
    assert "expected either --flops-per-second or all of --update-seconds" in message
    assert "either --steps-per-second or --step-seconds" in message
    for option in options[::2]:
        assert option in message.partition("expected")[0]


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "many"])
@pytest.mark.parametrize("option", ["--flops-per-second", "--step-seconds"])
def test_a_value_out_of_range(option: str, value: str, refused) -> None:
    message = refused("delta", option + "=" + value)
    assert message.startswith(f"scaling: {option}: found '{value}'; expected a ")


def test_a_batch_size_is_whole(refused) -> None:
    assert "--batch-size: found '2.5'" in refused("delta", "--batch-size", 2.5)


def test_a_study_and_numbers(refused) -> None:
    message = refused("delta", "classic", *FLOPS)
    assert "found study classic and --flops-per-second" in message
    assert "no STUDY" in refused("delta", "--tasks", "Ant-v4")
    assert "'clasic'" in refused("delta", "clasic")


def test_numbers_need_no_jax() -> None:
    code = (
        "import sys; from value_scaling.__main__ import main;"
        "main(['delta', '--flops-per-second', '1e12', '--step-seconds', '1']);"
        "assert 'jax' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_a_measured_study(monkeypatch: pytest.MonkeyPatch, scaling) -> None:
    """The middle batch size of each environment, and their geometric mean."""
    prices = {8: Price(1e9, 1e-3), 16: Price(2e9, 1e-3), 32: Price(4e9, 1e-3)}
    made = [
        SimpleNamespace(env=env, batch_size=size, update_seconds=1e-4, price=price)
        for env, sizes in (("HalfCheetah-v4", (8, 16, 32)),
                           ("cartpole-swingup", (8,)))
        for size in sizes
        for price in [prices[size]]
    ]  # fmt: skip
    monkeypatch.setattr(measured_delta, "measure_study", lambda *_: tuple(made))
    outcome = scaling("delta", "classic", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    found = json.loads(outcome.out)
    assert found["delta"] == pytest.approx((2e6 * 1e6) ** 0.5)
    assert found["delta_of_study_file"] == 3.4e6
    assert [row["delta"] for row in found["measured"]] == [1e6, 2e6, 4e6, 1e6]
    told = scaling("delta", "classic").out
    assert told.count("<-") == 3  # two rows, and what it means
    assert "δ = 1.4e+06 FLOPs a step" in told
