"""Captions and cells of tables as HTML."""

import pytest

from value_scaling.report.text.html import html_of


@pytest.mark.parametrize(
    ("latex", "html"),
    [
        (r"\textbf{Gym: a \& b.} 95\%", "<b>Gym: a &amp; b.</b> 95%"),
        (r"\texttt{a\_b.zip}, \emph{x \textbf{y}}", None),
        (r"1--3~``quoted''", "1–3\u00a0“quoted”"),
        (r"a < b", "a &lt; b"),
        (r"\textbackslash{}x", "\\x"),
        (r"\{<script>\}", "{&lt;script&gt;}"),
    ],
)
def test_text(latex: str, html: str | None) -> None:
    nested = "<code>a_b.zip</code>, <em>x <b>y</b></em>"
    assert html_of(latex) == (html or nested)


def test_formulas_are_mathml_also_inside_bold_text() -> None:
    found = html_of(r"\textbf{The fit $D_J(\sigma)$.} At $J=800$")
    assert found.startswith("<b>The fit <math")
    assert found.count("<math") == found.count("</math>") == 2
    assert "$" not in found
    assert "\\" not in found
