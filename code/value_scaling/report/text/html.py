"""Conversion of captions and cells of tables from LaTeX to HTML with MathML."""

import re
from functools import cache
from html import escape

from value_scaling.report.text.formulas import mathml

_FORMULA = re.compile(r"(?<!\\)\$(.+?)(?<!\\)\$", re.S)
_STYLES = {"textbf": "b", "textit": "i", "emph": "em", "texttt": "code"}
_STYLED = re.compile(r"\\(textbf|textit|emph|texttt)\{([^{}]*)\}")
_TEXT = {
    r"\textbackslash{}": "\\",
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
    r"\textbar{}": "|",
    r"\dots{}": "…",
    r"\dag{}": "†",
    r"\,": "\u2009",
    "~": "\u00a0",
    "``": "“",
    "''": "”",
    "--": "–",
}
_DROPPED = re.compile(r"\\rule\{[^{}]*\}\{[^{}]*\}|\\(?:par|noindent|smallskip)\b")
_ESCAPED = re.compile(r"\\([&%$#_{}])")
_HELD = "\ue000{}\ue001"
_FOUND = re.compile("\ue000(\\d+)\ue001")


def html_of(latex: str) -> str:
    """Return a text of the paper as HTML, with its formulas as MathML.

    Only the commands that captions and tables use are known. Others stay as they are.
    """
    held: list[str] = []

    def hold(html: str) -> str:
        held.append(html)
        return _HELD.format(len(held) - 1)

    text = _FORMULA.sub(lambda found: hold(_formula(found[1])), latex)
    for command, own in _TEXT.items():
        text = text.replace(command, hold(escape(own)))
    text = _ESCAPED.sub(lambda found: hold(escape(found[1])), text)
    text = escape(_DROPPED.sub("", text), quote=False)
    while text != (after := _STYLED.sub(_styled, text)):
        text = after
    return _FOUND.sub(lambda found: held[int(found[1])], text)


def _styled(found: re.Match[str]) -> str:
    tag = _STYLES[found[1]]
    return f"<{tag}>{found[2]}</{tag}>"


@cache
def _formula(formula: str) -> str:
    return mathml(formula)
