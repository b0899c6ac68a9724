"""Run every console block of the pages on importers and compare the output.

`IMPORT_PAGES=write` writes the output into the pages.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
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
from value_scaling.importers.sources.registry import SOURCES
from value_scaling.records import Runs

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {path.stem: path for path in [DOCS / "import.md", *DOCS.glob("import/*.md")]}
_BLOCK = re.compile(r"(?<=^```console\n)\$ .*?(?=^```$)", re.M | re.S)


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
    write_arrays(root / "arrays", runs)
    table = frame(runs)
    # One run crashed after 10 of its 40 points, and one is there twice.
    table = table.drop(index=range(10, 40))
    table.to_csv(root / "table.csv", index=False)
    again = table[(table["seed"] == 1)].iloc[:40].assign(**{"return": 7.5})
    again["exp_name"], table["exp_name"] = "second", "first"
    pd.concat([table, again]).to_csv(root / "broken.csv", index=False)


def write_arrays(folder: Path, runs: Runs) -> None:
    """Write an array for each setting: steps, then a column for each seed."""
    for curve in runs.curves:
        s = curve.setting
        name = f"utd{s.utd:g}_bs{s.batch_size}_lr{s.learning_rate:g}.npy"
        (folder / s.env).mkdir(parents=True, exist_ok=True)
        np.save(folder / s.env / name, np.column_stack([curve.steps, curve.returns]))


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("logs") / "here"
    prepare(root)
    return root


def printed(command: str, root: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Run a command of a page in the folder of the logs; return what it prints."""
    if not command.startswith("scaling "):
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-c", command],
            env={"PATH": path, "LC_ALL": "C.UTF-8"},
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout
    capsys.readouterr()
    main(["--root", str(root), *shlex.split(command)[1:]])
    told = capsys.readouterr()
    return told.out + told.err


@pytest.mark.parametrize("name", PAGES)
def test_the_page_shows_what_is_printed(
    name: str,
    logs: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(logs)
    monkeypatch.setenv("COLUMNS", "80")

    def run(block: re.Match[str]) -> str:
        asked = [line[2:] for line in block[0].splitlines() if line.startswith("$ ")]
        told = ((command, printed(command, logs, capsys)) for command in asked)
        return "".join(f"$ {command}\n{output}" for command, output in told)

    text = PAGES[name].read_text(encoding="utf-8")
    found = _BLOCK.sub(run, text)
    if os.environ.get("IMPORT_PAGES") == "write":
        PAGES[name].write_text(found, encoding="utf-8")
    assert "\n$ scaling import" in text
    assert found == text  # if not: IMPORT_PAGES=write, and read what has changed


def test_every_importer_has_a_page() -> None:
    overview = PAGES["import"].read_text(encoding="utf-8")
    for name in SOURCES:
        row = re.search(rf"^\| \[.*`{name}`.*\]\(import/(\w+)\.md\)", overview, re.M)
        assert row is not None and row[1] in PAGES, name
