"""The one error that a user can cause."""


class ScalingError(Exception):
    """A mistake in the input, told in one message that says what to do.

    Args:
        what: the file or setting that was being read or used.
        found: what was there.
        expected: what should have been there.
        fix: what to do about it.
    """

    def __init__(self, what: object, *, found: str, expected: str, fix: str) -> None:
        super().__init__(
            f"{what}: found {found}; expected {expected}. What to do: {fix}"
        )
