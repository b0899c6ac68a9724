"""Conversion of an executed notebook to one HTML file without network or scripts."""

from typing import Any

import nbformat
from jinja2 import DictLoader, pass_context
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from value_scaling.report.text.formulas import mathml

_TEMPLATE = "without_scripts.html.j2"
_LOADER = DictLoader(
    {
        _TEMPLATE: """\
{%- extends 'index.html.j2' -%}
{%- block html_head_js -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
"""
    }
)
"""The exporter's page without the parts that it loads from the network."""


class _Renderer(IPythonRenderer):
    """Markdown renderer that writes formulas as MathML, which browsers draw."""

    def inline_math(self, body: str) -> str:
        return mathml(body)

    def block_math(self, body: str) -> str:
        return mathml(body, block=True)


class _Exporter(HTMLExporter):
    """The exporter with this template and these formulas."""

    def __init__(self) -> None:
        super().__init__(extra_loaders=[_LOADER], template_file=_TEMPLATE)

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        """Render the Markdown of a cell or of an output."""
        renderer = _Renderer(escape=False, exclude_anchor_links=True)
        return MarkdownWithMath(renderer=renderer).render(source)


def notebook_page(notebook: nbformat.NotebookNode, title: str) -> str:
    """Return a page that contains every formula, figure and table."""
    resources = {"metadata": {"name": title}}
    page, _ = _Exporter().from_notebook_node(notebook, resources=resources)
    return str(page)
