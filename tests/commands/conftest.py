"""Checkouts with a synthetic study, and the command run in this process."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from value_scaling.__main__ import main

sys.path.insert(0, str(Path(__file__).parents[1]))

POINTS = 60
"""Logged points of a synthetic run."""


@dataclass(frozen=True)
class Outcome:
    """What a command left in the terminal."""

    code: int
    out: str
    err: str


Command = Callable[..., Outcome]


@pytest.fixture(autouse=True)
def always_few_replicates(few_replicates: None) -> None:
    """The path of a command is tested here, for which few samples are enough."""


@pytest.fixture
def scaling(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Command:
    """Run `scaling --root tmp_path …`."""

    def run(*arguments: object, root: Path = tmp_path) -> Outcome:
        capfd.readouterr()
        words = ["--root", str(root), *(str(argument) for argument in arguments)]
        code = main(words)
        out, err = capfd.readouterr()
        return Outcome(code, out, err)

    return run


@pytest.fixture
def refused(scaling: Command) -> Callable[..., str]:
    """Run a command that is to end in one message; return the message."""

    def run(*arguments: object, **options: object) -> str:
        outcome = scaling(*arguments, **options)
        assert outcome.code == 2, outcome
        assert "Traceback" not in outcome.err
        (line,) = outcome.err.strip().splitlines()
        assert line.startswith("scaling: ")
        for part in (": found ", "; expected ", ". What to do: "):
            assert part in line
        return line

    return run
