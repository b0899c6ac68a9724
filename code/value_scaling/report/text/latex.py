"""Text, numbers and intervals as LaTeX."""

import math
import re

import numpy as np

from value_scaling.records import Bounded, Estimate
from value_scaling.report.text.plain import plain

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    ">": "$>$",
    "<": "$<$",
    "|": r"\textbar{}",
    "·": r"$\cdot$",
    "×": r"$\times$",
    "−": "$-$",
    "–": "--",
    "…": r"\dots{}",
    "α": r"$\alpha$",
    "β": r"$\beta$",
    "δ": r"$\delta$",
    "η": r"$\eta$",
    "σ": r"$\sigma$",
    "*": r"$^{*}$",
    "†": r"\dag{}",
}
_TERMS = {
    "sigma*": r"$\sigma^*$",
    "σ*": r"$\sigma^*$",
    "η*": r"$\eta^*$",
    "B*": r"$B^*$",
    "D_min": r"$D^{\min}$",
    "D_J": "$D_J$",
    "C_J": "$C_J$",
    "alpha of": r"$\alpha$ of",
}
_LETTERS = re.compile(
    "[\n -~\u00a0-\u0125\u0128-\u0137\u0139-\u013e\u0141-\u0148\u014a-\u0165"
    "\u0168-\u017e\u2014\u2018\u2019\u201c\u201d]"
)
"""Characters that LaTeX's utf8 encoding and the T1 fonts print: Latin letters and
signs."""
_TERM = re.compile("|".join(re.escape(term) for term in _TERMS))
_FIXED = (1e-3, 1e5)
"""Range of magnitudes that are written without a power of ten."""
_GROUPED = 1e4
_MOST_PERCENT = 1000
_APART = 1e3
"""Ratio of a value to the larger end of its interval above which each is written with
its own decimals."""
MISSING = "--"
_SIGNS = {"≥": r"\geq ", "≤": r"\leq ", ">": "{>}", "<": "{<}"}


def escape(text: str) -> str:
    """Escape `text` so that LaTeX prints it unchanged; Greek letters become symbols.

    A character that the paper's fonts lack is written as its number, e.g. U+65E5.
    """
    return "".join(
        _SPECIAL.get(c) or (c if _LETTERS.fullmatch(c) else code_point(c)) for c in text
    )


def code_point(character: str) -> str:
    """Return the number of a character that cannot be shown."""
    return f"[U+{ord(character):04X}]"


def prose(text: str) -> str:
    """Escape `text`, and set symbols such as D_J and σ* as formulas."""
    parts, end = [], 0
    for match in _TERM.finditer(text):
        parts += [escape(text[end : match.start()]), _TERMS[match.group()]]
        end = match.end()
    return "".join([*parts, escape(text[end:])])


def number(value: float, digits: int = 3) -> str:
    """Write a number with `digits` significant digits, or `--` if it is not finite."""
    if not math.isfinite(value):
        return MISSING
    return f"${bare(value, digits)}$"


def count(value: int) -> str:
    """Write an integer in full."""
    return f"${_grouped(str(int(value)))}$"


def percent(value: float) -> str:
    """Write a relative error or share as whole percents."""
    return f"${bare_percent(value)}\\%$" if math.isfinite(value) else MISSING


def bare_percent(value: float) -> str:
    """Write whole percents inside math mode; above 1000, only a bound."""
    whole = round(100 * value)
    if whole > _MOST_PERCENT:
        return f"{{>}}{_MOST_PERCENT}"
    return str(whole)


def bounds(values: Estimate, digits: int = 3) -> str:
    """Write only the interval, $[low, high]$, or `--` if none is known."""
    _, low, high, power = _alike(values, digits)
    return MISSING if MISSING in (low, high) else f"$[{low}, {high}]{power}$"


def with_bounds(values: Estimate, digits: int = 3) -> str:
    """Write a value and its interval to the same decimal place."""
    value, low, high, power = _alike(values, digits)
    if value == MISSING or MISSING in (low, high):
        return number(float(values.value), digits)
    return f"${value}{power}$ $[{low}, {high}]{power}$"


def bounded(found: Bounded, digits: int = 3) -> str:
    r"""Write an estimate from a search, e.g. `$\geq 16$ [$4.5$, $\geq 16$]`."""
    low, high = found.ends
    if not math.isfinite(found.value):
        return MISSING
    if not any(found.limits.sign(part) for part in (found.value, low, high)):
        return with_bounds(found.values, digits)

    def text(part: float) -> str:
        if sign := found.limits.sign(part):
            return _SIGNS[sign] + plain(found.limits.limit(part))
        return bare(part, digits)

    value = f"${text(found.value)}$"
    known = math.isfinite(low) and math.isfinite(high)
    if not known or text(low) == text(high) == text(found.value):
        return value
    return f"{value} $[{text(low)}, {text(high)}]$"


def _alike(values: Estimate, digits: int) -> tuple[str, str, str, str]:
    """Return value, low and high with common decimals, and a common power of ten.

    The largest number determines the decimals. The power is empty if none is needed.
    """
    parts = [float(np.asarray(part)) for part in _parts(values)]
    largest = max((abs(part) for part in parts if math.isfinite(part)), default=0.0)
    value = abs(parts[0])
    if value > 0 and largest / value > _APART:
        texts = [
            bare(part, digits) if math.isfinite(part) else MISSING for part in parts
        ]
        return texts[0], texts[1], texts[2], ""
    unit, power, decimals = 1.0, "", digits - 1
    if _FIXED[0] <= largest < _FIXED[1]:
        decimals = _decimals(largest, digits)
    elif largest > 0:
        exponent = math.floor(math.log10(largest))
        unit, power = 10.0**exponent, f"\\times 10^{{{exponent}}}"
    texts = [
        _grouped(f"{part / unit:.{decimals}f}") if math.isfinite(part) else MISSING
        for part in parts
    ]
    return texts[0], texts[1], texts[2], power


def scaled(values: Estimate, unit: float) -> Estimate:
    """Divide an estimate by a unit."""
    return Estimate(*(np.asarray(part) / unit for part in _parts(values)))


def _parts(values: Estimate) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return values.value, values.low, values.high


def bare(value: float, digits: int) -> str:
    """Write a finite number for use inside math mode."""
    if value == 0:
        return "0"
    rounded = float(f"{value:.{digits - 1}e}")  # 9.996 is 10.0 at three digits
    magnitude = abs(rounded)
    if _FIXED[0] <= magnitude < _FIXED[1]:
        return _grouped(f"{rounded:.{_decimals(magnitude, digits)}f}")
    mantissa, power = f"{rounded:.{digits - 1}e}".split("e")
    return f"{mantissa}\\times 10^{{{int(power)}}}"


def _decimals(magnitude: float, digits: int) -> int:
    return max(0, digits - 1 - math.floor(math.log10(magnitude)))


def _grouped(text: str) -> str:
    """Separate thousands in numbers of five or more digits."""
    whole, point, rest = text.partition(".")
    if abs(int(whole)) < _GROUPED:
        return text
    return f"{int(whole):,}".replace(",", "\\,") + point + rest
