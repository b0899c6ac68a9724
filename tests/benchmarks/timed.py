"""CPU seconds of the calls of a method."""

import time
from collections import Counter
from typing import Any

import jax


def time_calls(owner: Any, name: str, part: str, seconds: Counter[str]) -> None:
    """Add the CPU seconds of each call of a method to a part."""
    call = getattr(owner, name)

    def timed(*arguments: Any, **named: Any) -> Any:
        clock = time.process_time()
        found = jax.block_until_ready(call(*arguments, **named))
        seconds[part] += time.process_time() - clock
        return found

    object.__setattr__(owner, name, timed)  # a program is frozen
