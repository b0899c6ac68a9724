"""Run every console block of docs/import.md and compare the output with the page.

`IMPORT_PAGE=write` writes the output into the page.
"""

import os
import re
import shlex
from pathlib import Path

import pandas as pd
import pytest
from planted_logs import (
    frame,
    rounded,
    write_csv,
    write_evaluations,
    write_monitor,
    write_tensorboard,
)
from planted_study import make_runs, make_study
from planted_wandb import write_wandb

from value_scaling.__main__ import main

PAGE = Path(__file__).parents[2] / "docs" / "import.md"
_BLOCK = re.compile(r"(?<=^```console\n)\$ scaling (.*?)\n(.*?)(?=^```$)", re.M | re.S)


def prepare(root: Path) -> None:
    """Write the logs that the page's commands read."""
    study = make_study(environments=2)
    runs = rounded(make_runs(study, "sweep", points=40, seeds=3))
    (root / "data" / "zip").mkdir(parents=True)
    for name in ("runs", "logs"):
        (root / name).mkdir()
    write_tensorboard(root / "runs", runs)
    write_wandb(root, runs)
    write_monitor(root / "logs", runs)
    write_evaluations(root / "logs", runs)
    write_csv(root, runs)
    table = frame(runs)
    # One run crashed after 10 of its 40 points, and one is there twice.
    table = table.drop(index=range(10, 40))
    table.to_csv(root / "table.csv", index=False)
    again = table[(table["seed"] == 1)].iloc[:40].assign(**{"return": 7.5})
    again["exp_name"], table["exp_name"] = "second", "first"
    pd.concat([table, again]).to_csv(root / "broken.csv", index=False)


def test_the_page_shows_what_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "here"
    prepare(root)
    monkeypatch.chdir(root)
    monkeypatch.setenv("COLUMNS", "80")

    def printed(match: re.Match[str]) -> str:
        capsys.readouterr()
        main(["--root", str(root), *shlex.split(match[1])])
        told = capsys.readouterr()
        return f"$ scaling {match[1]}\n{told.out}{told.err}"

    text = PAGE.read_text(encoding="utf-8")
    found = _BLOCK.sub(printed, text)
    if os.environ.get("IMPORT_PAGE") == "write":
        PAGE.write_text(found, encoding="utf-8")
    assert len(_BLOCK.findall(text)) == 6
    assert found == text  # if not: IMPORT_PAGE=write, and read what has changed
