"""The source of a setting: keys, fixed values, names, and recognised keys."""

from typing import Any

import numpy as np
import pytest

from value_scaling.importers.logged import Logged, flat
from value_scaling.importers.options import Rules
from value_scaling.importers.rules.settings import (
    UnknownSetting,
    check_options,
    resolve,
)
from value_scaling.records import ScalingError, Setting

KNOWN = {"env_id": "Ant-v4", "batch_size": 256, "learning_rate": 3e-4, "seed": 1}


def log(name: str = "run", **labels: Any) -> Logged:
    return Logged(name, np.zeros(1), np.zeros(1), labels)


def test_recognised_keys_are_named_in_the_report() -> None:
    found = resolve(log(**KNOWN, utd_ratio=2), Rules())
    assert found.setting == Setting("Ant-v4", 2.0, 256, 3e-4)
    assert found.seed == "1"
    assert found.origins["utd"] == "key utd_ratio, recognised"


@pytest.mark.parametrize(
    ("labels", "expression", "utd"),
    [
        ({"gradient_steps": 4}, "gradient_steps", 4.0),
        ({"gradient_steps": 8, "train_freq": 4}, "gradient_steps/train_freq", 2.0),
        ({"a/b": 3}, "a/b", 3.0),
        ({"updates": 2, "n": 8}, "updates*n/4", 4.0),
        (flat({"agent": {"utd": 16}}), "agent.utd", 16.0),
    ],
)
def test_keys_and_ratios_of_keys(
    labels: dict[str, Any], expression: str, utd: float
) -> None:
    found = resolve(log(**KNOWN, **labels), Rules(config={"utd": expression}))
    assert found.setting.utd == utd
    assert found.origins["utd"] == f"key {expression}"


def test_names_fixed_values_and_keys_together() -> None:
    rules = Rules(
        pattern="{env}__w{width}__{seed}",
        fixed={"utd": "0.5", "learning_rate": "3e-4"},
        config={"batch_size": "width"},
    )
    found = resolve(log("logs/dm_control-run__w512__s3"), rules)
    assert found.setting == Setting("dm_control-run", 0.5, 512, 3e-4)
    assert found.seed == "s3"


def test_an_optional_axis_only_where_it_is_stated() -> None:
    """N is in the name, with the width that determines it."""
    labels = {**KNOWN, "utd": 1, "model_size": 5}
    assert resolve(log(**labels), Rules()).setting.others == ()
    rules = Rules(pattern="w{width}p{model_size}")
    found = resolve(log("w512p2286792", **labels), rules).setting
    assert found.others == (("model_size", 2286792),)
    assert found.width == 512
    rules = Rules(config={"model_size": "params"})
    with pytest.raises(UnknownSetting, match="no model_size"):
        resolve(log(**labels), rules)
    found = resolve(log(**labels, params=1e5), rules).setting
    assert found.values["model_size"] == 100_000


def test_a_slash_in_an_environment_becomes_a_hyphen() -> None:
    """The environment is a folder of the archive."""
    labels = {**KNOWN, "env_id": "ALE/Pong-v5", "utd": 1}
    assert resolve(log(**labels), Rules()).setting.env == "ALE-Pong-v5"


def test_objects_that_a_logger_wrote_as_text() -> None:
    """W&B's callback for Stable-Baselines3 logs every attribute of the model."""
    written = {
        "env": "<stable_baselines3.vec_env.DummyVecEnv object at 0x7f0c31a1c6d0>",
        "train_freq": "TrainFreq(frequency=4, unit=<TrainFrequencyUnit.STEP: 'step'>)",
        "gradient_steps": 2,
    }
    rules = Rules(config={"utd": "gradient_steps/train_freq"})
    assert resolve(log(**KNOWN, **flat(written)), rules).setting.utd == 0.5
    written["train_freq"] = (
        "TrainFreq(frequency=1, unit=<TrainFrequencyUnit.EPISODE: 'episode'>)"
    )
    with pytest.raises(UnknownSetting, match="which is not a number"):
        resolve(log(**KNOWN, **flat(written)), rules)


