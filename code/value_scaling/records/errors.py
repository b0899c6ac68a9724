"""Errors that a user can cause, and cleaning of text that they show."""

import re

_PASSWORD = re.compile(r"(?<=://)\S*@|[^\s/:@'\"]+:[^\s/@]+@")
"""User and password before the host of an address, with or without a scheme."""


def shown(text: object) -> str:
    """Return text that is safe to show on a terminal, on one line, without passwords.

    Names in archives, addresses and answers of servers are not trusted. Control
    characters, escape codes and characters that cannot be encoded become escapes such
    as `\\x1b`.
    """
    words = _PASSWORD.sub("***@", str(text))
    if words.isprintable():
        return words
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in words
    )


class ScalingError(Exception):
    """A mistake in the input; its message says what to do.

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
    """A file cannot be written, and the files that follow could not be, either."""


class Stopped(Exception):
    """A signal stopped the process after its work was saved.

    Args:
        number: number of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"stopped by signal {number}")
        self.number = number
