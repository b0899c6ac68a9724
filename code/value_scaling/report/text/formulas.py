"""Formulas that are readable as they stand, and as MathML.

Where nothing draws formulas, `$B^*(σ) ≈ (β/σ)^{α}$` can be read; the commands of LaTeX
cannot.
"""

import re

from latex2mathml.converter import convert

_SYMBOLS = {
    "alpha": "α",
    "beta": "β",
    "delta": "δ",
    "eta": "η",
    "sigma": "σ",
    "approx": "≈",
    "leq": "≤",
    "le": "≤",
    "geq": "≥",
    "ge": "≥",
    "to": "→",
    "propto": "∝",
    "sum": "Σ",
    "cdot": "·",
    "times": "×",
    "dots": "…",
    "dag": "†",
    "min": "min",
    "max": "max",
    "log": "log",
    "ln": "ln",
}
_SPACES = re.compile(r"\\[,;:! ]")
_COMMAND = re.compile(r"\\([a-zA-Z]+) ?")
_FORMULA = re.compile(r"(?<!\\)(\$\$?)(.+?)(?<!\\)\1", re.S)
# A symbol with two names may have either: `leq` and `le` are the same.
_COMMANDS = {symbol: rf"\{name} " for name, symbol in _SYMBOLS.items()}
_DRAWN = re.compile(
    "|".join(rf"\b{each}\b" if each.isalpha() else each for each in _COMMANDS)
)


def readable(text: str) -> str:
    """Write the symbols in the formulas of a text as such: `\\sigma` as σ."""
    return _FORMULA.sub(
        lambda found: f"{found[1]}{_readable(found[2])}{found[1]}", text
    )


def _readable(formula: str) -> str:
    symbols = _COMMAND.sub(
        lambda command: _SYMBOLS.get(command[1], command[0]), formula
    )
    return _SPACES.sub(" ", symbols)


def mathml(formula: str, *, block: bool = False) -> str:
    """Return a formula as an HTML element, which browsers draw without any script."""
    commands = _DRAWN.sub(lambda symbol: _COMMANDS[symbol[0]], formula)
    commands = commands.replace("−", "-")
    return str(convert(commands, display="block" if block else "inline"))
