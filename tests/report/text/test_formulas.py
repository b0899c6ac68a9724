"""Formulas that are readable as they stand, and as MathML."""

from html import unescape

import pytest

from value_scaling.report.text.formulas import mathml, readable
from value_scaling.report.text.latex import escape
from value_scaling.report.text.markdown import markdown_of


def test_commands_become_symbols_in_formulas_only() -> None:
    latex = r"$$B^*(\sigma)\approx 2$$ and \sigma, $\eta\,\delta D$; \$\alpha"
    assert readable(latex) == r"$$B^*(σ)≈2$$ and \sigma, $η δD$; \$\alpha"


def test_a_command_without_a_symbol_stays() -> None:
    assert readable(r"$\frac{1}{\sigma}$") == r"$\frac{1}{σ}$"


@pytest.mark.parametrize(
    ("formula", "part"),
    [
        ("σ ≈ 2", "<mi>σ</mi>"),
        ("σ ≈ 2", "<mo>≈</mo>"),
        ("D^{min}", "<mo>min</mo>"),
        ("z − 1 < 2", "<mo>&lt;</mo>"),
        ("admin", "<mi>a</mi>"),
        (r"\frac{1}{σ}", "<mfrac>"),
    ],
)
def test_a_formula_is_drawn_by_the_browser(formula: str, part: str) -> None:
    drawn = unescape(mathml(formula))
    assert drawn.startswith("<math ")
    assert unescape(part) in drawn
    assert 'display="block"' in mathml(formula, block=True)


@pytest.mark.parametrize("title", [r"$\frac$", r"a\b~c^d|e", "σ* ≥ 1", "50 % & {x}"])
def test_any_title_can_be_shown(title: str) -> None:
    text = markdown_of(rf"\textbf{{{escape(title)}.}} $J=1$")
    assert text.endswith("** $J=1$")
    assert r"\text" not in text


@pytest.mark.parametrize("formula", ["18%", r"18\%"])
def test_a_percent_sign_is_drawn(formula: str) -> None:
    drawn = unescape(mathml(formula))
    assert "18" in drawn
    assert drawn.count("%") == 1
