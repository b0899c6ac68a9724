"""The hash that tells whether finished runs are those that a training file asks for."""

import hashlib
import json
from dataclasses import asdict, fields

from value_scaling.records import Setting
from value_scaling.records.training import Training

LATER = (
    "reset_steps",
    "reset_updates",
    "num_envs",
    "n_step",
    "reward_scale",
    "exploration_steps",
    "exploration_end",
    "target_every",
)
"""Training settings that are younger than some finished runs."""


def digest(setting: Setting, training: Training) -> str:
    """Return the hash of everything that decides the runs of a setting but the code.

    Logging a task of its own, or another task's length, does not change it.
    """
    training = training.of(setting.env)
    table = asdict(training)
    del table["tasks"], table["steps_by_utd"]
    # What was added later counts only where it is used: older runs stay valid.
    for each in fields(training):
        if each.name in LATER and getattr(training, each.name) == each.default:
            del table[each.name]
    table["task"] = asdict(training.task(setting.env))
    del table["task"]["algorithm"]  # `of` has made it that of the table
    table["task"]["steps"] = training.steps(setting)
    table["setting"] = setting.table()
    text = json.dumps(table, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
