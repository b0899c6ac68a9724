"""Run one notebook: `python -m value_scaling.notebook_run NOTEBOOK OUT -p NAME VALUE`.

Writes the executed copy OUT.ipynb and OUT.html, without times and paths, so that two
runs on the same records give the same bytes.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import nbformat
import papermill
from nbconvert import HTMLExporter
from papermill.exceptions import PapermillExecutionError, strip_color
from traitlets.config import Config

from value_scaling.records import ScalingError
from value_scaling.store.atomic import replace_if_changed
from value_scaling.terminal import guarded

KERNEL = "python3"
SOCKET_LIMIT = 90
"""Characters; the system allows about 104 for the path of a socket."""


@contextmanager
def _own_kernel() -> Iterator[Config]:
    """A kernel that is this very interpreter and speaks through its own folder.

    Sockets in a folder of this process's own instead of TCP ports, which two notebooks
    under `make -j` can take from each other; and no user's kernel of the same name,
    no user's IPython start-up files.
    """
    with tempfile.TemporaryDirectory(prefix="nb") as name:
        if len(name) > SOCKET_LIMIT:
            raise ScalingError(
                "TMPDIR",
                found=f"a path of {len(name)} characters",
                expected=f"at most {SOCKET_LIMIT}, as sockets are made there",
                fix="set TMPDIR=/tmp",
            )
        spec = Path(name, "kernels", KERNEL, "kernel.json")
        spec.parent.mkdir(parents=True)
        command = [sys.executable, "-m", "ipykernel_launcher", "-f"]
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
            "JUPYTER_RUNTIME_DIR": f"{name}/run",
            "IPYTHONDIR": f"{name}/ipython",
        }
        yield Config(KernelManager={"transport": "ipc", "ip": f"{name}/k"})


def clean(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Remove from an executed notebook what differs between two equal runs."""
    notebook.metadata.pop("papermill", None)
    for number, cell in enumerate(notebook.cells):
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        # papermill gives the cell that it injects a random one.
        cell.id = f"cell-{number}"
    return notebook


def run_notebook(source: Path, out: Path, parameters: Mapping[str, str]) -> None:
    """Execute `source` with `parameters` into `out`.ipynb and `out`.html.

    After a failing cell the copy up to there is `out`.failed.ipynb.

    Raises:
        ScalingError: the notebook is not there.
        PapermillExecutionError: a cell failed.
    """
    if not source.is_file():
        raise ScalingError(
            source,
            found="no such file",
            expected="a notebook",
            fix="name one of notebooks/*.ipynb",
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    failed = Path(f"{out}.failed.ipynb")
    with _own_kernel() as config:
        papermill.execute_notebook(
            source,
            failed,
            parameters=dict(parameters),
            kernel_name=KERNEL,
            config=config,
            progress_bar=sys.stderr.isatty(),
            coalesce_streams=True,
            # The polite way interrupts the kernel first, and a busy one says so.
            shutdown_kernel="immediate",
        )
    notebook = clean(nbformat.read(failed, as_version=4))
    resources = {"metadata": {"name": out.name}}
    html, _ = HTMLExporter().from_notebook_node(notebook, resources=resources)
    replace_if_changed(Path(f"{out}.ipynb"), nbformat.writes(notebook).encode())
    replace_if_changed(Path(f"{out}.html"), html.encode())
    failed.unlink()


def main(arguments: list[str] | None = None) -> int:
    """Run a notebook from the command line; the exit code."""
    parser = argparse.ArgumentParser(prog="value_scaling.notebook_run")
    parser.add_argument("notebook", type=Path)
    parser.add_argument("out", type=Path, help="path of the results without suffix")
    parser.add_argument(
        "-p", nargs=2, action="append", default=[], metavar=("NAME", "VALUE")
    )
    words = sys.argv[1:] if arguments is None else arguments

    def run() -> int:
        options = parser.parse_args(words)
        return _run(options.notebook, options.out, dict(options.p))

    name = f"{Path(sys.executable).name} -m {parser.prog}"
    return guarded(run, words, name=name, quiet=arguments is None)


def _run(notebook: Path, out: Path, parameters: Mapping[str, str]) -> int:
    try:
        run_notebook(notebook, out, parameters)
    except PapermillExecutionError as error:
        if error.ename == "ScalingError":
            print(error.evalue, file=sys.stderr)
            return 2
        print(strip_color("\n".join(error.traceback)), file=sys.stderr)
        print(
            f"{notebook}: cell {error.exec_count} failed with the above; the notebook "
            f"up to there is {out}.failed.ipynb",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
