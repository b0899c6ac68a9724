"""Names and titles from users, drawn unchanged in figures."""

from functools import cache

from matplotlib.font_manager import FontProperties, findfont, get_font

from value_scaling.records.axes import Axis
from value_scaling.report.drawing.style import STYLE
from value_scaling.report.text.latex import code_point


def name_text(text: str) -> str:
    """Return a name in which a `$` does not begin a formula.

    A character that the font lacks is written as its number, e.g. U+65E5.
    """
    has = _letters()
    return "".join(
        r"\$" if c == "$" else c if ord(c) in has else code_point(c) for c in text
    )


@cache
def _letters() -> frozenset[int]:
    font = get_font(findfont(FontProperties(family=STYLE["font.family"])))
    return frozenset(font.get_charmap())


def axis_label(axis: Axis) -> str:
    """Return the label of an axis of a setting, with its unit."""
    return f"{axis.words.capitalize()} ${axis.latex}${axis.latex_unit}"


def best_label(axis: Axis) -> str:
    """Return the label of the best values on an axis, with their unit."""
    return f"Best {axis.words} ${axis.latex}^{{*}}${axis.latex_unit}"
