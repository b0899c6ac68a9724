"""Progress bars."""

import io
import sys
from pathlib import Path

import pytest
from planted_study import METRIC, make_runs, make_study

from value_scaling.store import progress as module
from value_scaling.store.archives.write import write_runs
from value_scaling.store.progress import progress


class Terminal(io.StringIO):
    """A standard error that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("kind", [Terminal, io.StringIO])
def test_writing_an_archive_shows_a_bar_on_a_terminal_alone(
    kind: type[io.StringIO], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DELAY", 0)
    stderr = kind()
    monkeypatch.setattr(sys, "stderr", stderr)
    runs = make_runs(make_study(), "sweep", points=4)
    manifest = {"units": {"step": "1", METRIC: "1"}, "packages": {}, "commit": ""}
    write_runs(tmp_path / "a.zip", {METRIC: runs}, manifest=manifest)
    shown = stderr.getvalue()
    assert ("a.zip, hashes: " in shown) == ("a.zip: " in shown) == (kind is Terminal)


def test_a_bar_changes_nothing() -> None:
    assert list(progress(range(3), "name", "item")) == [0, 1, 2]
