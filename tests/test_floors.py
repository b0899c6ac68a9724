"""Layers of the package: permitted imports, file access and random numbers.

Every rule is a function of a module's syntax tree or of all modules together. Further
tests give each rule source code that breaks it.
"""

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

CODE = Path(__file__).parents[1] / "code"
PACKAGE = CODE / "value_scaling"

MAY_IMPORT = {
    "stats": set(),
    "records": {"stats"},
    "store": {"records"},
    "fetch": {"store", "records"},
    "importers": {"store", "records"},
    "exporters": {"store", "records"},
    "workflow": {"records", "stats"},
    "report": {"records"},
    "learning": {"records", "stats"},
    "cluster": {"records"},
    "sweep": {"learning", "cluster", "store", "records"},
    "terminal": {"records"},
    "notebook_run": {"records", "report", "store", "terminal"},
}
"""Other parts that each part may import."""
TOP = {"", "__main__", "api", "commands"}
"""Parts on the top floor, which may import all others."""
TRAINING = {"jax", "jaxlib", "flax", "optax", "gymnasium", "mujoco", "dm_control"}
DYNAMIC = {"import_module", "resolve_name", "__import__"}
LATE = {
    "value_scaling",
    "value_scaling.commands.cli",
    "value_scaling.commands.stages.running",
}
"""Modules that load the Python interface, a command or the function of a stage by its
name when it is used."""
LONGEST = 400
MOST = 14
"""Modules on one level of a folder."""
FOUND = "value_scaling.report.figures"
"""The package that imports all modules in its folder, so that one file adds a figure.
It may have any number of modules, one for each figure."""
PURE = {"stats", "records", "workflow", "report"}
"""Parts that may not touch files."""
DISK_MODULES = {"io", "os", "pathlib", "shutil", "tempfile", "zipfile"}
DISK_CALLS = {
    *("open", "touch", "mkdir", "unlink"),
    *("read_text", "read_bytes", "write_text", "write_bytes"),
    *("load", "loadtxt", "genfromtxt", "save", "savez", "savez_compressed", "savetxt"),
    *("savefig", "print_figure", "read_csv", "to_csv", "dump"),
}
SEEDED = {"SeedSequence", "default_rng", "PCG64", "RandomState"}
"""Members of numpy.random that take a seed; dm_control needs a RandomState."""
TYPES = {"Generator", "BitGenerator"}


@dataclass(frozen=True)
class Module:
    """One source file and the part of the package that it belongs to."""

    name: str
    part: str
    tree: ast.Module
    lines: int


def module(name: str, source: str) -> Module:
    part = name.split(".")[1] if "." in name else ""
    return Module(name, part, ast.parse(source), len(source.splitlines()))


def package() -> Iterator[Module]:
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(CODE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        yield module(name, path.read_text(encoding="utf-8"))


def imported(one: Module) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) of every import, those inside functions included."""
    for node in ast.walk(one.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


def dotted(node: ast.expr) -> str:
    """Return `a.b.c` for such an expression, and the known end of any other one."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def upward(one: Module) -> Iterator[str]:
    """Yield imports of parts that this part may not import."""
    if one.part in TOP:
        return
    if one.part not in MAY_IMPORT:
        yield f"{one.name}: give it a floor in MAY_IMPORT"
        return
    allowed = MAY_IMPORT[one.part] | {one.part, "__version__"}
    for line, name in imported(one):
        parts = name.split(".")
        if parts[0] == "value_scaling" and (len(parts) < 2 or parts[1] not in allowed):
            yield f"{one.name}:{line}: {name}"


def unseen(one: Module) -> Iterator[str]:
    """Yield the imports that `imported` misses: relative, star and dynamic ones."""
    for node in ast.walk(one.tree):
        if isinstance(node, ast.ImportFrom):
            if node.level > 0:
                yield f"{one.name}:{node.lineno}: relative import"
            if any(alias.name == "*" for alias in node.names):
                yield f"{one.name}:{node.lineno}: star import"
        elif (
            isinstance(node, ast.Call)
            and dotted(node.func).split(".")[-1] in DYNAMIC
            and one.name not in LATE
            and one.name != FOUND
        ):
            yield f"{one.name}:{node.lineno}: dynamic import"


def training(one: Module) -> Iterator[str]:
    """Yield imports of JAX and the simulators outside the training tower."""
    if one.part in ("learning", "sweep"):
        return
    for line, name in imported(one):
        if name.split(".")[0] in TRAINING:
            yield f"{one.name}:{line}: {name}"


def disk(one: Module) -> Iterator[str]:
    """Yield file access in parts that may not touch files."""
    if one.part not in PURE:
        return
    for line, name in imported(one):
        if name.split(".")[0] in DISK_MODULES:
            yield f"{one.name}:{line}: import of {name}"
    for node in ast.walk(one.tree):
        if isinstance(node, ast.Call):
            called = dotted(node.func)
            if called.split(".")[-1] in DISK_CALLS:
                yield f"{one.name}:{node.lineno}: {called}()"


