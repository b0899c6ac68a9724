"""The page of the Python reference, made from the docstrings of public names."""

import ast
import inspect
import re
from collections.abc import Iterator
from itertools import pairwise

import value_scaling

_HEADINGS = {"Args:": "Arguments", "Returns:": "Returns", "Raises:": "Raises"}
_ITEM = re.compile(r"    (\w[\w, ]*): (.*)")


def reference() -> str:
    """Return the page as Markdown."""
    lines = ["# Python reference", "", "`import value_scaling as vs` has these names."]
    lines += ["The page [Python](python.md) shows how to use them.", ""]
    for name in sorted(value_scaling.__all__, key=str.lower):
        thing = getattr(value_scaling, name)
        (node,) = ast.parse(inspect.getsource(thing)).body
        lines += _entry(f"vs.{name}", node, level=2)
    return "\n".join(lines) + "\n"


def _entry(name: str, node: ast.AST, *, level: int) -> Iterator[str]:
    """Yield the lines of a function, or of a class with its fields and methods."""
    yield from ("#" * level + f" {name}", "")
    assert isinstance(node, ast.ClassDef | ast.FunctionDef)
    if isinstance(node, ast.FunctionDef):
        yield from ("```python", _call(name, node), "```", "")
    yield from from_docstring(ast.get_docstring(node) or "")
    if isinstance(node, ast.FunctionDef):
        return
    for field, text in pairwise(node.body):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
            words = _escaped(" ".join(str(ast.literal_eval(text.value)).split()))
            yield from (f"- `{ast.unparse(field.target)}`: {words}", "")
    for method in node.body:
        if isinstance(method, ast.FunctionDef) and not method.name.startswith("_"):
            yield from _entry(method.name, method, level=level + 1)


def _call(name: str, node: ast.FunctionDef) -> str:
    """Return the signature, over several lines if it is long."""
    if any(ast.unparse(each) == "property" for each in node.decorator_list):
        return f"{name}: {ast.unparse(node.returns)}" if node.returns else name
    of_class = bool(node.args.args) and node.args.args[0].arg == "self"
    node.args.args = node.args.args[of_class:]
    arguments = ast.unparse(node.args)
    if len(arguments) > 60:
        parts = re.split(r", (?=[\w*]+(?::|$|,))", arguments)
        arguments = "\n    " + ",\n    ".join(parts) + ",\n"
    arguments = arguments.replace("=", " = ")
    end = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{name}({arguments}){end}"


def from_docstring(text: str) -> Iterator[str]:
    """Yield a docstring as Markdown: sections as lists, examples as code."""
    in_code = False
    for line in text.splitlines():
        item = _ITEM.fullmatch(line)
        if line.startswith(">>>") and not in_code:
            in_code = True
            yield "```pycon"
        elif not line and in_code:
            in_code = False
            yield "```"
        if in_code:
            yield line
        elif line in _HEADINGS:
            yield from (f"**{_HEADINGS[line]}**", "")
        elif item:
            yield f"- `{item[1]}`: {_escaped(item[2])}"
        else:
            yield _escaped(line.strip())
    yield from ("```", "") if in_code else ("",)


def _escaped(text: str) -> str:
    """Escape stars, as in B*, which Markdown would read as emphasis."""
    return text.replace("*", "\\*")
