"""Steps of a command that may fail independently of each other."""

import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

from value_scaling.records import ScalingError
from value_scaling.records.errors import CannotWrite

Result = TypeVar("Result")


class Attempts:
    """Runs steps and collects their errors."""

    def __init__(self) -> None:
        self.errors: list[ScalingError] = []

    def __call__(self, step: Callable[[], Sequence[ScalingError] | None]) -> None:
        """Take a step, which may return what went wrong in a part of it."""
        try:
            self.errors += step() or ()
        except CannotWrite:
            raise
        except ScalingError as error:
            self.errors.append(error)

    def result(self, step: Callable[[], Result]) -> Result | None:
        """Take a step and return its result; None: it failed."""
        found: list[Result] = []
        self(lambda: found.append(step()))
        return found[0] if found else None

    def messages(self) -> list[str]:
        """Return what failed, each message once."""
        return list(dict.fromkeys(str(error) for error in self.errors))

    def exit_code(self) -> int:
        """Print what failed and return the exit code: 2 if anything did."""
        sys.stdout.flush()
        for text in self.messages():
            print(f"scaling: {text}", file=sys.stderr)
        return 2 if self.errors else 0
