"""Names of LaTeX commands, formed from words."""

import re
from collections.abc import Iterator

Named = Iterator[tuple[str, str]]
"""Pairs of a command's name and a number as LaTeX."""
_DIGITS = {
    "0": "Zero",
    "1": "One",
    "2": "Two",
    "3": "Three",
    "4": "Four",
    "5": "Five",
    "6": "Six",
    "7": "Seven",
    "8": "Eight",
    "9": "Nine",
}


def command(*parts: str) -> str:
    """Form a command's name in camel case, with digits spelled out."""
    words = re.findall(r"[A-Za-z]+|[0-9]", " ".join(parts))
    return "".join(_DIGITS.get(word, word[:1].upper() + word[1:]) for word in words)