def test_spellings() -> None:
    rules = Rules(
        fixed={"env": "A", "learning_rate": "1e-3", "seed": "0"},
        pattern="utd{utd}_batch_{batch_size}",
        spellings={("utd", "05"): "0.5", ("batch_size", "4k"): "4096"},
    )
    found = resolve(log("utd05_batch_4k"), rules)
    assert (found.setting.utd, found.setting.batch_size) == (0.5, 4096)


@pytest.mark.parametrize(
    ("labels", "rules", "said"),
    [
        ({}, Rules(), "no utd (keys: batch_size, env_id, learning_rate, seed)"),
        (
            {"train_frequency": 4},
            Rules(),
            "no utd (try --config utd=1/train_frequency, which is 0.25 here)",
        ),
        (
            {"gradient_steps": 2, "train_freq": 4, "n_envs": 1},
            Rules(),
            "try --config utd=gradient_steps/train_freq/n_envs, which is 0.5 here)",
        ),
        (
            {"gradient_steps": "auto", "train_frequency": None},
            Rules(),
            "no utd (keys: batch_size, env_id, gradient_steps, learning_rate, seed, "
            "train_frequency)",
        ),
        (
            {"gradient_steps": -1, "_n_updates": 0},
            Rules(),
            "no utd (keys: batch_size, env_id, gradient_steps, learning_rate, seed)",
        ),
        (
            {"utd": 1, "utd_ratio": 2},
            Rules(),
            "several values of utd: utd = 1, utd_ratio = 2",
        ),
        ({"utd": "05"}, Rules(), "whose meaning is unknown"),
        ({"utd": "4k"}, Rules(), "--spelling utd:4k=VALUE"),
        ({"utd": -1}, Rules(), "Stable-Baselines3 means one update for each step"),
        ({"utd": "nan"}, Rules(), "a positive UTD ratio"),
        ({"utd": "fast"}, Rules(), "a positive UTD ratio"),
        ({"a": 1, "b": 0}, Rules(config={"utd": "a/b"}), "b = 0"),
        (
            {"a": "x", "b": 2},
            Rules(config={"utd": "a*b"}),
            "a = 'x', which is not a number",
        ),
        ({"utd": 1}, Rules(pattern="{x}_y"), "a name that does not match"),
    ],
)
def test_what_is_missing_or_wrong_is_said(
    labels: dict[str, Any], rules: Rules, said: str
) -> None:
    with pytest.raises(UnknownSetting) as error:
        resolve(log(**KNOWN, **labels), rules)
    assert said in str(error.value)


def test_a_batch_size_is_whole() -> None:
    labels = {**KNOWN, "utd": 1, "batch_size": 2.5}
    with pytest.raises(UnknownSetting, match="a positive whole number"):
        resolve(log(**labels), Rules())


def test_seeds() -> None:
    labels = {**KNOWN, "utd": 1}
    assert resolve(log(**labels | {"seed": 3.0}), Rules()).seed == "3"
    del labels["seed"]
    with pytest.raises(UnknownSetting, match="no seed"):
        resolve(log(**labels), Rules())
    found = resolve(log("runs/a", **labels), Rules(seed_each=True))
    assert found.seed == "runs/a"
    assert found.origins["seed"] == "each run counts as another seed"


@pytest.mark.parametrize(
    ("rules", "what", "found"),
    [
        (Rules(config={"UTD": "x"}), "--config", "'UTD'"),
        (Rules(fixed={"lr": "1"}), "--fixed", "'lr'"),
        (Rules(only={"task": ("A",)}), "--only", "'task'"),
        (
            Rules(config={"utd": "x"}, fixed={"utd": "1"}),
            "--config and --fixed",
            "utd in both",
        ),
        (
            Rules(pattern="u{utd}", fixed={"utd": "1"}),
            "--fixed and --name",
            "utd in both",
        ),
    ],
)
def test_wrong_options_are_refused(rules: Rules, what: str, found: str) -> None:
    with pytest.raises(ScalingError) as error:
        check_options(rules)
    assert (error.value.what, error.value.found) == (what, found)
