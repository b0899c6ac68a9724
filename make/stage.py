"""Run one stage of the plan if it is stale: make/stage.py NAME, for make/build.py."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from alone import fail, plain_signals
from content import Contents, read_json
from stages import BUILD, INDEX, PLAN, STAMPS, inputs, is_stale, record, stamp

JOURNAL_VARIABLE = "VALUE_SCALING_JOURNAL"
LOGS = BUILD / "logs"
"""Tables that the stages print, in one file for each stage."""


def main(name: str) -> int:
    """Run the stage and return its exit code."""
    stage = (read_json(PLAN) or {})[name]
    contents = Contents(INDEX)
    if not is_stale(name, stage, contents):
        return 0
    print(name.replace(".", " "), flush=True)
    STAMPS.mkdir(parents=True, exist_ok=True)
    before = (read_json(stamp(name)) or {}).get("outputs")
    # If this run is interrupted from here on, the stage is stale.
    stamp(name).unlink(missing_ok=True)
    # Inputs are hashed first, so the next build sees a change during the run.
    read = contents.hashes(inputs(stage))
    begun = time.monotonic()
    log = LOGS / f"{name}.txt" if stage.get("log") else None
    code, wrote = run(name, stage["command"], log)
    if code:
        return code
    contents.forget()
    for path in stage["outputs"]:
        if not os.path.isfile(path):
            print(f"{name} did not write {path}", file=sys.stderr)
            return 2
        wrote.setdefault(path, contents.hash(path))
    if stage["tidy"] and isinstance(before, dict):
        for path in before.keys() - wrote.keys():
            Path(path).unlink(missing_ok=True)
    record(name, stage, read, wrote)
    with open(BUILD / "times", "a", encoding="utf-8") as file:
        file.write(f"{name} {1000 * (time.monotonic() - begun):.0f}\n")
    return 0


def run(name: str, command: list[str], log: Path | None) -> tuple[int, dict[str, str]]:
    """Run a command; return its exit code and the hash of each file that it wrote.

    What it prints goes to `log`, or to the terminal. Errors always go to the terminal.
    """
    journal = STAMPS / f"{name}.journal"
    journal.write_text("")
    folder = temporary(name)
    argv = [os.environ["PYTHON"], *command] if command[0] == "-m" else command
    # The command inherits the lock of the build and holds it even if this process ends.
    with ExitStack() as stack:
        output = None
        if log:
            log.parent.mkdir(exist_ok=True)
            output = stack.enter_context(open(log, "w", encoding="utf-8"))
        process = subprocess.Popen(
            argv,
            close_fds=False,
            env=os.environ
            | {"TMPDIR": folder, JOURNAL_VARIABLE: os.path.abspath(journal)},
            stdout=output,
        )
    # Ctrl-C also reaches the command, which prints the message.
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    code = process.wait()
    if code == -signal.SIGKILL:
        print(
            f"{name}: found that its process was killed; expected that it runs to the "
            "end. What to do: check whether memory ran out, then run the same command "
            "again",
            file=sys.stderr,
        )
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    journal.unlink()
    discard(name)
    return (
        code if code >= 0 else 128 - code,
        {os.path.relpath(path): content for path, content in lines},
    )


def temporary(name: str) -> str:
    """Make a folder for temporary files of a stage, and note it for the next build.

    If this build is killed, the next one removes the folder.
    """
    folder = Path(os.environ.get("TMPDIR") or "/tmp", f"scaling-{os.urandom(6).hex()}")
    (STAMPS / f"{name}.tmp").write_text(os.path.abspath(folder))
    folder.mkdir(mode=0o700)
    return str(folder.absolute())


def discard(name: str) -> None:
    """Remove the temporary files of a stage."""
    note = STAMPS / f"{name}.tmp"
    if note.exists():
        folder = Path(note.read_text())
        if folder.name.startswith("scaling-"):
            shutil.rmtree(folder, ignore_errors=True)
        note.unlink()


if __name__ == "__main__":
    plain_signals()
    try:
        sys.exit(main(sys.argv[1]))
    except OSError as error:
        fail(sys.argv[1], error)
