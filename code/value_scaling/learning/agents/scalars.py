"""Numbers that may differ between the runs of one program."""

import flax.struct
from jax import Array


@flax.struct.dataclass
class Scalars:
    """All of shape [], for one run."""

    learning_rate: Array
    discount: Array
    tau: Array
    target_entropy: Array
