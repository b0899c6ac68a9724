"""Numbers that may differ between the runs of one program."""

import flax.struct
from jax import Array


@flax.struct.dataclass
class Scalars:
    """Numbers of one run, each of shape []."""

    learning_rate: Array
    discount: Array
    tau: Array
    target_entropy: Array
