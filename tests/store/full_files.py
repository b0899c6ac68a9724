"""A study file and two training files that state every key, and how to change them."""

import copy
import json
from typing import Any

Place = tuple[str | int, ...]
"""Keys and numbers of items, from the top down."""

STUDY: dict[str, Any] = {
    "title": "Own",
    "algorithm": "SAC",
    "sweep_utds": [1.5, 3],
    "sweep_levels": [150, 250],
    "fitted_levels": [150, 250, 350, 450],
    "decided_at": [250],
    "model_size": 1e5,
    "delta": 1e9,
    "baseline_utd": 3,
    "proposal_utds": [1.5, 3],
    "fitted_utds": [3],
    "held_out_levels": 1,
    "facts": [["setting", "value", "source"]],
    "environments": [
        {
            "name": "Ant-v4",
            "max_return_sweep": 1000,
            "max_return_fitted": 900.5,
            "min_return": -16.5,
            "batch_sizes": [128, 256],
            "learning_rates": [1e-3, 2e-3],
            "other_grids": {"model_size": [1000, 4000]},
            "skipped": [{"utd": 3, "batch_size": 256, "learning_rate": 1e-3}],
        }
    ],
    "archives": {
        "sweep": {
            "file": "own_sweep.zip",
            "metric": "returns",
            "top": "own",
            "steps": {"start": 1000, "every": 1000},
            "crossing": "exceed",
            "reset_every": 2500000,
            "middle_only": True,
            "metrics": ["val.critic_loss"],
            "notes": ["a note"],
        }
    },
    "published": {
        "source": "here",
        "batch_slope": -0.4,
        "batch_at_one": {"Ant-v4": 300},
        "data_scale": 100,
        "data_utds": [1.5, 3],
        "data_coefficients": [[1.5, 2, 3]] * 4,
    },
}
ON_HOST: dict[str, Any] = {
    "algorithm": "sac",
    "seeds": 4,
    "hidden": [64, 32],
    "widths": [16, 64],
    "discount": 0.9,
    "tau": 0.01,
    "init_temperature": 0.5,
    "target_entropy": -0.7,
    "actor_learning_rate": 3e-4,
    "critic_layer_norm": True,
    "lecun_init": True,
    "start_training": 500,
    "replay": 5000,
    "stagger": True,
    "validation_every": 10,
    "diagnostics_every": 1500,
    "reset_steps": [3000],
    "reset_updates": 700,
    "steps_by_utd": {"3/2": 1.5},
    "stop_at_level": 1000,
    "tasks": [
        {
            "name": "Ant-v4",
            "engine": "gymnasium",
            "steps": 6000,
            "log_start": 500,
            "log_every": 250,
        }
    ],
}
ONLY_SAC = ("actor_learning_rate", "critic_layer_norm", "lecun_init")
OF_SAC = ("init_temperature", "target_entropy", *ONLY_SAC)
ON_DEVICE: dict[str, Any] = {
    key: value
    for key, value in ON_HOST.items()
    if key not in (*OF_SAC, "reset_steps", "reset_updates")
} | {
    "algorithm": "pql",
    "num_envs": 5,
    "n_step": 2,
    "reward_scale": 0.1,
    "tasks": [{**ON_HOST["tasks"][0], "engine": "playground"}],
}
ON_DISCRETE: dict[str, Any] = {
    key: value for key, value in ON_HOST.items() if key not in (*OF_SAC, "tau")
} | {
    "algorithm": "dqn",
    "exploration_steps": 2000,
    "exploration_end": 0.1,
    "target_every": 5,
}
MIXED: dict[str, Any] = ON_HOST | {
    "algorithm": "bro",
    "tasks": [{**ON_HOST["tasks"][0], "algorithm": "sac"}],
}
"""A task with an algorithm of its own."""


def spell(value: Any) -> str:
    """Return a value as TOML has it."""
    if isinstance(value, dict):
        inner = ", ".join(f"{json.dumps(k)} = {spell(v)}" for k, v in value.items())
        return f"{{ {inner} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(spell, value))}]"
    if isinstance(value, bool | str):
        return json.dumps(value)
    return repr(value)


def changed(table: dict[str, Any], place: Place, value: Any) -> str:
    """Return the file with one value replaced."""
    table = copy.deepcopy(table)
    below: Any = table
    for key in place[:-1]:
        below = below[key]
    below[place[-1]] = value
    return "".join(f"{key} = {spell(item)}\n" for key, item in table.items())
