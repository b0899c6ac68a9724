"""Run one notebook: `python -m value_scaling.notebook_run NOTEBOOK OUT -p NAME VALUE`.

This writes the executed notebook to OUT.ipynb and OUT.html without times and paths:
two runs on the same records give the same bytes. It also saves the figures that the
notebook shows, which a notebook opened by a user does not.
"""

# isort: off
import signal

# Ctrl-C while modules load, before `guarded`, ends the process without a traceback.
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
# isort: on

import errno
import hashlib
import json
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click
import nbformat
import papermill
from nbclient.exceptions import DeadKernelError
from papermill.exceptions import PapermillExecutionError, strip_color
from psutil import pid_exists
from traitlets.config import Config

from value_scaling.records import ScalingError
from value_scaling.records.errors import CannotWrite
from value_scaling.report.text.notebook_page import notebook_page
from value_scaling.store.files.atomic import replace_if_changed, this_host
from value_scaling.store.folders import SAVE_FIGURES
from value_scaling.terminal import guarded, run_command

KERNEL = "python3"
_FULL = tuple(f"[Errno {code}]" for code in (errno.ENOSPC, errno.EDQUOT))
_MISTAKES = {error.__name__ for error in (ScalingError, CannotWrite)}
"""Names of errors that a user can correct; a kernel reports only the name."""
_NO_NOTEBOOK = (
    nbformat.reader.NotJSONError,
    nbformat.ValidationError,
    ValueError,
    TypeError,
    AttributeError,
)
"""Exceptions raised on reading a file that is not a notebook."""
_WIDGET = "application/vnd.jupyter.widget-view+json"
SOCKET_LIMIT = 90
"""Longest path of a folder for sockets, in characters. The system allows about 104 for
the path of a socket."""


def _prefix() -> str:
    """Return a prefix for temporary folders, short because socket paths must be."""
    return f"nb-{hashlib.sha256(this_host().encode()).hexdigest()[:6]}-"


def _remove_leftovers() -> None:
    """Remove temporary folders of processes of this host that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_prefix()}*-*"):
        number = folder.name.split("-")[2]
        if number.isdecimal() and not pid_exists(int(number)):
            shutil.rmtree(folder, ignore_errors=True)  # other users' folders stay


@contextmanager
def _own_kernel() -> Iterator[Config]:
    """Set up a kernel that runs this interpreter, isolated from the user's files.

    It communicates through sockets in a folder of this process: two notebooks under
    `make -j` could claim the same TCP port. It ignores the user's kernels, IPython
    start-up files, templates and settings.
    """
    _remove_leftovers()
    prefix = f"{_prefix()}{os.getpid()}-"
    with tempfile.TemporaryDirectory(prefix=prefix) as name:
        if len(name) > SOCKET_LIMIT:
            raise ScalingError(
                "TMPDIR",
                found=f"a path of {len(name)} characters",
                expected=f"at most {SOCKET_LIMIT}, because sockets are made there",
                fix="set TMPDIR=/tmp",
            )
        spec = Path(name, "kernels", KERNEL, "kernel.json")
        spec.parent.mkdir(parents=True)
        command = [sys.executable, "-m", "ipykernel_launcher"]
        command += ["--HistoryManager.enabled=False", "-f"]
        spec.write_text(
            json.dumps(
                {
                    "argv": [*command, "{connection_file}"],
                    "display_name": "Python 3",
                    "language": "python",
                }
            ),
            encoding="utf-8",
        )
        os.environ |= {
            "JUPYTER_PATH": name,
            "JUPYTER_DATA_DIR": f"{name}/data",
            "JUPYTER_CONFIG_DIR": f"{name}/config",
            "JUPYTER_RUNTIME_DIR": f"{name}/run",
            "IPYTHONDIR": f"{name}/ipython",
            SAVE_FIGURES: "1",
        }
        yield Config(KernelManager={"transport": "ipc", "ip": f"{name}/k"})


def clean(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Remove what differs between two equal runs from an executed notebook."""
    notebook.metadata.pop("papermill", None)
    notebook.metadata.pop("widgets", None)
    for number, cell in enumerate(notebook.cells):
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        # papermill gives a random id to the cell that it injects.
        cell.id = f"cell-{number}"
        for output in cell.get("outputs", ()):
            # The id of a widget is random; its figures and tables stay.
            output.get("data", {}).pop(_WIDGET, None)
    return notebook


