"""The hash that shows whether finished runs match the training file."""

import hashlib
import json
from dataclasses import asdict, fields

from value_scaling.records import Setting
from value_scaling.records.training import Training

ADDED_LATER = (
    "reset_steps",
    "reset_updates",
    "num_envs",
    "n_step",
    "reward_scale",
    "exploration_steps",
    "exploration_end",
    "target_every",
    "widths",
    "actor_learning_rate",
    "critic_layer_norm",
    "lecun_init",
    "stop_at_level",
)
"""Training settings that were added after some runs had finished."""


def digest(setting: Setting, training: Training) -> str:
    """Return the hash of everything that decides the runs of a setting but the code.

    The entries of other tasks, the lengths of runs at other σ and other widths do not
    change it.
    """
    training = training.of(setting.env, setting.width)
    table = asdict(training)
    del table["tasks"], table["steps_by_utd"]
    # A setting that was added later counts only if it is used: older runs stay valid.
    for each in fields(training):
        if each.name in ADDED_LATER and getattr(training, each.name) == each.default:
            del table[each.name]
    table["task"] = asdict(training.task(setting.env))
    del table["task"]["algorithm"]  # table["algorithm"] already is the task's own
    table["task"]["steps"] = training.steps(setting)
    table["setting"] = setting.table()
    text = json.dumps(table, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
