"""Train SBX's side of one row; the Python of `make peers` runs this script.

It needs nothing of this project. Usage: python sbx_peer.py REQUEST, a JSON file:
    algorithm   sac, td3 or dqn
    task        a task of gymnasium
    steps       environment steps of a run
    seeds       list of seeds, trained one after the other
    folder      where `seed_<n>.csv` is written, with the end and return of each episode
    arguments   arguments of SBX's class
    entropy_per_action  SAC: target entropy, divided by the number of action dimensions
    noise       TD3: standard deviation of the exploration noise
    epsilon     DQN: first step, length and end of the linear decrease of ε
    equations   equations of this project in place of SBX's: `double`, DQN's double
                targets and squared errors; `temperature`, the loss of SAC's temperature
"""

import json
import sys
import time
from pathlib import Path

import gymnasium
import jax
import jax.numpy as jnp
import numpy as np
import sbx  # type: ignore[import-not-found]
from sbx.dqn.dqn import DQN  # type: ignore[import-not-found]
from sbx.sac.sac import SAC  # type: ignore[import-not-found]
from stable_baselines3.common.monitor import Monitor  # type: ignore[import-not-found]
from stable_baselines3.common.noise import (  # type: ignore[import-not-found]
    NormalActionNoise,
)


def use_double_targets() -> None:
    """Replace SBX's DQN update: double-DQN targets, squared errors."""

    @jax.jit
    def update(
        qf_state,
        observations,
        replay_actions,
        next_observations,
        rewards,
        dones,
        discounts,
    ):
        best = qf_state.apply_fn(qf_state.params, next_observations).argmax(axis=1)
        following = qf_state.apply_fn(qf_state.target_params, next_observations)
        following = jnp.take_along_axis(following, best[:, None], axis=1)[:, 0]
        targets = rewards + (1 - dones) * discounts * following

        def loss(params):
            values = qf_state.apply_fn(params, observations)
            values = jnp.take_along_axis(values, replay_actions, axis=1)[:, 0]
            return ((values - targets) ** 2).mean(), values.mean()

        (value, mean), gradient = jax.value_and_grad(loss, has_aux=True)(
            qf_state.params
        )
        return qf_state.apply_gradients(grads=gradient), (value, mean)

    DQN.update_qnetwork = staticmethod(update)


def use_own_temperature() -> None:
    """Replace the loss of SAC's temperature α: α (H − H̄) instead of log α (H − H̄)."""

    @jax.jit
    def update(target_entropy, state, entropy):
        def loss(params):
            value = state.apply_fn({"params": params})
            return value * (entropy - target_entropy).mean()

        value, gradient = jax.value_and_grad(loss)(state.params)
        return state.apply_gradients(grads=gradient), value

    SAC.update_temperature = staticmethod(update)


EQUATIONS = {"double": use_double_targets, "temperature": use_own_temperature}


def train(request: dict, seed: int) -> None:
    """Train one seed and write its episodes."""
    env = Monitor(gymnasium.make(request["task"]))
    arguments = dict(request["arguments"])
    if request["algorithm"] == "sac":
        size = int(np.prod(env.action_space.shape))
        arguments["target_entropy"] = size * request["entropy_per_action"]
    if request["algorithm"] == "td3":
        size = env.action_space.shape
        noise = NormalActionNoise(np.zeros(size), np.full(size, request["noise"]))
        arguments["action_noise"] = noise
    clock = time.process_time()
    model = getattr(sbx, request["algorithm"].upper())(
        "MlpPolicy", env, seed=seed, **arguments
    )
    if request["algorithm"] == "dqn":
        start, length, end = request["epsilon"]

        def epsilon(left: float) -> float:
            done = ((1 - left) * request["steps"] - start) / length
            return 1 + (end - 1) * min(1.0, max(0.0, done))

        model.exploration_schedule = epsilon
    model.learn(request["steps"])
    lines = ["end,return"]
    ends = np.cumsum(env.get_episode_lengths())
    lines += [
        f"{end},{value!r}"
        for end, value in zip(ends, map(float, env.get_episode_rewards()), strict=True)
    ]
    path = Path(request["folder"]) / f"seed_{seed}.csv"
    part = path.with_suffix(".part")
    part.write_text("\n".join(lines) + "\n")
    part.replace(path)
    spent = time.process_time() - clock
    print(f"{request['task']}, seed {seed}: {spent:.0f} CPU seconds", flush=True)


def main() -> None:
    """Train the seeds of a request."""
    request = json.loads(Path(sys.argv[1]).read_text())
    if request.get("equations"):
        EQUATIONS[request["equations"]]()
    for seed in request["seeds"]:
        train(request, seed)


main()
