"""The one error that a user can cause, and text from outside made fit to be shown."""

import re

_PASSWORD = re.compile(r"(?<=://)\S*@|[^\s/:@'\"]+:[^\s/@]+@")
"""What stands before the host of an address, with a scheme or without one."""


def shown(text: object) -> str:
    """Return text as a terminal may show it, on one line and without passwords.

    Control characters, escape codes and characters that no encoding has become escapes
    such as `\\x1b`: names in archives, addresses and answers of servers are text that
    others have written.
    """
    words = _PASSWORD.sub("***@", str(text))
    if words.isprintable():
        return words
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in words
    )


class ScalingError(Exception):
    """A mistake in the input, told in one message that says what to do.

    Args:
        what: the file or setting that was being read or used.
        found: what was there.
        expected: what should have been there.
        fix: what to do about it.
    """

    def __init__(self, what: object, *, found: str, expected: str, fix: str) -> None:
        self.what, self.found, self.expected, self.fix = what, found, expected, fix
        super().__init__(
            shown(f"{what}: found {found}; expected {expected}. What to do: {fix}")
        )


class CannotWrite(ScalingError):
    """A file cannot be written: whatever comes next could not be, either."""


class Stopped(Exception):
    """A signal asked to stop, and what was done is saved.

    Args:
        number: of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"stopped by signal {number}")
        self.number = number
