"""Signals end training with a checkpoint; `train` reports unfinished work, and why."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from planted_sweep import members, train
from planted_sweep import plan as plan_of

from value_scaling.__main__ import main
from value_scaling.store.files.locks import acquire_lock
from value_scaling.store.folders import Folders

Start = Callable[..., subprocess.Popen]


@pytest.fixture(autouse=True)
def ready(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands in this process skip the speed trial and reuse compiled programs."""
    from value_scaling.learning import backend
    from value_scaling.sweep.cost import costs

    monkeypatch.setattr(backend, "configure", lambda cache, **options: None)
    monkeypatch.setattr(costs, "cost", lambda *given, **options: costs.NOTHING)


def command(folders: Folders, *options: str) -> list[str]:
    words = ["--root", str(folders.root), "train", "tiny", "--set", "sweep"]
    return [*words, *options]


@pytest.fixture
def start(tiny: Folders, cache: Path) -> Iterator[Start]:
    """Start `scaling train`, and wait for the first checkpoint of a group."""

    started: list[subprocess.Popen] = []

    def run(*options: str) -> subprocess.Popen:
        edit = tiny.studies / "training" / "tiny.toml"
        edit.write_text(edit.read_text().replace("steps = 1000", "steps = 200_000"))
        process = subprocess.Popen(
            [sys.executable, "-m", "value_scaling", *command(tiny, *options)],
            env=os.environ | {"JAX_COMPILATION_CACHE_DIR": str(cache)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        checkpoints = tiny.runs / "tiny" / "sweep" / "checkpoints"
        while not list(checkpoints.glob("*.npz")):
            assert process.poll() is None, process.communicate()[0]
            time.sleep(0.02)
        return process

    yield run
    for process in started:  # of a test that failed
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("executor", "number", "code"),
    [
        ("one", signal.SIGTERM, 143),
        ("one", signal.SIGUSR1, 138),
        ("one", signal.SIGINT, 130),
        ("local", signal.SIGTERM, 143),
    ],
)
def test_a_signal_saves_and_says_how_to_go_on(
    executor: str, number: int, code: int, tiny: Folders, start: Start
) -> None:
    process = start("--executor", executor, "--checkpoint-seconds", "1")
    checkpoints = tiny.runs / "tiny" / "sweep" / "checkpoints"
    time.sleep(0.4)  # between two checkpoints that are due
    sent = time.time_ns()
    process.send_signal(number)
    out, _ = process.communicate(timeout=300)
    assert process.returncode == code, out
    assert "Traceback" not in out
    last = out.strip().splitlines()[-1]
    assert last.startswith("scaling: stopped. To go on: scaling --root")
    assert last.endswith(f"--executor {executor} --checkpoint-seconds 1")
    saved = [path.stat().st_mtime_ns for path in checkpoints.glob("*.npz")]
    assert saved
    assert max(saved) >= sent - 200_000_000  # the checkpoint of the signal
    assert not list(tiny.root.rglob("*.part"))
    for lock in checkpoints.glob("*.lock"):
        with acquire_lock(lock) as free:
            assert free


def test_a_stop_before_training_stops_too(
    tiny: Folders, cache: Path, capsys: pytest.CaptureFixture
) -> None:
    from value_scaling.sweep.run import one_process

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            one_process,
            "check_all_fit",
            lambda *given: os.kill(os.getpid(), signal.SIGTERM),
        )
        assert main(command(tiny)) == 143
    assert "To go on: scaling" in capsys.readouterr().err
    assert len(plan_of(tiny).groups) == 2
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_unfinished_settings_are_told_and_are_no_success(
    tiny: Folders, capsys: pytest.CaptureFixture
) -> None:
    """Another process is training one of the two groups."""
    planned = plan_of(tiny)
    lock = planned.folder / "checkpoints" / f"{planned.groups[0].name}.lock"
    with acquire_lock(lock) as free:
        assert free
        assert main(command(tiny)) == 3
    said = capsys.readouterr().out
    assert "2 of 4 settings are unfinished" in said
    for setting in planned.groups[0].settings:
        assert f"{setting}" in said.splitlines()
    assert said.splitlines()[-1] == f"in part: {planned.partial}"
    assert main(command(tiny)) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"whole: {planned.archive}"


def test_forty_learning_rates_have_short_names(tiny: Folders) -> None:
    path = tiny.studies / "tiny.toml"
    rates = ", ".join(f"{1 + n / 1000}e-3" for n in range(40))
    path.write_text(path.read_text().replace("1e-3, 2e-3", rates))
    planned = plan_of(tiny)
    names = {group.name for group in planned.groups}
    assert len(names) == 2
    assert all(len(name) < 200 for name in names)
    training = tiny.studies / "training" / "tiny.toml"
    training.write_text(training.read_text().replace("steps = 1000", "steps = 500"))
    assert main(command(tiny, "--utds", "1", "--seeds", "1")) == 0


def no_folder(folders: Folders) -> Path:
    folders.runs.write_text("a file")
    return folders.runs


def lock_is_a_folder(folders: Folders) -> Path:
    planned = plan_of(folders)
    lock = planned.folder / "checkpoints" / f"{planned.groups[0].name}.lock"
    lock.mkdir(parents=True)
    return lock


def partial_is_a_file(folders: Folders) -> Path:
    train(plan_of(folders), plan_of(folders).settings[:1])
    assert list(folders.unfinished.glob("*.zip"))
    for each in list(folders.unfinished.iterdir()):
        each.unlink()
    folders.unfinished.rmdir()
    folders.unfinished.write_text("a file")
    return folders.unfinished


def archives_is_a_file(folders: Folders) -> Path:
    folders.archives.write_text("a file")
    return folders.archives


def archive_lock_is_a_folder(folders: Folders) -> Path:
    lock = folders.runs / "tiny_sweep.zip.lock"
    lock.mkdir(parents=True)
    return lock


def log_has_a_folder(folders: Folders) -> Path:
    planned = plan_of(folders)
    log = planned.folder / "checkpoints" / f"{planned.groups[0].name}.log" / "mine"
    log.mkdir(parents=True)
    (log / "file").touch()
    return log


@pytest.mark.parametrize(
    "hinder",
    [
        no_folder,
        lock_is_a_folder,
        partial_is_a_file,
        archives_is_a_file,
        archive_lock_is_a_folder,
        log_has_a_folder,
    ],
)
def test_what_stands_in_the_way_is_told(
    hinder: Callable[[Folders], Path], tiny: Folders, capsys: pytest.CaptureFixture
) -> None:
    path = hinder(tiny)
    code = main(command(tiny))
    said = capsys.readouterr().err
    assert code == 2, said
    assert str(path) in said
    assert "Traceback" not in said
    assert said.count("scaling: ") == 1
    if path.is_dir():
        path.rename(tiny.root / "away")
    else:
        path.unlink()
    assert main(command(tiny)) == 0
    assert len(members(plan_of(tiny).archive)) == 4 * 11
