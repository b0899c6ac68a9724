"""The source files that a module imports, directly or through others."""

import ast
import contextlib
import json
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import value_scaling

PACKAGE = Path(value_scaling.__file__).parent
_FOUND = {"value_scaling.report.figures"}
"""Packages that import each module in their folder."""


@cache
def sources_of(module: str, *, notebook: Path | None = None) -> list[str]:
    """Return the files of a module and of all modules here that it imports."""
    todo = [module, *(_cells_imports(notebook) if notebook else ())]
    found: dict[str, Path | None] = {}
    while todo:
        name = todo.pop()
        while name.partition(".")[0] == PACKAGE.name and name not in found:
            found[name] = path = _file(name)
            todo += _imports(path.read_text(encoding="utf-8")) if path else ()
            if path and name in _FOUND:
                todo += (f"{name}.{each.stem}" for each in path.parent.glob("*.py"))
            name = name.rpartition(".")[0]
    root = PACKAGE.parents[1]
    return sorted(os.path.relpath(path, root) for path in found.values() if path)


def _file(name: str) -> Path | None:
    """Return the file of a module or package; None: the name is not of a module."""
    path = PACKAGE.parent.joinpath(*name.split("."))
    both = (path.with_suffix(".py"), path / "__init__.py")
    return next((each for each in both if each.is_file()), None)


def _cells_imports(notebook: Path) -> list[str]:
    """Return what the cells import. A damaged notebook fails only when it runs."""
    found: list[str] = []
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
            with contextlib.suppress(SyntaxError):
                found += _imports("".join(cell["source"]))
    if PACKAGE.name in found:  # its names are loaded when they are used
        found.append(f"{PACKAGE.name}.api")
    return found


def _imports(source: str) -> Iterable[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
