"""The words of `scaling`: groups of commands, what is loaded, JSON, completion."""

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from planted_study import write_checkout

from value_scaling.__main__ import main
from value_scaling.commands.cli import GROUPS, scaling
from value_scaling.commands.completion import SHELLS

COMMANDS = [name for entries in GROUPS.values() for name in entries]


def test_help_has_every_group_and_command(scaling) -> None:
    outcome = scaling("--help")
    assert (outcome.code, outcome.err) == (0, "")
    for title, entries in GROUPS.items():
        section = outcome.out.split(f"\n{title}:\n")[1].split("\n\n")[0]
        for name in entries:
            assert f"\n  {name} " in f"\n{section}"
    assert max(map(len, outcome.out.splitlines())) <= 80


def test_without_a_word_the_help_is_shown(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    asked = capfd.readouterr()
    assert main([]) == 2
    bare = capfd.readouterr()
    assert (bare.out, asked.err) == ("", "")
    assert bare.err == asked.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_name_is_that_of_its_command(name: str) -> None:
    command = scaling.get_command(click.Context(scaling), name)
    assert command is not None
    assert command.name == name
    assert command.help


def test_help_loads_no_command() -> None:
    script = (
        "import sys; from value_scaling.__main__ import main; main(['--help'])\n"
        "print('scipy' in sys.modules, 'matplotlib' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stderr == "False False\n"


def test_json_of_the_stages(tmp_path: Path, scaling) -> None:
    write_checkout(tmp_path, points=60)
    assert scaling("fit", "planted").code == 0
    for command, key in (
        ("hyperparameters", "batch_size"),
        ("data-efficiency", "budget"),
        ("regret", "regret"),
        ("law-choice", "laws_compared"),
        ("warnings", "warnings"),
        ("choices", "choices"),
        ("sensitivity", "sensitivity"),
    ):
        outcome = scaling(command, "planted", "--json")
        assert (outcome.code, outcome.err) == (0, "")
        found = json.loads(outcome.out)
        assert found["study"] == "planted"
        assert found[key]
        assert all(Path(path).exists() for path in found["records"])


def test_json_of_what_the_machine_has(scaling) -> None:
    outcome = scaling("gpu-check", "--json")
    assert outcome.code == (0 if json.loads(outcome.out)["gpu"] else 3)


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_has_a_script_for_each_shell(shell: str, scaling) -> None:
    outcome = scaling("completion", shell)
    assert outcome.code == 0
    assert "_SCALING_COMPLETE" in outcome.out


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("scaling rec", {"recommend"}),
        ("scaling fit plan", {"planted"}),
        ("scaling preprocess planted s", {"sweep"}),
        ("scaling recommend planted --j", {"--json"}),
    ],
)
def test_completion_knows_commands_studies_sets_and_options(
    words: str, offered: set[str], tmp_path: Path
) -> None:
    write_checkout(tmp_path, sets=())
    asked = {
        "VALUE_SCALING_ROOT": str(tmp_path),
        "_SCALING_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(words.count(" ")),
    }
    done = subprocess.run(
        [sys.executable, "-m", "value_scaling"],
        env=os.environ | asked,
        capture_output=True,
        text=True,
        check=True,
    )
    assert {line.split(",")[1] for line in done.stdout.splitlines()} == offered


def test_a_table_is_plain_text_where_the_output_is_no_terminal(
    scaling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    outcome = scaling("delta", "--flops-per-second", "1e12", "--step-seconds", "1")
    assert "\x1b" not in outcome.out
    assert "FLOPs a second    1e+12\n" in outcome.out