def run_notebook(source: Path, out: Path, parameters: Mapping[str, str]) -> None:
    """Execute `source` with `parameters` into `out`.ipynb and `out`.html.

    If a cell fails, the notebook up to that cell is saved as `out`.failed.ipynb.

    Raises:
        ScalingError: the file is missing or is not a notebook, its kernel died, or a
            result cannot be written.
        PapermillExecutionError: a cell failed.
    """
    failed = Path(f"{out}.failed.ipynb")
    read = _read(source)
    # papermill also raises the errors that it logs; they are reported once.
    logging.getLogger("papermill").addHandler(logging.NullHandler())
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with _own_kernel() as config:
            papermill.execute_notebook(
                read,
                failed,
                parameters=dict(parameters),
                kernel_name=KERNEL,
                config=config,
                progress_bar=sys.stderr.isatty(),
                coalesce_streams=True,
                # The default interrupts the kernel first, and a busy kernel reports it.
                shutdown_kernel="immediate",
            )
        notebook = clean(nbformat.read(failed, as_version=4))
        failed.unlink()
    except DeadKernelError as error:
        raise ScalingError(
            source,
            found="that its process ended in the middle of a cell",
            expected="the notebook to run to the end",
            fix="check whether memory ran out, then run the same command again",
        ) from error
    except KeyboardInterrupt:
        failed.unlink(missing_ok=True)
        raise
    page = notebook_page(notebook, out.name)
    replace_if_changed(Path(f"{out}.ipynb"), nbformat.writes(notebook).encode())
    replace_if_changed(Path(f"{out}.html"), page.encode())


def _read(source: Path) -> nbformat.NotebookNode:
    try:
        notebook = nbformat.read(source, as_version=4)
        nbformat.validate(notebook)
        return notebook
    except FileNotFoundError:
        found = "no such file"
    except OSError as error:
        found = f"that it cannot be read ({error.strerror or error})"
    except _NO_NOTEBOOK as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        found = f"no notebook ({reason[:200]})"
    raise ScalingError(
        source,
        found=found,
        expected="a notebook",
        fix="name one of notebooks/*.ipynb",
    )


@click.command()
@click.argument("notebook", type=Path)
@click.argument("out", type=Path)
@click.option(
    *("-p", "parameters"),
    type=(str, str),
    multiple=True,
    metavar="NAME VALUE",
    help="Parameter of the notebook; may be given several times.",
)
def _command(notebook: Path, out: Path, parameters: tuple[tuple[str, str], ...]) -> int:
    """Run NOTEBOOK and write OUT.ipynb and OUT.html."""
    try:
        run_notebook(notebook, out, dict(parameters))
    except PapermillExecutionError as error:
        return _failed(error, notebook, out)
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run a notebook from the command line and return the exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    name = f"{Path(sys.executable).name} -m value_scaling.notebook_run"

    def run() -> int:
        return run_command(_command, words, name=name)

    return guarded(run, words, name=name, quiet=arguments is None)


def _failed(error: PapermillExecutionError, notebook: Path, out: Path) -> int:
    """Report what a cell raised, in one line if the user can correct it."""
    if error.ename == "KeyboardInterrupt":  # only the kernel received the interrupt
        raise KeyboardInterrupt from error
    if error.ename in _MISTAKES:
        print(error.evalue, file=sys.stderr)
        return 2
    if error.ename == "OSError" and error.evalue.startswith(_FULL):
        print(
            f"{notebook}: found {error.evalue}; expected room to write. What to do: "
            "make room on the disk and run the same command again",
            file=sys.stderr,
        )
        return 2
    print(strip_color("\n".join(error.traceback)), file=sys.stderr)
    print(
        f"{notebook}: cell {error.exec_count} failed with the error above. The "
        f"notebook up to there is {out}.failed.ipynb.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
