"""Formulas as readable text and as MathML.

Without a renderer, `$B^*(σ) ≈ (β/σ)^{α}$` is readable, while LaTeX commands are not.
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
# For a symbol with two names, such as `leq` and `le`, either one is used.
_COMMANDS = {symbol: rf"\{name} " for name, symbol in _SYMBOLS.items()}
_DRAWN = re.compile(
    "|".join(rf"\b{each}\b" if each.isalpha() else each for each in _COMMANDS)
)


def readable(text: str) -> str:
    """Replace commands in the formulas of a text by symbols, e.g. `\\sigma` by σ."""
    return _FORMULA.sub(
        lambda found: f"{found[1]}{_readable(found[2])}{found[1]}", text
    )


def _readable(formula: str) -> str:
    symbols = _COMMAND.sub(
        lambda command: _SYMBOLS.get(command[1], command[0]), formula
    )
    return _SPACES.sub(" ", symbols)


def mathml(formula: str, *, block: bool = False) -> str:
    """Return a formula as an HTML element that browsers draw without a script."""
    commands = _DRAWN.sub(lambda symbol: _COMMANDS[symbol[0]], formula)
    # A bare percent sign begins a comment, which ends the formula.
    commands = re.sub(r"(?<!\\)%", r"\%", commands.replace("−", "-"))
    return str(convert(commands, display="block" if block else "inline"))
