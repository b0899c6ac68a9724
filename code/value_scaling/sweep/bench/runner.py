"""Run each part of the bench in its own process, within its time."""

import contextlib
import json
import os
import re
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from value_scaling.sweep.bench.output import SHARES, Bench, Row

TOTAL_SECONDS = 570.0
"""Seconds for all parts together: the command should end within ten minutes."""
_OUTCOME = re.compile(r"(\S+::\S+) (PASSED|FAILED|SKIPPED|ERROR|XFAIL|XPASS)")


def run(bench: Bench, commands: Mapping[str, Sequence[str]], seconds: float) -> None:
    """Run the parts one after another, and write the file after each row.

    Args:
        commands: by part; an empty command leaves its part out.
        seconds: time for all parts together.
    """
    end = time.monotonic() + seconds
    owed = 0.0
    for name, share in SHARES.items():
        given = min(owed + share * seconds, end - time.monotonic())
        begun = time.monotonic()
        bench.parts[name] = _part(bench, name, commands.get(name, ()), given)
        owed = max(0.0, given - (time.monotonic() - begun))
        bench.save()
        state = bench.parts[name]
        print(f"{name}: {state['status']}, {state['seconds']:.0f} s", flush=True)


def _part(bench: Bench, name: str, command: Sequence[str], seconds: float) -> Row:
    if not command:
        return {"status": "left out", "seconds": 0.0, "message": "there are no tests"}
    log = bench.out.with_name(f".{bench.out.name}.{os.getpid()}.{name}.log")
    log.parent.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    take = _take_test if name == "tests" else _take_row
    try:
        with log.open("wb") as errors:
            code = _follow(
                command, errors, begun + seconds, lambda line: take(bench, name, line)
            )
        last = log.read_text(errors="replace").strip().splitlines()[-1:]
    finally:
        log.unlink(missing_ok=True)
    spent = time.monotonic() - begun
    if code is None:
        message = f"stopped after {spent:.0f} s; its results until then count"
        return {"status": "time ran out", "seconds": spent, "message": message}
    if code == 0 or (name == "tests" and code in (1, 5)):  # failed tests; none at all
        return {"status": "done", "seconds": spent}
    said = " ".join(last)[-500:]
    return {
        "status": "failed",
        "seconds": spent,
        "message": f"exit code {code}: {said}",
    }


def _follow(
    command: Sequence[str], errors: Any, end: float, take: Callable[[str], None]
) -> int | None:
    """Run a command and pass its lines to `take`.

    The command and all its children end with this call.

    Returns:
        its exit code, or None if its time ran out.
    """
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=errors,
        start_new_session=True,  # so that its children can be ended with it
    )
    try:
        for line in _lines(process, end):
            take(line)
        return process.wait(timeout=max(0.0, end - time.monotonic()))
    except subprocess.TimeoutExpired:
        return None
    finally:
        _end(process)


def _lines(process: subprocess.Popen[bytes], end: float) -> Iterator[str]:
    """Yield the lines of a process until its output closes or `end` has passed."""
    assert process.stdout is not None
    rest = b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while (left := end - time.monotonic()) > 0:
            if not selector.select(left):
                return
            got = os.read(process.stdout.fileno(), 65536)
            if not got:
                return
            *lines, rest = (rest + got).split(b"\n")
            for line in lines:
                yield line.decode(errors="replace")


def _end(process: subprocess.Popen[bytes]) -> None:
    # The group no longer exists if the process has ended and has left no child.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def _take_row(bench: Bench, name: str, line: str) -> None:
    if not line.startswith("{"):  # a message of a library
        print(line, file=sys.stderr)
        return
    bench.rows.append({"part": name, **json.loads(line)})
    bench.save()


def _take_test(bench: Bench, name: str, line: str) -> None:
    if found := _OUTCOME.match(line):
        row = {"test": found[1], "outcome": found[2].lower()}
        if row not in bench.tests:
            bench.tests.append(row)
            bench.save()
    elif reason := re.match(r"SKIPPED \[\d+\] \S+ (.*)", line):
        bench.facts["tests_skipped"] = reason[1]
