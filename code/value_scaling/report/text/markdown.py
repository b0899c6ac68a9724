"""Conversion of captions from LaTeX to Markdown."""

import re

from value_scaling.report.text.formulas import readable

_TEXT = {
    r"\textbackslash{}": "\\\\",
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
    r"\textbar{}": "|",
    r"\dots{}": "…",
    r"\dag{}": "†",
}


def markdown_of(text: str) -> str:
    """Rewrite a caption as Markdown, with symbols in place of LaTeX commands."""
    text = re.sub(r"\\textbf\{(.*?)\.\}", r"**\1.**", text)
    text = re.sub(r"\\texttt\{(.*?)\}", r"`\1`", text)
    for latex, own in _TEXT.items():
        text = text.replace(latex, own)
    return readable(re.sub(r"\\([&%#_{}])", r"\1", text))
