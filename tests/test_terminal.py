"""How a process ends: terminals of other encodings, full disks, no reader, Ctrl-C."""

import errno
import io
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from value_scaling import terminal
from value_scaling.__main__ import main
from value_scaling.commands.cli import scaling
from value_scaling.records import ScalingError
from value_scaling.terminal import guarded

SCALING = (sys.executable, "-m", "value_scaling")


def commands() -> list[str]:
    """Every command of `scaling`."""
    return scaling.list_commands(click.Context(scaling))


class Encoded:
    """Standard output and error of another encoding, as far as `main` can see."""

    def __init__(self, encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.raw = io.BytesIO()
        self.encoding = encoding
        for name in ("stdout", "stderr"):
            stream = io.TextIOWrapper(self.raw, encoding, write_through=True)
            stream.close = lambda: None  # type: ignore[method-assign]
            monkeypatch.setattr(sys, name, stream)

    def text(self) -> str:
        return self.raw.getvalue().decode(self.encoding)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
class TestEncodings:
    def test_every_help(self, encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
        encoded = Encoded(encoding, monkeypatch)
        assert {"fetch", "fit", "verify"} <= set(commands())
        for command in ([], *([name] for name in commands())):
            assert main([*command, "--help"]) == 0
        assert "crossings -> D_J(utd), C_J, utd*(F)" in encoded.text()
        assert "crossings -> B*, lr*" in encoded.text()

    def test_a_message_names_what_was_read(
        self, encoding: str, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        encoded = Encoded(encoding, monkeypatch)
        code = main(["--root", str(root / "nowhere"), "verify"])
        assert code == 2
        assert "nowhere" in encoded.text()

    def test_what_it_has_stays(
        self, encoding: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        encoded = Encoded(encoding, monkeypatch)

        def run() -> int:
            print("é ≥ σ\u2603 日 \udc80")
            return 0

        assert guarded(run, (), name="scaling", quiet=False) == 0
        first = "?" if encoding == "ascii" else "é"
        assert encoded.text() == f"{first} >= utd? ? ?\n"


def test_utf8_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded = Encoded("utf-8", monkeypatch)

    def run() -> int:
        print("σ ≥ 日")
        return 0

    assert guarded(run, (), name="scaling", quiet=False) == 0
    assert encoded.text() == "σ ≥ 日\n"


@pytest.fixture(params=["", "1"], ids=["buffered", "unbuffered"])
def start(request: pytest.FixtureRequest) -> Callable[..., subprocess.Popen]:
    """Start `scaling`; Python writes at once, or when a buffer is full."""

    def run(*words: str, **options: Any) -> subprocess.Popen:
        environment = os.environ | {"PYTHONUNBUFFERED": request.param}
        return subprocess.Popen([*SCALING, *words], env=environment, **options)

    return run


Start = Callable[..., subprocess.Popen]


class TestOutput:
    def test_a_full_disk_is_told(self, start: Start) -> None:
        with Path("/dev/full").open("w") as full:
            child = start("--help", stdout=full, stderr=subprocess.PIPE, text=True)
            _, err = child.communicate()
        assert child.returncode == 2
        assert err.startswith("scaling: standard output")
        assert "No space left on device" in err
        assert len(err.splitlines()) == 1

    def test_a_mistake_is_one_also_where_it_cannot_be_told(self, start: Start) -> None:
        with Path("/dev/full").open("w") as full:
            child = start("fit", "nothing", stdout=full, stderr=full)
        assert child.wait() == 2

    def test_nobody_reads(self, start: Start) -> None:
        reads, writes = os.pipe()
        os.close(reads)
        child = start("--help", stdout=writes, stderr=subprocess.PIPE)
        os.close(writes)
        _, err = child.communicate()
        assert (child.returncode, err) == (141, b"")

    @pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
    def test_closed_streams(self, closed: str, root: Path, tmp_path: Path) -> None:
        script = f'"$@" --root {tmp_path} fetch nothing {closed}; echo $?'
        done = subprocess.run(
            ["bash", "-c", script, "-", *SCALING], stdout=subprocess.PIPE, text=True
        )
        assert done.stdout == "2\n"

    def test_what_the_system_refuses_is_one_message(
        self, capfd: pytest.CaptureFixture[str]
    ) -> None:
        def run() -> int:
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), "x")

        assert guarded(run, (), name="scaling", quiet=False) == 2
        err = capfd.readouterr().err
        assert err.startswith("scaling: x: found an error of the system (File name")

    def test_a_mistake_of_ours_is_not_hidden(self) -> None:
        def run() -> int:
            raise OSError("no number")

        with pytest.raises(OSError, match="no number"):
            guarded(run, (), name="scaling", quiet=False)


class TestStopped:
    # Modules, from the first that the program loads itself to the last.
    @pytest.mark.parametrize(
        ("program", "module"),
        [
            ("value_scaling", "value_scaling.records.errors"),
            ("value_scaling", "numpy"),
            ("value_scaling", "click"),
            ("value_scaling", "value_scaling.store"),
            ("value_scaling.notebook_run", "nbformat"),
            ("value_scaling.notebook_run", "papermill"),
        ],
    )
    def test_while_modules_load(
        self, program: str, module: str, tmp_path: Path
    ) -> None:
        child = subprocess.Popen(
            [sys.executable, "-X", "importtime", "-m", program, tmp_path / "x", "x"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert child.stderr
        for line in child.stderr:
            if line.split("|")[-1].strip() == module:
                break
        child.send_signal(signal.SIGINT)
        _, rest = child.communicate()
        assert child.returncode in (-signal.SIGINT, 130)
        assert "Traceback" not in rest

    def test_it_says_how_to_go_on(self) -> None:
        code = """
            import time
            from value_scaling.terminal import guarded

            def run():
                print("begun", flush=True)
                time.sleep(600)

            print(guarded(run, ["fit", "a b"], name="scaling"))
        """
        child = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(code)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert child.stdout
        assert child.stdout.readline() == "begun\n"
        child.send_signal(signal.SIGINT)
        out, err = child.communicate()
        assert out == "130\n"
        assert err == "\nscaling: stopped. To go on: scaling fit 'a b'\n"

    def test_after_the_end_it_is_the_systems(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = signal.getsignal(signal.SIGINT)
        try:
            assert guarded(lambda: 0, (), name="scaling") == 0
            assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL
        finally:
            signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\x1b]0;title\x07\x1b[31mred", r"\x1b]0;title\x07\x1b[31mred"),
        ("two\nlines\r", r"two\nlines\r"),
        ("right to left \u202e", r"right to left \u202e"),
        ("no Unicode \udc80", r"no Unicode \udc80"),
        ("σ, η, 日, é", "σ, η, 日, é"),
        ("https://me:word@host/x", "https://***@host/x"),
        ("https://token@host/x", "https://***@host/x"),
        ("https://me:w/o@r d@host/x", "https://***@r d@host/x"),
        ("https://host/x", "https://host/x"),
        ("Ant-v4, UTD 2: 3 @ 5", "Ant-v4, UTD 2: 3 @ 5"),
    ],
)
def test_what_a_message_shows_of_a_text(text: str, said: str) -> None:
    error = ScalingError(text, found="x", expected="y", fix="z")
    assert str(error) == f"{said}: found x; expected y. What to do: z"


def test_nothing_plain_is_beyond_ascii() -> None:
    assert all(words.isascii() for words in terminal.PLAIN.values())
