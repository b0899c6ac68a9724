"""The matrix products of an update, which bound the speed of any program."""

import time

import jax

SECONDS = 1.0


def update_flops(observation: int, action: int, width: int, batch: int) -> float:
    """Return the FLOPs of the matrix products of one SAC update, two hidden layers."""

    def product(inputs: int, outputs: int) -> int:
        return 2 * batch * inputs * outputs

    def forward(inputs: int, outputs: int) -> int:
        return sum(
            product(*each)
            for each in ((inputs, width), (width, width), (width, outputs))
        )

    # Two critics: targets, loss and its gradient (as much as two forward passes), and
    # the actor's loss with the gradient of the actions. Actor: next actions, actions,
    # and their gradient. No gradient of observations, or of actions in the replay.
    critics = 6 * forward(observation + action, 1)
    critics -= product(observation + action, width) + product(observation, width)
    actor = 4 * forward(observation, 2 * action) - product(observation, width)
    return 2 * critics + actor


def peak(width: int, batch: int) -> float:
    """Return the FLOPs in a CPU-second of products [batch, width] × [width, width]."""
    products = 500
    weights = jax.numpy.eye(width)

    @jax.jit
    def chain(x: jax.Array, weights: jax.Array) -> jax.Array:
        return jax.lax.fori_loop(0, products, lambda _, y: y @ weights, x)

    x = jax.numpy.ones((batch, width))
    jax.block_until_ready(chain(x, weights))
    done, clock = 0, time.process_time()
    while time.process_time() - clock < SECONDS:
        jax.block_until_ready(chain(x, weights))
        done += products
    return 2 * batch * width**2 * done / (time.process_time() - clock)
