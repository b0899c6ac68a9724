"""Name patterns: fields, text that does not matter, paths, and wrong patterns."""

import pytest

from value_scaling.importers.rules.pattern import Pattern
from value_scaling.records import ScalingError


@pytest.mark.parametrize(
    ("pattern", "name", "found"),
    [
        (
            "sac__{env}__utd{utd}_bs{batch_size}_lr{learning_rate}__{seed}",
            "logs/sac__dog-run__utd0.5_bs256_lr3e-4__7",
            {
                "env": "dog-run",
                "utd": "0.5",
                "batch_size": "256",
                "learning_rate": "3e-4",
                "seed": "7",
            },
        ),
        (
            "{env}/utd_{utd}/{seed}",
            "a/b/Ant-v4/utd_2/s1",
            {"env": "Ant-v4", "utd": "2", "seed": "s1"},
        ),
        (
            "utd{utd}_{}_bs{batch_size}_{}",
            "utd2_x_y_bs8_z",
            {"utd": "2", "batch_size": "8"},
        ),
        ("batch_{batch_size}", "batch_4k", {"batch_size": "4k"}),
        ("w{width}_utd{utd}", "w512_utd1", {"width": "512", "utd": "1"}),
        (
            "{env}__{}__{seed}__{}",
            "Hopper-v4__sac__1__1699",
            {"env": "Hopper-v4", "seed": "1"},
        ),
    ],
)
def test_a_name_is_read(pattern: str, name: str, found: dict[str, str]) -> None:
    assert Pattern(pattern).read(name) == found
    assert Pattern(pattern).names == found.keys()


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("utd{utd}", "simba_utd1"),
        ("utd{utd}", "utd1_old"),
        ("utd{utd}_bs{batch_size}", "utd1/bs2"),
        ("{env}/utd{utd}", "utd1"),
        ("x.utd{utd}", "x_utd1"),
    ],
)
def test_another_name_does_not_match(pattern: str, name: str) -> None:
    assert Pattern(pattern).read(name) is None


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("utd{utd", "a brace without its counterpart"),
        ("utd{{utd}}", "a brace without its counterpart"),
        ("utd", "no field in braces"),
        ("{}", "no field in braces"),
        ("{utd}_{utd}", "{utd} twice"),
        ("{utd-ratio}", "{utd-ratio}, which is not a name"),
    ],
)
def test_a_wrong_pattern_is_refused(pattern: str, found: str) -> None:
    with pytest.raises(ScalingError) as error:
        Pattern(pattern).names  # noqa: B018
    assert error.value.found == found