def drawing(one: Module) -> Iterator[str]:
    """Yield plots outside the report and calculations inside it."""
    banned = {
        **dict.fromkeys(("stats", "records", "workflow", "fetch"), "matplotlib"),
        "report": "scipy",
    }.get(one.part)
    for line, name in imported(one):
        if name.split(".")[0] == banned:
            yield f"{one.name}:{line}: {name}"


def chance(one: Module) -> Iterator[str]:
    """Yield random numbers whose stream is not an argument."""
    for line, name in imported(one):
        parts = name.split(".")
        if parts[0] == "random" or (
            parts[:2] == ["numpy", "random"]
            and len(parts) > 2
            and parts[2] not in SEEDED | TYPES
        ):
            yield f"{one.name}:{line}: {name}"
    for node in ast.walk(one.tree):
        if isinstance(node, ast.Attribute):
            name = dotted(node)
            library, _, rest = name.partition(".random.")
            if library in ("np", "numpy") and rest.split(".")[0] not in SEEDED | TYPES:
                yield f"{one.name}:{node.lineno}: {name}"
        if isinstance(node, ast.Call) and not (node.args or node.keywords):
            name = dotted(node.func)
            if name.split(".")[-1] in SEEDED:
                yield f"{one.name}:{node.lineno}: {name}() without a seed"


def length(one: Module) -> Iterator[str]:
    """Yield files that are too long."""
    if one.lines > LONGEST:
        yield f"{one.name}: {one.lines} lines, over {LONGEST}"


def circles(modules: Sequence[Module]) -> Iterator[str]:
    """Yield circles of imports among the modules and folders of one folder.

    Imports inside functions and for type checkers count, because they hide a circle but
    do not remove it. The `__init__.py` of a folder is one of its modules.
    """
    names = {one.name for one in modules}
    levels: dict[str, dict[str, set[str]]] = {}
    for one in modules:
        for _, target in imported(one):
            while target and target not in names:
                target = target.rpartition(".")[0]
            if not target or target == one.name:
                continue
            ends = one.name.split("."), target.split(".")
            pairs = zip(*ends, strict=False)
            common = next(
                (at for at, (a, b) in enumerate(pairs) if a != b), min(map(len, ends))
            )
            start, end = (".".join(parts[: common + 1]) for parts in ends)
            folder = ".".join(ends[0][:common])
            levels.setdefault(folder, {}).setdefault(start, set()).add(end)
    for folder, graph in sorted(levels.items()):
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            yield f"{folder}: {' <- '.join(error.args[1])}"


def crowded(modules: Sequence[Module]) -> Iterator[str]:
    """Yield folders with too many modules on one level."""
    folders = {one.name.rpartition(".")[0] for one in modules}
    counts = Counter(
        one.name.rpartition(".")[0] for one in modules if one.name not in folders
    )
    for folder, count in counts.items():
        if count > MOST:
            yield f"{folder}: {count} modules, over {MOST}"


RULES = [upward, unseen, training, disk, drawing, chance, length]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_package_keeps(rule: Callable[[Module], Iterator[str]]) -> None:
    assert [broken for one in package() for broken in rule(one)] == []


def test_no_imports_go_in_a_circle() -> None:
    found = {line.partition(":")[0]: line for line in circles(list(package()))}
    assert list(found.values()) == []


def test_no_folder_is_crowded() -> None:
    found = {line.partition(":")[0]: line for line in crowded(list(package()))}
    assert [line for name, line in found.items() if name != FOUND] == []


@pytest.mark.parametrize(
    "sources",
    [
        {"p.a": "from p.b import x", "p.b": "import p.a"},
        {"p.a": "from p import b", "p.b": "def f():\n    from p.a import x"},
        {"p.a": "import p.b", "p.b": "if TYPE_CHECKING:\n    from p.a import x"},
        {"p.a": "from p.b import x", "p.b": "import p.c", "p.c": "import p.a"},
        {"p": "from p.a import x", "p.a": "from p import x"},
        {  # Two folders form the circle, but no two modules.
            **{"p.a": "", "p.a.one": "import p.b.one", "p.a.two": ""},
            **{"p.b": "", "p.b.one": "", "p.b.two": "from p.a.two import x"},
        },
    ],
)
def test_a_circle_is_seen(sources: dict[str, str]) -> None:
    modules = [module(name, source) for name, source in sources.items()]
    assert len(list(circles(modules))) == 1


def test_a_folder_may_import_what_is_below_it() -> None:
    sources = {
        **{"p": "from p.a import x", "p.a": "from p.b.one import x", "p.b": ""},
        **{
            "p.b.one": "import p.b.two\nimport numpy",
            "p.b.two": "import p.c",
            "p.c": "",
        },
    }
    modules = [module(name, source) for name, source in sources.items()]
    assert list(circles(modules)) == []


