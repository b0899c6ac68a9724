"""Notebooks run on this interpreter, give the same bytes, and fail briefly."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

FIRST_CELL = """\
import sys, time
for part in range(3):
    print(study, part, flush=True)
    print(study, part, file=sys.stderr, flush=True)
    time.sleep(0.02)
print(sys.executable)
"""


def notebook(path: Path, *sources: str) -> Path:
    cells = [new_code_cell("study = 'gym'", metadata={"tags": ["parameters"]})]
    cells += [new_code_cell(source) for source in sources]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


STARTED: list[subprocess.Popen[str]] = []


@pytest.fixture(autouse=True)
def nothing_is_left_running() -> Iterator[None]:
    """A test that fails leaves no process behind."""
    yield
    for child in STARTED:
        child.kill()
        child.communicate()
    STARTED.clear()


def run(source: Path, out: Path, **environment: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "value_scaling.notebook_run", source, out]
    child = subprocess.Popen(
        [*command, "-p", "study", "dmc"],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    STARTED.append(child)
    return child


def one_message(child: subprocess.Popen[str]) -> str:
    """Return the single line of an error that the user can correct."""
    _, errors = child.communicate(timeout=120)
    assert child.returncode == 2
    assert errors.count("\n") == 1
    return errors


@pytest.fixture
def other_kernel(tmp_path: Path) -> str:
    """A home whose kernel `python3` is another program, as users may have."""
    spec = tmp_path / "home" / ".local" / "share" / "jupyter" / "kernels" / "python3"
    spec.mkdir(parents=True)
    argv = ["/bin/false", "{connection_file}"]
    (spec / "kernel.json").write_text(
        json.dumps({"argv": argv, "display_name": "other", "language": "python"})
    )
    return str(tmp_path / "home")


def test_two_runs_at_once_give_the_same_bytes_on_this_interpreter(
    tmp_path: Path, other_kernel: str
) -> None:
    source = notebook(tmp_path / "n.ipynb", FIRST_CELL)
    outs = [tmp_path / folder / "executed" for folder in ("a", "b")]
    children = [run(source, out, HOME=other_kernel) for out in outs]
    for child in children:
        _, errors = child.communicate(timeout=120)
        assert child.returncode == 0, errors
    for suffix in (".ipynb", ".html"):
        first, second = (Path(f"{out}{suffix}").read_bytes() for out in outs)
        assert first == second
    assert {path.name for path in outs[0].parent.iterdir()} == {
        "executed.ipynb",
        "executed.html",
    }
    executed = nbformat.read(f"{outs[0]}.ipynb", as_version=4)
    streams = {o.name: o.text for o in executed.cells[2].outputs}
    assert streams["stdout"].startswith("dmc 0\ndmc 1\ndmc 2\n" + sys.executable)
    assert streams["stderr"] == "dmc 0\ndmc 1\ndmc 2\n"
    text = Path(f"{outs[0]}.ipynb").read_text()
    for word in ("papermill", "start_time", "iopub", str(tmp_path)):
        assert word not in text


def test_only_the_kernel_loads_what_draws() -> None:
    code = "import sys, value_scaling.notebook_run as _; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True
    ).stdout.split()
    assert "papermill" in loaded
    assert {"matplotlib", "PIL", "scipy"}.isdisjoint(loaded)


def test_a_users_mistake_in_a_cell_is_one_message(tmp_path: Path) -> None:
    source = notebook(
        tmp_path / "n.ipynb",
        "from value_scaling.records import ScalingError\n"
        "raise ScalingError('x.zip', found='7 rows', expected='8', fix='log on')",
    )
    child = run(source, tmp_path / "executed")
    output, errors = child.communicate(timeout=120)
    assert child.returncode == 2
    assert not output
    assert errors == "x.zip: found 7 rows; expected 8. What to do: log on\n"
    assert not (tmp_path / "executed.html").exists()


def test_a_failure_of_ours_shows_where(tmp_path: Path) -> None:
    child = run(notebook(tmp_path / "n.ipynb", "1 / 0"), tmp_path / "executed")
    _, errors = child.communicate(timeout=120)
    assert child.returncode == 1
    assert "ZeroDivisionError: division by zero" in errors
    assert "executed.failed.ipynb" in errors
    assert (tmp_path / "executed.failed.ipynb").exists()
    assert not (tmp_path / "executed.ipynb").exists()


def test_ctrl_c_stops_with_one_line(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    source = notebook(
        tmp_path / "n.ipynb",
        f"import pathlib, time; pathlib.Path({str(begun)!r}).touch(); time.sleep(300)",
    )
    child = run(source, tmp_path / "executed")
    while not begun.exists():
        assert child.poll() is None
        time.sleep(0.05)
    child.send_signal(signal.SIGINT)
    output, errors = child.communicate(timeout=120)
    assert child.returncode == 130
    assert not output
    assert "stopped. To go on:" in errors
    assert str(source) in errors
    assert "Traceback" not in errors
    assert {path.name for path in tmp_path.iterdir()} == {"n.ipynb", "begun"}


def test_a_full_disk_is_one_message(tmp_path: Path) -> None:
    source = notebook(tmp_path / "n.ipynb", "1 + 1")
    (tmp_path / "executed.failed.ipynb").symlink_to("/dev/full")
    errors = one_message(run(source, tmp_path / "executed"))
    assert "No space left on device" in errors
    assert "make room" in errors


def test_a_full_disk_in_a_cell_is_one_message(tmp_path: Path) -> None:
    source = notebook(tmp_path / "n.ipynb", "open('/dev/full', 'w').write('x' * 9999)")
    errors = one_message(run(source, tmp_path / "executed"))
    assert "No space left on device" in errors
    assert "make room" in errors


def test_a_figure_that_cannot_be_written_is_one_message(tmp_path: Path) -> None:
    figures = tmp_path / "figures"
    figures.touch()
    source = notebook(
        tmp_path / "n.ipynb",
        "from pathlib import Path; from matplotlib.figure import Figure; "
        "from value_scaling.store.files.outputs import save_figure; "
        f"save_figure(Figure(), Path({str(figures)!r}, 'x'))",
    )
    message = one_message(run(source, tmp_path / "executed"))
    assert "where a folder must be" in message


def test_a_kernel_that_dies_is_one_message(tmp_path: Path) -> None:
    source = notebook(
        tmp_path / "n.ipynb", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    )
    message = one_message(run(source, tmp_path / "executed"))
    assert "whether memory ran out" in message


@pytest.mark.parametrize("content", ["", "{", "[]", '{"cells": 3}', "\0\1"])
def test_what_is_no_notebook_is_named(tmp_path: Path, content: str) -> None:
    source = tmp_path / "n.ipynb"
    source.write_text(content)
    child = run(source, tmp_path / "executed")
    _, errors = child.communicate(timeout=120)
    assert child.returncode == 2
    assert "n.ipynb: found no notebook" in errors
    assert "Traceback" not in errors


def test_a_notebook_that_is_not_there_is_named(tmp_path: Path) -> None:
    child = run(tmp_path / "none.ipynb", tmp_path / "executed")
    _, errors = child.communicate(timeout=120)
    assert child.returncode == 2
    assert "none.ipynb: found no such file" in errors
    assert "Traceback" not in errors


def test_what_a_killed_run_left_in_tmp_is_removed_by_the_next(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """After kill -9, folders are removed, except those of live processes."""
    temporary = tmp_path_factory.mktemp("t")  # short, as a socket's path must be
    slow = notebook(tmp_path / "slow.ipynb", "import time; time.sleep(600)")
    first = run(slow, tmp_path / "slow", TMPDIR=str(temporary))
    while not list(temporary.glob("nb*")):
        assert first.poll() is None
        time.sleep(0.05)
    first.kill()
    first.communicate()
    (left,) = temporary.glob("nb*")
    mine = left.with_name(left.name.replace(str(first.pid), str(os.getpid())))
    mine.mkdir()
    quick = notebook(tmp_path / "quick.ipynb", "1 + 1")
    second = run(quick, tmp_path / "quick", TMPDIR=str(temporary))
    _, said = second.communicate()
    assert second.returncode == 0, said
    assert list(temporary.glob("nb*")) == [mine]