def test_a_crowd_is_seen() -> None:
    names = ["p", *(f"p.m{n}" for n in range(MOST)), "p.q", "p.q.one"]
    modules = [module(name, "") for name in names]
    assert list(crowded(modules)) == []
    modules.append(module("p.more", ""))
    assert list(crowded(modules)) == [f"p: {MOST + 1} modules, over {MOST}"]


@pytest.mark.parametrize(
    ("rule", "name", "source"),
    [
        (upward, "value_scaling.stats.x", "from value_scaling.records import Study"),
        (upward, "value_scaling.report.x", "import value_scaling.workflow.budget"),
        (upward, "value_scaling.report.x", "from value_scaling import workflow"),
        (upward, "value_scaling.report.x", "from value_scaling.stats import pareto"),
        (upward, "value_scaling.store.x", "def f():\n import value_scaling.stats"),
        (upward, "value_scaling.records", "import value_scaling"),
        (upward, "value_scaling.workflow.x", "from value_scaling import commands"),
        (upward, "value_scaling.novelty", "x = 1"),
        (unseen, "value_scaling.stats.x", "from . import pareto"),
        (unseen, "value_scaling.stats.x", "from ..records import Study"),
        (unseen, "value_scaling.stats.x", "from value_scaling.records import *"),
        (unseen, "value_scaling.stats.x", "importlib.import_module(name)"),
        (unseen, "value_scaling.stats.x", "__import__(name)"),
        (unseen, "value_scaling.store.x", "pkgutil.resolve_name(name)"),
        (training, "value_scaling.workflow.x", "def f():\n import jax.numpy as jnp"),
        (training, "value_scaling.__main__", "from gymnasium import make"),
        (training, "value_scaling.commands.x", "import mujoco"),
        (disk, "value_scaling.report.x", "open(name)"),
        (disk, "value_scaling.report.x", "figure.savefig(name)"),
        (disk, "value_scaling.workflow.x", "path(name).write_text('')"),
        (disk, "value_scaling.records.x", "(a / b).read_bytes()"),
        (disk, "value_scaling.stats.x", "from pathlib import Path"),
        (disk, "value_scaling.stats.x", "np.load(name)"),
        (drawing, "value_scaling.workflow.x", "import matplotlib.pyplot as plt"),
        (drawing, "value_scaling.report.x", "from scipy import stats"),
        (chance, "value_scaling.stats.x", "np.random.seed(0)"),
        (chance, "value_scaling.stats.x", "x = np.random.choice(8)"),
        (chance, "value_scaling.stats.x", "draw = numpy.random.rand"),
        (chance, "value_scaling.stats.x", "from numpy.random import normal"),
        (chance, "value_scaling.stats.x", "import random"),
        (chance, "value_scaling.stats.x", "rng = np.random.default_rng()"),
        (chance, "value_scaling.learning.x", "state = np.random.RandomState()"),
        (length, "value_scaling.stats.x", "x = 1\n" * (LONGEST + 1)),
    ],
)
def test_the_rule_sees(
    rule: Callable[[Module], Iterator[str]], name: str, source: str
) -> None:
    assert list(rule(module(name, source)))


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("value_scaling.stats.x", "from value_scaling.stats.minimum import Minimum"),
        ("value_scaling.workflow.x", "from value_scaling.stats import pareto"),
        ("value_scaling.store.x", "from value_scaling import __version__"),
        ("value_scaling.store.x", "Path(name).write_text('')"),
        (
            "value_scaling.stats.x",
            "rng: np.random.Generator = np.random.default_rng(3)",
        ),
        ("value_scaling.sweep", "from value_scaling.learning import sac"),
        ("value_scaling.learning.x", "import jax"),
        ("value_scaling.__main__", "from value_scaling.workflow import budget"),
    ],
)
def test_what_is_allowed_passes(name: str, source: str) -> None:
    assert [list(rule(module(name, source))) for rule in RULES] == [[]] * len(RULES)


def test_the_package_was_found() -> None:
    names = {one.name for one in package()}
    assert {
        "value_scaling",
        "value_scaling.records",
        "value_scaling.stats.minimum",
    } <= (names)


def test_code_is_no_package() -> None:
    """A package here would shadow the standard `code` module, which debuggers need."""
    assert not (CODE / "__init__.py").exists()


def test_the_analysis_runs_without_training_libraries() -> None:
    """No module outside the training tower loads JAX or a simulator."""
    names = sorted(
        one.name for one in package() if one.part not in ("learning", "sweep")
    )
    script = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]: importlib.import_module(name)\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, *names],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    loaded = set(result.stdout.split())
    assert "value_scaling" in loaded
    assert loaded & TRAINING == set()
